/** The workflow files: what their linters say, and that whatever may publish builds nothing. `make release-check` brings the linters. */
import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { Glob } from "bun";
import { parse } from "yaml";
import { z } from "zod";

const ours = [...new Glob(".github/workflows/*.yml").scanSync({ cwd: ".", dot: true })].toSorted();
/** For the repositories of package managers. */
const taps = [...new Glob(".github/taps/*.yml").scanSync({ cwd: ".", dot: true })];
const everyFile = [...ours, ...taps];

const permissions = z.record(z.string(), z.enum(["read", "write"]));
const step = z.object({
  uses: z.string().optional(),
  run: z.string().optional(),
  with: z.record(z.string(), z.unknown()).optional(),
});
const job = z.object({
  permissions: permissions.optional(),
  environment: z.string().optional(),
  "timeout-minutes": z.number().optional(),
  uses: z.string().optional(),
  steps: z.array(step).optional(),
});
const workflow = z.object({ permissions, jobs: z.record(z.string(), job) });

interface NamedJob extends z.infer<typeof job> {
  /** `release.yml: draft` */
  readonly title: string;
  steps: z.infer<typeof step>[];
}

function jobsOf(file: string): NamedJob[] {
  const { jobs } = workflow.parse(parse(readFileSync(file, "utf8")));
  return Object.entries(jobs).map(([name, each]) => ({
    ...each,
    title: `${file.split("/").at(-1)}: ${name}`,
    steps: each.steps ?? [],
  }));
}

const jobs = ours.flatMap(jobsOf);
const everyStep = everyFile.flatMap(jobsOf).flatMap(({ steps }) => steps);
const scripts = everyStep.flatMap(({ run }) => (run === undefined ? [] : [run]));
const mayWrite = ({ permissions: granted = {} }: NamedJob): boolean => Object.values(granted).includes("write");

async function complaints(...words: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await Bun.$`${words}`.nothrow().quiet();
  return exitCode === 0 ? "" : `${stdout}${stderr}`;
}

describe("linters", () => {
  test("actionlint finds nothing in any workflow, nor shellcheck in its scripts", async () => {
    // Without it actionlint would look at no script, and say nothing of that.
    expect(Bun.which("shellcheck")).not.toBeNull();
    expect(await complaints(".cache/goreleaser/actionlint", "-no-color", ...everyFile)).toBe("");
  });

  test("zizmor finds no weakness in any workflow", async () => {
    const zizmor = [".cache/release-tools/bin/zizmor", "--offline", "--no-progress", "--quiet"];
    expect(await complaints(...zizmor, ...everyFile, ".github/dependabot.yml")).toBe("");
  });

  test("every file is what GitHub's schemas say", async () => {
    const check = [".cache/release-tools/bin/check-jsonschema", "--builtin-schema"];
    expect(await complaints(...check, "vendor.github-workflows", ...everyFile)).toBe("");
    expect(await complaints(...check, "vendor.dependabot", ".github/dependabot.yml")).toBe("");
  });

  test("shellcheck finds nothing in the scripts of a release", async () => {
    expect(await complaints("shellcheck", ...new Glob("scripts/**/*.sh").scanSync("."))).toBe("");
  });

  test("shellcheck finds nothing in what Linux packages run as root", async () => {
    expect(await complaints("shellcheck", ...new Glob("packaging/linux/*.sh").scanSync("."))).toBe("");
  });
});

describe("who may do what", () => {
  test("every action is pinned by its commit, with the version beside it, and the same everywhere", () => {
    const lines = everyFile.flatMap((file) => readFileSync(file, "utf8").match(/\buses: .*/g) ?? []);
    const foreign = [...new Set(lines.filter((line) => !line.includes("./.github/")))];
    expect(foreign.filter((line) => !/^uses: [\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(line))).toEqual([]);
    const names = foreign.map((line) => line.split("@")[0]);
    expect(names).toEqual([...new Set(names)]);
  });

  test("no workflow has any right by itself, and no secret is named", () => {
    for (const file of everyFile) {
      const text = readFileSync(file, "utf8");
      expect(workflow.parse(parse(text)).permissions).toEqual({});
      expect(text).not.toMatch(/\bsecrets\b|pull_request_target/);
    }
  });

  test("whatever may write waits for an environment, and there alone", () => {
    const writing = jobs.filter(mayWrite).map(({ title }) => title);
    expect(writing).toEqual(jobs.filter(({ environment }) => environment !== undefined).map(({ title }) => title));
    expect(writing).toContain("release.yml: draft");
  });

  test("a job that may write checks nothing out and builds nothing", () => {
    const building = /\b(make|bun|bunx|npx|node|pip|uv|go|sh|docker (build|buildx)|npm (ci|install|run|exec|pack))\b/;
    for (const { title, steps } of jobs.filter(mayWrite)) {
      const doubtful = steps.map(({ uses = "", run = "" }) => (uses.startsWith("actions/checkout@") ? uses : run));
      expect([title, doubtful.filter((text) => building.test(text) || text.startsWith("actions/"))]).toEqual([
        title,
        [],
      ]);
    }
  });

  test("a checkout leaves no token behind, and no script is written by an expression", () => {
    const checkouts = everyStep.filter(({ uses }) => uses?.startsWith("actions/checkout@"));
    expect(checkouts.filter((each) => each.with?.["persist-credentials"] !== false)).toEqual([]);
    expect(scripts.filter((script) => script.includes("${{"))).toEqual([]);
  });

  test("every job that runs steps has an end", () => {
    const endless = jobs.filter((each) => each.uses === undefined && each["timeout-minutes"] === undefined);
    expect(endless.map(({ title }) => title)).toEqual([]);
  });
});

describe("what they call", () => {
  test("every make target and every script that a workflow names is there", () => {
    const makefile = readFileSync("Makefile", "utf8");
    const targets = scripts.flatMap((script) => /\bmake ([a-z -]+)$/m.exec(script)?.[1]?.split(" ") ?? []);
    expect(targets.filter((target) => !new RegExp(`^[a-z -]*\\b${target}\\b[a-z -]*:`, "m").test(makefile))).toEqual(
      [],
    );
    const paths = scripts.flatMap((script) => script.match(/\b(scripts\/[\w/.-]+)|\.ci\/run/g) ?? []);
    expect(paths.filter((path) => !existsSync(path))).toEqual([]);
    expect(targets).toContain("snapshot");
    // Otherwise compose.yaml is read too, whose services have the same names.
    const bakes = scripts.filter((script) => script.includes("buildx bake"));
    expect(bakes.map((script) => script.includes("buildx bake --file docker-bake.hcl "))).toEqual([true]);
    expect(paths).toContain("scripts/release/smoke.sh");
  });
});
