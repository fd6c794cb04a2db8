/** One version in everything that `make dist` makes of this machine's executable. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { distSettings, executableOf } from "../../scripts/dist/dist-settings.ts";
import { targetOf } from "../../scripts/dist/targets.ts";

const environment = {
  DIST_DIR: mkdtempSync(join(tmpdir(), "versions-")),
  DIST_VERSION: "9.8.7-rc.1",
  DIST_TARGETS: "host",
};
const host = targetOf(process.platform, process.arch);

beforeAll(async () => {
  await Bun.$`make dist-python dist-npm`.env({ ...process.env, ...environment }).quiet();
}, 130_000);
afterAll(() => rmSync(environment.DIST_DIR, { recursive: true, force: true }));

test("DIST_VERSION is what the executable says of itself", async () => {
  const program = executableOf(distSettings(environment), host);
  expect(await Bun.$`${program} version`.text()).toBe("tokligence 9.8.7-rc.1\n");
});

test("DIST_VERSION is the version of wheels and of the source distribution, as Python writes it", () => {
  const wheels = readdirSync(join(environment.DIST_DIR, "python/wheels"));
  expect(wheels).toContain(`tokgateway-9.8.7rc1-py3-none-${host.wheelPlatform}.whl`);
  expect(wheels.filter((name) => !name.includes("-9.8.7rc1-py3-none-"))).toEqual([]);
  expect(readdirSync(join(environment.DIST_DIR, "python/sdist"))).toEqual(["tokgateway-9.8.7rc1.tar.gz"]);
});

test("DIST_VERSION is the version of npm's packages", () => {
  expect(readdirSync(join(environment.DIST_DIR, "npm")).toSorted()).toEqual([
    "tokligence-9.8.7-rc.1.tgz",
    `tokligence-${host.name}-9.8.7-rc.1.tgz`,
  ]);
});

test("DIST_TARGETS=host makes nothing for other machines, and nothing unfinished is left", () => {
  expect(readdirSync(environment.DIST_DIR).toSorted()).toEqual(["go", "npm", "python"]);
  expect(readdirSync(join(environment.DIST_DIR, "go"))).toEqual([`tokligence-${host.name}`]);
});
