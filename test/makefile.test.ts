/** The Makefile's promises, carried out with a `bun` that only writes down what it was asked for. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

let scratch: string;
beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), "make-"));
});
afterEach(() => rmSync(scratch, { recursive: true }));

/** Makes targets; what `bun` ended with is said by the name of its script. */
async function make(words: readonly string[], codes: Readonly<Record<string, number>> = {}) {
  const cases = Object.entries(codes).map(([script, code]) => `*/${script}.ts) exit ${code} ;;`);
  const program = `#!/bin/sh\necho "$(basename "$1" .ts) of $DIST_TARGETS, $DIST_VERSION"\ncase $1 in ${cases.join(" ")} esac\n`;
  writeFileSync(join(scratch, "bun"), program, { mode: 0o755 });
  // What is installed is not the question here: it was just now.
  writeFileSync(join(scratch, ".installed"), "");
  const variables = [
    ...["installed", "goreleaser"].map((name) => `${name}=${join(scratch, ".installed")}`),
    ...["python_build", "release_tools"].map((name) => `${name}=${scratch}`),
    `PATH=${scratch}:${process.env["PATH"]}`,
  ];
  const child = Bun.spawn(["make", "--no-print-directory", ...variables, ...words], {
    stdio: ["ignore", "pipe", "ignore"],
    env: { PATH: process.env["PATH"] ?? "" },
  });
  const [exitCode, stdout] = await Promise.all([child.exited, child.stdout.text()]);
  return { exitCode, lines: stdout.trimEnd().split("\n") };
}

test("every part of make dist is made of the same version and targets, the executables first", async () => {
  const { exitCode, lines } = await make(["dist", "DIST_TARGETS=host", "DIST_VERSION=1.2.3"]);
  const parts = ["dist-go", "dist-python", "dist-npm", "dist-frontend", "dist-docker"];
  expect([exitCode, lines]).toEqual([0, parts.map((part) => `${part} of host, 1.2.3`)]);
});

test("make dist goes on without the parts that cannot be built here, each alone fails", async () => {
  const missing = { "dist-frontend": 69, "dist-docker": 69 };
  expect((await make(["dist"], missing)).exitCode).toBe(0);
  expect((await make(["dist-frontend"], missing)).exitCode).not.toBe(0);
  expect((await make(["dist-docker"], missing)).exitCode).not.toBe(0);
  expect((await make(["dist"], { "dist-docker": 1 })).exitCode).not.toBe(0);
  expect((await make(["dist"], { "dist-go": 69 })).exitCode).not.toBe(0);
});

test.each([
  ["dist-go", "dist-binaries"],
  ["dist-frontend", "dist-console"],
  ["dist", "dist-all"],
])("make %s is also called %s", async (name, other) => {
  expect((await make([other])).lines).toEqual((await make([name])).lines);
});

test("make release-check makes and tests what is for this machine, whatever targets were asked for", async () => {
  const words = ["release-check", "DIST_TARGETS=all", "DIST_VERSION=1.2.3", "release_programs="];
  const { exitCode, lines } = await make(words);
  const parts = ["dist-go", "dist-python", "dist-npm", "goreleaser-snapshot", "run-tests"];
  expect([exitCode, lines]).toEqual([0, parts.map((part) => `${part} of host, 1.2.3`)]);
});

test("make clean-dist removes what was made and nothing else, wherever DIST_DIR is", async () => {
  const folder = join(scratch, "dist");
  for (const name of ["go", "python", "npm", "docker", "frontend", "release", "upload", "mine"]) {
    mkdirSync(join(folder, name, "below"), { recursive: true });
  }
  writeFileSync(join(folder, "tokligence"), "");
  expect((await make(["clean-dist", `DIST_DIR=${folder}`])).exitCode).toBe(0);
  expect(readdirSync(folder)).toEqual(["mine"]);
  expect((await make(["clean-dist", `DIST_DIR=${join(folder, "nowhere")}`])).exitCode).toBe(0);
});

test("make help has a line for every target that people call, in 80 columns", async () => {
  const { lines } = await make(["help"]);
  const listed = lines.flatMap((line) => /^ {2}make (\S+) /.exec(line)?.[1] ?? []);
  const makefile = await Bun.file("Makefile").text();
  const phony = [...makefile.matchAll(/^\.PHONY: (\S+)/gm)].flatMap(([, name = ""]) => name);
  expect(listed.toSorted()).toEqual(phony.toSorted());
  expect(lines.filter((line) => line.length > 80)).toEqual([]);
  expect(listed).toEqual(
    expect.arrayContaining(["serve", "test", "build", "check", "bench", "bt", "gfr", "db-migrate"]),
  );
});
