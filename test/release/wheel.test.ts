/** The wheels and the source distribution of `make dist-python`, as files. What becomes of them: `wheel-installed.test.ts`. */
import { afterAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { z } from "zod";
import { executableOf } from "../../scripts/dist/dist-settings.ts";
import { pythonVersion } from "../../scripts/dist/python-version.ts";
import { wheelFolder } from "../harness/python-environment.ts";
import { extracted, filesBelow, host, settings, sha256, unpack } from "./released.ts";

const version = pythonVersion(settings.version);
const sourceDistribution = join(settings.folder, `python/sdist/tokgateway-${version}.tar.gz`);
const buildPython = ".cache/python-build/bin/python";
const scratch = mkdtempSync(join(tmpdir(), "wheel-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const wheel = (name: string, platform: string): string =>
  join(wheelFolder(), `${name.replaceAll("-", "_")}-${version}-py3-none-${platform}.whl`);

/** What a wheel says of itself, read strictly by the rules of the package index. */
async function metadata(path: string): Promise<Record<string, unknown>> {
  const [folder = ""] = readdirSync(await extracted(path, scratch)).filter((name) => name.endsWith(".dist-info"));
  expect(folder).toEndWith(".dist-info");
  const code = [
    "import json, sys, zipfile",
    "from packaging.metadata import Metadata, parse_email",
    "text = zipfile.ZipFile(sys.argv[1]).read(sys.argv[2] + '/METADATA')",
    "raw, unknown = parse_email(text)",
    "Metadata.from_raw(raw)",
    "print(json.dumps({**raw, 'unknown': unknown}))",
  ].join("\n");
  return await Bun.$`${buildPython} -c ${code} ${path} ${folder}`.json();
}

test("every chosen target has a wheel for its platform and any Python 3, with the executable of dist/go inside", async () => {
  const wheels = readdirSync(wheelFolder()).filter((name) => name.startsWith("tokgateway-"));
  const expected = settings.targets.map(({ wheelPlatform }) => `tokgateway-${version}-py3-none-${wheelPlatform}.whl`);
  expect(wheels.toSorted()).toEqual(expected.toSorted());
  for (const target of settings.targets) {
    const folder = await extracted(wheel("tokgateway", target.wheelPlatform), scratch);
    const program = join(folder, "tokgateway/bin", target.program);
    expect(statSync(program).size).toBeGreaterThan(1_000_000);
    expect(sha256(program)).toBe(sha256(executableOf(settings, target)));
    for (const license of ["LICENSE", "THIRD_PARTY_LICENSES"])
      expect(sha256(join(folder, `tokgateway-${version}.dist-info/licenses/${license}`))).toBe(sha256(license));
    rmSync(folder, { recursive: true });
  }
});

test("the wheel's metadata keeps the rules of the index, asks for Python 3.10 and for no other package", async () => {
  const said = await metadata(wheel("tokgateway", host.wheelPlatform));
  expect(said).toMatchObject({
    name: "tokgateway",
    version,
    license_expression: "Apache-2.0",
    license_files: ["LICENSE", "THIRD_PARTY_LICENSES"],
    requires_python: ">=3.10",
    description_content_type: "text/markdown",
    provides_extra: ["agent", "all", "chat", "dev", "enterprise", "team"],
    unknown: {},
  });
  const always = z
    .array(z.string())
    .parse(said["requires_dist"])
    .filter((line) => !line.includes("extra =="));
  expect(always).toEqual([]);
});

test("tokligence passes every extra on, and the packages of scenarios bring theirs, of the same version", async () => {
  const needs = async (name: string): Promise<unknown> => (await metadata(wheel(name, "any")))["requires_dist"];
  const extras = ["agent", "all", "chat", "dev", "enterprise", "team"];
  expect(await needs("tokligence")).toEqual([
    `tokgateway==${version}`,
    ...extras.map((extra) => `tokgateway[${extra}]==${version}; extra == '${extra}'`),
  ]);
  expect(await needs("tokligence-personal")).toEqual([`tokgateway==${version}`]);
  expect(await needs("tokligence-agent")).toEqual([`tokgateway[agent,chat]==${version}`]);
  expect(await needs("tokligence-team")).toEqual([`tokgateway[chat,team]==${version}`]);
  expect(await needs("tokligence-enterprise")).toEqual([`tokgateway[all,enterprise]==${version}`]);
});

test("the same commit gives the same wheels and source distribution, in any time zone and from any place", async () => {
  const again = join(scratch, "again");
  mkdirSync(again);
  symlinkSync(join(settings.folder, "go"), join(again, "go"));
  const environment = { ...process.env, DIST_DIR: again, DIST_TARGETS: host.name, TZ: "Asia/Tokyo" };
  await Bun.$`bun scripts/dist/dist-python.ts`.env(environment).quiet();
  const made = filesBelow(join(again, "python"));
  expect(made).toHaveLength(7);
  for (const path of made) {
    const sums = [again, settings.folder].map((folder) => `${path} ${sha256(join(folder, "python", path))}`);
    expect(sums[0]).toBe(sums[1] ?? "");
  }
}, 130_000);

test("the source distribution holds no executable, and building it says what to do instead", async () => {
  const { folder, files } = await unpack(sourceDistribution, scratch);
  expect(basename(folder)).toBe(`tokgateway-${version}`);
  expect(files).toContain("src/tokgateway/_runner.py");
  expect(files.filter((path) => path.includes("bin/") || statSync(join(folder, path)).size > 100_000)).toEqual([]);
  const { TOKLIGENCE_EXECUTABLE: _, ...environment } = process.env;
  const built =
    await Bun.$`${buildPython} -m pip wheel --no-index --no-deps --no-build-isolation -w ${scratch} ${sourceDistribution}`
      .env(environment)
      .nothrow()
      .quiet();
  const said = built.stdout.toString() + built.stderr.toString();
  expect(built.exitCode).toBe(1);
  expect(said).toContain("This source distribution of tokgateway holds no executable, and none is compiled here.");
  expect(said).toContain("TOKLIGENCE_EXECUTABLE=/path/to/tokligence");
  expect(said).not.toContain("Traceback");
});

test("the source distribution makes the same files as the wheel once it is given the executable", async () => {
  const into = mkdtempSync(join(scratch, "built-"));
  const environment = { ...process.env, TOKLIGENCE_EXECUTABLE: executableOf(settings, host) };
  await Bun.$`${buildPython} -m pip wheel --no-index --no-deps --no-build-isolation -w ${into} ${sourceDistribution}`
    .env(environment)
    .quiet();
  const [made = ""] = readdirSync(into);
  const listed = async (path: string): Promise<string[]> => {
    const folder = await extracted(path, scratch);
    const kept = filesBelow(folder).filter((name) => !/dist-info\/(WHEEL|RECORD)$/.test(name));
    return kept.map((name) => `${name} ${sha256(join(folder, name))}`);
  };
  expect(await listed(join(into, made))).toEqual(await listed(wheel("tokgateway", host.wheelPlatform)));
});
