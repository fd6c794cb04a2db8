/** Publishing that is tried again after it failed half way: the workflow's own scripts, with programs that only take down what they are asked. */
import { afterAll, expect, test } from "bun:test";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";

const scratch = mkdtempSync(join(tmpdir(), "publishing-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const workflow = z.object({
  jobs: z.record(z.string(), z.object({ steps: z.array(z.object({ run: z.string().optional() })).default([]) })),
});

/** The script of a job of release.yml that calls a command. */
function scriptOf(job: string, command: string): string {
  const { jobs } = workflow.parse(parse(readFileSync(".github/workflows/release.yml", "utf8")));
  const found = jobs[job]?.steps.find(({ run }) => run?.includes(command))?.run;
  if (found === undefined) throw new Error(`release.yml: ${job} does not call ${command}.`);
  return found;
}

/** A folder as a job has it, with a program that says what `lines` say, and every word that it was called with. */
function place(program: string, ...lines: readonly string[]) {
  const folder = mkdtempSync(join(scratch, "job-"));
  const calls = join(folder, "calls");
  writeFileSync(calls, "");
  mkdirSync(join(folder, "bin"));
  writeFileSync(join(folder, "bin", program), ["#!/bin/sh", `echo "$*" >>${calls}`, ...lines, ""].join("\n"));
  chmodSync(join(folder, "bin", program), 0o755);
  return { folder, calls: (): string[] => readFileSync(calls, "utf8").trimEnd().split("\n") };
}

async function run(script: string, folder: string): Promise<number> {
  const environment = {
    PATH: `${folder}/bin:${process.env["PATH"]}`,
    GITHUB_REF_NAME: "v1.2.3",
    CANDIDATE: "false",
  };
  const { exitCode } = await Bun.$`bash -e -o pipefail -c ${script}`.cwd(folder).env(environment).nothrow().quiet();
  return exitCode;
}

/** An npm package as an archive; its SHA-512 as the registry has it. */
async function npmPackage(folder: string, file: string, name: string): Promise<string> {
  mkdirSync(join(folder, "npm"), { recursive: true });
  mkdirSync(join(folder, "package"), { recursive: true });
  writeFileSync(join(folder, "package/package.json"), JSON.stringify({ name, version: "1.2.3" }));
  await Bun.$`tar -czf npm/${file} package`.cwd(folder);
  return `sha512-${new Bun.CryptoHasher("sha512").update(readFileSync(join(folder, "npm", file))).digest("base64")}`;
}

test("npm packages that an earlier try has published are passed over, and the one that asks for the others comes last", async () => {
  const { folder, calls } = place("npm", '[ "$1" != view ] || cat "registry/$2" 2>/dev/null');
  await npmPackage(folder, "tokligence-1.2.3.tgz", "tokligence");
  const published = await npmPackage(folder, "tokligence-darwin-arm64-1.2.3.tgz", "@tokligence/darwin-arm64");
  await npmPackage(folder, "tokligence-linux-amd64-1.2.3.tgz", "@tokligence/linux-amd64");
  mkdirSync(join(folder, "registry/@tokligence"), { recursive: true });
  writeFileSync(join(folder, "registry/@tokligence/darwin-arm64@1.2.3"), `${published}\n`);
  // Published by somebody else: npm will refuse it, and the job must not look away.
  writeFileSync(join(folder, "registry/tokligence@1.2.3"), "sha512-of-something-else\n");
  expect(await run(scriptOf("npm", "npm publish"), folder)).toBe(0);
  const publish = calls().filter((call) => call.startsWith("publish "));
  expect(publish.map((call) => call.split(" ")[1])).toEqual([
    "./npm/tokligence-linux-amd64-1.2.3.tgz",
    "./npm/tokligence-1.2.3.tgz",
  ]);
  expect(publish.filter((call) => !call.endsWith(" --tag next"))).toEqual([]);
});

test("a draft of an earlier try gives way to the new one", async () => {
  const { folder, calls } = place("gh", '[ "$2" != view ] || echo true');
  expect(await run(scriptOf("draft", "gh release create"), folder)).toBe(0);
  expect(calls().map((call) => call.split(" ").slice(0, 3).join(" "))).toEqual([
    "release view v1.2.3",
    "release delete v1.2.3",
    "release create v1.2.3",
  ]);
});

test("where there is none yet, a draft is made", async () => {
  const { folder, calls } = place("gh", '[ "$2" != view ]');
  expect(await run(scriptOf("draft", "gh release create"), folder)).toBe(0);
  expect(calls()[1]).toStartWith("release create v1.2.3 --verify-tag --draft --prerelease=false ");
});

test("a release that is published is left alone", async () => {
  const { folder, calls } = place("gh", '[ "$2" != view ] || echo false');
  expect(await run(scriptOf("draft", "gh release create"), folder)).toBe(1);
  expect(calls()).toHaveLength(1);
});
