import { describe, expect, test } from "bun:test";
import { type PlannedFile, planSet } from "#settings/change/change-setting.ts";
import { planInit } from "#settings/change/init-files.ts";
import { readIni } from "#settings/ini/read-ini.ts";
import { configDir, inputOf, load } from "#settings/load-files.test-data.ts";
import type { LoadInput } from "#settings/loaded.ts";

function planChange(input: LoadInput, key: string, value: string): PlannedFile {
  const [planned, ...others] = planSet(input, { [key]: value });
  if (planned === undefined || others.length > 0) throw new Error("One key touches one file.");
  return planned;
}

describe("config set", () => {
  const files = {
    "dev/gateway.ini": "; mine\n[gateway]\nport = 1 ; first\n",
    "setting.ini": "[gateway]\nport = 2\nmax_retries = 1\n",
    "config.yaml": "# yours\nprovider:\n  x:\n    type: loopback # kind\n",
  };

  test("edits the strongest file that holds the key, comments kept", () => {
    expect(planChange(inputOf(files), "gateway.port", "9")).toEqual({
      path: `${configDir}/dev/gateway.ini`,
      text: "; mine\n[gateway]\nport = 9 ; first\n",
    });
    expect(planChange(inputOf(files), "gateway.max_retries", "0").path).toBe(`${configDir}/setting.ini`);
  });

  test("edits YAML where the key stands, comments kept", () => {
    const { path, text } = planChange(inputOf(files), "provider.x.enabled", "no");
    expect(path).toBe(`${configDir}/config.yaml`);
    expect(load({ "config.yaml": text }).settings.providers.map(({ name }) => name)).toEqual(["loopback"]);
    const held = { "config.yaml": "# head\ngateway.port: 1 # why\nprovider: { x: { type: loopback } }\n" };
    expect(planChange(inputOf(held), "gateway.port", "2").text).toStartWith("# head\ngateway.port: 2 # why\n");
    expect(planChange(inputOf(held), "provider.x.type", "loopback").text).toBe(held["config.yaml"]);
  });

  test("puts a key nobody holds into config.yaml, typed", () => {
    const planned = planChange(inputOf({}), "gateway.request_timeout", "2.5");
    expect(planned).toEqual({ path: `${configDir}/config.yaml`, text: "gateway:\n  request_timeout: 2.5\n" });
    expect(planChange(inputOf({}), "routes.gpt-4.1", "loopback").text).toBe("routes:\n  gpt-4.1: loopback\n");
    expect(planChange(inputOf({ "config.yaml": "gateway:\n" }), "gateway.auth.enabled", "yes").text).toBe(
      "gateway:\n  auth:\n    enabled: true\n",
    );
  });

  test("fails where a variable wins, for unknown keys and for what would not load", () => {
    const input = inputOf(files, { environ: { TOKLIGENCE_GATEWAY_PORT: "5" } });
    expect(() => planChange(input, "gateway.port", "9")).toThrow("TOKLIGENCE_GATEWAY_PORT wins over every file");
    expect(() => planChange(inputOf({}), "gateway.prot", "9")).toThrow('did you mean "gateway.port"?');
    expect(() => planChange(inputOf(files), "gateway.port", "many")).toThrow(
      "dev/gateway.ini:3: gateway.port: expected",
    );
    expect(() => planChange(inputOf({}), "email", "a\nb")).toThrow("line breaks");
  });

  test("mends a configuration that does not load", () => {
    const broken = { "setting.ini": "[gateway]\nport = many\n" };
    expect(planChange(inputOf(broken), "gateway.port", "9").text).toBe("[gateway]\nport = 9\n");
  });
});

test("config set takes keys together that would not load one by one, each file written once", () => {
  const files = { "dev/gateway.ini": "[gateway]\nport = 1\n" };
  const together = { "providers.x.type": "loopback", "gateway.port": "9", "routes.a": "x" };
  const [first, second, ...others] = planSet(inputOf(files), together);
  expect([first?.path, second?.path, others]).toEqual([`${configDir}/config.yaml`, `${configDir}/dev/gateway.ini`, []]);
  expect(first?.text).toContain("routes:\n  a: x\n");
  expect(() => planSet(inputOf(files), { "routes.a": "x" })).toThrow('there is no provider "x"');
});

