/** Shells that people type into complete commands, flags and values with what the executable prints. */
import { afterAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually } from "../harness/eventually.ts";
import { binaryProgram } from "../harness/gateway-process.ts";

const home = mkdtempSync(join(tmpdir(), "shell-"));
afterAll(() => rmSync(home, { recursive: true, force: true }));
mkdirSync(join(home, "folder"));
const [program = ""] = binaryProgram;
symlinkSync(program, join(home, "tokligence"));
const environment = { PATH: `${home}:/usr/local/bin:/usr/bin:/bin`, HOME: home, TERM: "dumb", PS1: "ready> " };

/** What the line reads after these keys in a shell on a terminal, where Ctrl-G prints the line in brackets. */
async function typed(command: readonly string[], setUp: string, keys: string): Promise<string | undefined> {
  let shown = "";
  const decoder = new TextDecoder();
  const shell = Bun.spawn([...command], {
    cwd: home,
    env: environment,
    terminal: {
      cols: 200,
      rows: 50,
      data(_, bytes) {
        shown += decoder.decode(bytes, { stream: true });
      },
    },
  });
  try {
    // Not as it is typed, or its echo would do.
    shell.terminal?.write(`${setUp}; echo set-"up"\n`);
    await eventually("the shell is set up", () => shown.includes("set-up"));
    shell.terminal?.write(`${keys}\u0007`);
    const line = /<<(.*)>>/;
    await eventually("the line is shown", () => line.test(shown.slice(shown.indexOf("set-up"))));
    return line.exec(shown.slice(shown.indexOf("set-up")))?.[1];
  } finally {
    shell.kill("SIGKILL");
    await shell.exited;
    shell.terminal?.close();
  }
}

const bash = (keys: string): Promise<string | undefined> =>
  typed(
    ["bash", "--norc", "--noprofile", "-i"],
    `source <(tokligence completion bash); bind -x '"\\C-g": echo "<""<$READLINE_LINE>>"'`,
    keys,
  );
const zsh = (keys: string): Promise<string | undefined> =>
  typed(
    ["zsh", "-f", "-i"],
    "autoload -U compinit; compinit -u -D; source <(tokligence completion zsh); " +
      `shown() { print -r -- "<""<$BUFFER>>" }; zle -N shown; bindkey "^G" shown`,
    keys,
  );

/** What fish offers behind a line. */
async function fish(line: string): Promise<readonly string[]> {
  const shell = Bun.spawn(
    ["fish", "--no-config", "--command", `tokligence completion fish | source; complete -C "${line}"`],
    {
      cwd: home,
      env: environment,
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  return (await shell.stdout.text()).trim().split("\n");
}

for (const [name, shell] of Object.entries({ bash, zsh })) {
  test(`${name} completes verbs, sub-commands, flags, values and paths`, async () => {
    expect(await shell("tokligence user cre\tada --rol\troot_\t")).toBe(
      "tokligence user create ada --role root_admin ",
    );
    expect(await shell("tokligence --env=l\tconfig set gateway.work_m\tpass\t")).toBe(
      "tokligence --env=live config set gateway.work_mode passthrough ",
    );
    expect(await shell("tokligence serve --config-dir=fol\t")).toBe("tokligence serve --config-dir=folder/");
  });
}

test("fish completes verbs, sub-commands, flags, values and paths, and says what they are", async () => {
  expect(await fish("tokligence user cr")).toEqual([
    "create\tCreate a user: user create NAME --email E, or user create E",
  ]);
  expect(await fish("tokligence user create ada --role root_")).toEqual(["root_admin"]);
  expect(await fish("tokligence --env=l")).toEqual(["--env=live"]);
  expect((await fish("tokligence serve --config-dir fol"))[0]).toStartWith("folder/");
});

test("a script is printed that its shell accepts, whole", async () => {
  for (const shell of ["bash", "zsh", "fish"]) {
    const script = await Bun.$`${program} completion ${shell}`.text();
    expect(await Bun.$`${shell} -n < ${new Response(script)}`.nothrow().text()).toBe("");
    expect(script).toBe(await Bun.file(`packaging/completion/tokligence.${shell}`).text());
  }
});
