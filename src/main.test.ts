import { expect, test } from "bun:test";
import { version } from "#platform/version.ts";

async function tokligence(...words: string[]) {
  const child = Bun.spawn([process.execPath, `${import.meta.dir}/main.ts`, ...words], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  return { out: await child.stdout.text(), error: await child.stderr.text(), code: await child.exited };
}

test("version and --version print one line", async () => {
  const expected = { out: `tokligence ${version}\n`, error: "", code: 0 };
  expect(await tokligence("version")).toEqual(expected);
  expect(await tokligence("--version")).toEqual(expected);
  const { out } = await tokligence("--json", "version");
  expect(JSON.parse(out)).toMatchObject({ version, bun: Bun.version });
});

test("version imports nothing but the version, and help only the list of commands", async () => {
  const imported = async (path: string) => {
    const source = await Bun.file(`${import.meta.dir}/${path}`).text();
    return new Bun.Transpiler({ loader: "ts" })
      .scanImports(source)
      .filter(({ kind }) => kind === "import-statement")
      .map((entry) => entry.path);
  };
  expect(await imported("main.ts")).toEqual(["#platform/version.ts"]);
  expect(await imported("platform/version.ts")).toEqual(["../../package.json"]);
  expect(await imported("cli/commands.ts")).toEqual([]);
});

test("--help lists every command within 80 columns", async () => {
  const { out, code } = await tokligence("--help");
  expect(code).toBe(0);
  for (const name of ["init", "serve", "config", "profile", "user", "apikey", "usage", "version"]) {
    expect(out).toMatch(new RegExp(`^  ${name} `, "m"));
  }
  for (const line of out.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
});

test("a command explains itself", async () => {
  const { out, code } = await tokligence("apikey", "create", "--help");
  expect(code).toBe(0);
  expect(out).toContain("tokligence apikey create");
  expect(out).toContain("--expires");
  expect(out).not.toContain("\u001b");
});

test("an unknown command is one line on standard error and exit 2", async () => {
  expect(await tokligence("srve")).toEqual({
    out: "",
    error: 'tokligence: Unknown command "srve"; did you mean "serve"?\n',
    code: 2,
  });
});
