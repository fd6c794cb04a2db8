import { describe, expect, test } from "bun:test";
import { planChange } from "#settings/change/change-setting.ts";
import { planInit } from "#settings/change/init-files.ts";
import { readIni } from "#settings/ini/read-ini.ts";
import { configDir, inputOf, load } from "#settings/load-files.test-data.ts";

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

describe("init", () => {
  const values = { "gateway.port": "9000", email: "a@b.c", "publish.name": "n", "routes.fast": "loopback/x" };

  test("writes chosen values active, everything else commented out, and it loads", () => {
    const plan = planInit(inputOf({}, { envFlag: "live", profileFlag: "agent" }), values, false);
    expect(plan.files.map(({ path }) => path)).toEqual(
      ["setting.ini", "dev/gateway.ini", "test/gateway.ini", "live/gateway.ini"].map((name) => `${configDir}/${name}`),
    );
    const active = plan.files.flatMap(({ text }) => readIni(text).lines.map(({ key, value }) => `${key}=${value}`));
    expect(active.toSorted()).toEqual(
      ["email=a@b.c", "environment=live", "fast=loopback/x", "port=9000", "profile=agent", "publish_name=n"].toSorted(),
    );
    const { settings } = load(Object.fromEntries(plan.files.map(({ path, text }) => [path, text])));
    expect(settings).toMatchObject({ environment: "live", profile: "agent", gateway: { port: 9000 } });
  });

  test("prints the command that uses what it wrote", () => {
    const command = (more: object): string => planInit(inputOf({}, more), {}, false).serveCommand;
    expect(command({})).toBe(`tokligence serve --config-dir ${configDir}`);
    expect(command({ configDirFlag: undefined, rootFlag: "/my dir" })).toBe("tokligence serve --root '/my dir'");
    expect(command({ configDirFlag: undefined })).toBe("tokligence serve");
  });

  test("never overwrites unasked, and refuses what would not load", () => {
    const existing = inputOf({ "test/gateway.ini": "" });
    expect(() => planInit(existing, {}, false)).toThrow(`${configDir}/test/gateway.ini exists`);
    expect(planInit(existing, {}, true).files).toHaveLength(4);
    expect(() => planInit(inputOf({}), { "gateway.port": "x" }, false)).toThrow("gateway.port: expected");
    expect(() => planInit(inputOf({}), { "gateway.prot": "1" }, false)).toThrow('did you mean "gateway.port"?');
    expect(() => planInit(inputOf({}, { envFlag: "prood" }), {}, false)).toThrow('no environment "prood"');
  });
});
