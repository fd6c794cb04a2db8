/**
 * Builds archives and checksums of this commit with the pinned GoReleaser and publishes nothing: `bun
 * scripts/goreleaser-snapshot.ts` of every target in dist/release, with `--host DIRECTORY` of this machine's alone there.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { parse, stringify } from "yaml";
import { z } from "zod";
import { buildFacts } from "./build-facts.ts";

const repository = resolve(import.meta.dir, "..");
const folder = resolve(repository, ".cache/goreleaser");
const wholeFile = resolve(repository, ".goreleaser.yaml");

/** As much of GoReleaser's file as must be known here. */
const configuration = z.looseObject({
  builds: z.array(z.looseObject({ id: z.string(), targets: z.array(z.string()) })),
  archives: z.array(z.looseObject({ ids: z.array(z.string()) })),
});

/** A file that differs in two things, which `goreleaser release` has no flags for: its one target and where it writes. */
function fileOfTarget(target: string, dist: string): string {
  const whole = configuration.parse(parse(readFileSync(wholeFile, "utf8")));
  const builds = whole.builds
    .filter(({ targets }) => targets.includes(target))
    .map((build) => ({ ...build, targets: [target] }));
  const archives = whole.archives.filter(({ ids }) => builds.some(({ id }) => ids.includes(id)));
  const path = resolve(folder, `${target}.yaml`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(path, stringify({ ...whole, dist, builds, archives }));
  return path;
}

/** GoReleaser reads dates and commits only where there is a remote. Naming one dials nowhere. */
function remote(): Readonly<Record<string, string>> {
  const { stdout } = Bun.spawnSync(["git", "-C", repository, "remote"], { stderr: "ignore" });
  if (stdout.toString().trim() !== "") return {};
  const url = "https://localhost/tokligence/gateway.git";
  return { GIT_CONFIG_COUNT: "1", GIT_CONFIG_KEY_0: "remote.origin.url", GIT_CONFIG_VALUE_0: url };
}

const { values } = parseArgs({ options: { host: { type: "string" } } });
const file =
  values.host === undefined ? wholeFile : fileOfTarget(`bun-${process.platform}-${process.arch}`, values.host);
const { exitCode } = Bun.spawnSync(
  [resolve(folder, "goreleaser"), "release", "--snapshot", "--clean", "--config", file],
  {
    cwd: repository,
    stdio: ["ignore", "inherit", "inherit"],
    // Archives are called what the executable in them says that it is.
    env: { ...process.env, ...remote(), RELEASE_VERSION: buildFacts(repository, process.env).version },
  },
);
process.exitCode = exitCode;