describe("init", () => {
  const values = { "gateway.port": "9000", email: "a@b.c", "publish.name": "n", "routes.fast": "loopback/x" };
  const names = ["setting.ini", "dev/gateway.ini", "test/gateway.ini", "live/gateway.ini"];

  test("writes chosen values active, everything else commented out, and it loads", () => {
    const plan = planInit(inputOf({}, { envFlag: "live", profileFlag: "agent" }), values, false);
    expect(plan.files.map(({ path }) => path)).toEqual(names.map((name) => `${configDir}/${name}`));
    const active = plan.files.flatMap(({ text }) => readIni(text).lines.map(({ key, value }) => `${key}=${value}`));
    expect(active.toSorted()).toEqual(
      ["email=a@b.c", "environment=live", "fast=loopback/x", "port=9000", "profile=agent", "publish_name=n"].toSorted(),
    );
    const { settings } = load(Object.fromEntries(plan.files.map(({ path, text }) => [path, text])));
    expect(settings).toMatchObject({ environment: "live", profile: "agent", gateway: { port: 9000 } });
    expect(plan.loaded.settings).toEqual(settings);
  });

  const existing = {
    "setting.ini": "# ours\nprofile = agent # why\n",
    "config.yaml": "# shared\ngateway:\n  port: 1 # first\n",
    "live/gateway.ini": "[routes]\nx = loopback\n",
  };

  test("edits what is there: each key in the layer that holds it, the rest of the file kept", () => {
    const plan = planInit(inputOf(existing, { profileFlag: "personal", envFlag: "live" }), values, false);
    expect(Object.fromEntries(plan.files.map(({ path, text }) => [path, text]))).toEqual({
      [`${configDir}/setting.ini`]:
        "# ours\nprofile = personal # why\nenvironment = live\nemail = a@b.c\n\n[publish]\nname = n\n",
      [`${configDir}/config.yaml`]: "# shared\ngateway:\n  port: 9000 # first\n",
      [`${configDir}/live/gateway.ini`]: "[routes]\nx = loopback\nfast = loopback/x\n",
    });
    const edited = Object.fromEntries(plan.files.map(({ path, text }) => [path, text]));
    expect(planInit(inputOf(edited, { profileFlag: "personal" }), values, false).files).toEqual([]);
  });

  test("makes a file that is missing from its template, and with force all of them", () => {
    const [only, ...others] = planInit(inputOf({ "setting.ini": "" }), { "gateway.port": "9" }, false).files;
    expect([only?.path, only?.before, others.length]).toEqual([`${configDir}/dev/gateway.ini`, undefined, 0]);
    expect(only?.text).toContain("\n# Port to listen on; 0 takes any free one.\nport = 9\n");
    const forced = planInit(inputOf(existing), {}, true);
    expect(forced.files.map(({ path }) => path)).toEqual(names.map((name) => `${configDir}/${name}`));
  });

  test("T-51: refuses what would not load, naming file and line, or the nearest key", () => {
    expect(() => planInit(inputOf({}), { "gateway.port": "x" }, false)).toThrow(
      /dev\/gateway\.ini:\d+: gateway\.port: expected/,
    );
    expect(() => planInit(inputOf(existing), { "gateway.port": "x" }, false)).toThrow("config.yaml:3: gateway.port");
    expect(() => planInit(inputOf({}), { "gateway.prot": "1" }, false)).toThrow('did you mean "gateway.port"?');
    expect(() => planInit(inputOf({}, { envFlag: "prood" }), {}, false)).toThrow('no environment "prood"');
    expect(() => planInit(inputOf({}, { profileFlag: "tema" }), {}, false)).toThrow('did you mean "team"?');
  });

  test("environment and profile choose the files before any other key, in the directory that a variable names", () => {
    const input = inputOf({}, { configDirFlag: undefined, environ: { TOKLIGENCE_CONFIG_DIR: configDir } });
    const { files } = planInit(input, { "gateway.port": "9", environment: "live", profile: "agent" }, false);
    const changed = files.filter(({ text }) => readIni(text).lines.length > 0).map(({ path }) => path);
    expect(changed).toEqual([`${configDir}/setting.ini`, `${configDir}/live/gateway.ini`]);
  });

  test("T-51: an address with a scheme, a port or brackets is refused with its place, names and IPv6 are not", () => {
    const planned = (host: string) => planInit(inputOf({}), { "gateway.host": host }, false);
    for (const host of ["http://x", "127.0.0.1:80", "[::1]", "a b"]) {
      expect(() => planned(host)).toThrow(/dev\/gateway\.ini:\d+: gateway\.host: expected host name or IP/);
    }
    for (const host of ["::1", "::", "fe80::1%eth0", "no-such-host.example", "0.0.0.0"]) {
      expect(planned(host).loaded.settings.gateway.host).toBe(host);
    }
  });

  test("a variable that wins over what is written is named; one that chooses the files stands in the way", () => {
    const environ = { TOKLIGENCE_GATEWAY_PORT: "5", TOKLIGENCE_ENV: "live" };
    const fresh = planInit(inputOf({}, { environ }), { "gateway.port": "9" }, false);
    expect(fresh.overruled).toEqual(["TOKLIGENCE_GATEWAY_PORT is set and wins over gateway.port in every file"]);
    expect(fresh.files[0]?.text).toContain("\nenvironment = live\n");
    expect(() => planInit(inputOf(existing, { environ, envFlag: "dev" }), {}, false)).toThrow("TOKLIGENCE_ENV wins");
  });
});
