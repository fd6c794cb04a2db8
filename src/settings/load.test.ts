import { describe, expect, test } from "bun:test";
import { configDir, load, refusal } from "#settings/load-files.test-data.ts";
import type { LayerName } from "#settings/entry.ts";
import type { LoadInput } from "#settings/loaded.ts";

describe("precedence", () => {
  const said: readonly { layer: LayerName; files?: Record<string, string>; more?: Partial<LoadInput> }[] = [
    { layer: "flag", more: { flags: { "gateway.port": "1" } } },
    { layer: "environment", more: { environ: { TOKLIGENCE_GATEWAY_PORT: "2" } } },
    { layer: "gateway.ini", files: { "live/gateway.ini": "[gateway]\nport = 3\n" } },
    { layer: "setting.ini", files: { "setting.ini": "environment = live\n[gateway]\nport = 4\n" } },
    { layer: "config.yaml", files: { "config.yaml": "gateway:\n  port: 5\n" } },
    { layer: "profile" },
  ];

  for (const [index, strongest] of said.entries()) {
    test(`${strongest.layer} wins over everything weaker`, () => {
      const layers = said.slice(index);
      const more = Object.assign({ envFlag: "live" }, ...layers.map((layer) => layer.more));
      const loaded = load(Object.assign({}, ...layers.map((layer) => layer.files)), more);
      const port = loaded.values.find(({ key }) => key === "gateway.port");
      expect(loaded.settings.gateway.port).toBe(index === 5 ? 8081 : index + 1);
      expect(port?.layer).toBe(strongest.layer);
      expect(port?.weaker.map(({ layer }) => layer)).toEqual([
        ...layers.slice(1).map(({ layer }) => layer),
        "built-in",
      ]);
    });
  }

  test("without a directory the personal profile and the built-in values hold", () => {
    const { settings } = load({}, { configDirFlag: undefined });
    expect(settings.profile).toBe("personal");
    expect(settings.configDir).toBe("/home/ada/.config/tokligence");
    expect(settings.database.path).toBe("/home/ada/.config/tokligence/gateway.db");
    expect(settings.gateway).toMatchObject({ host: "127.0.0.1", port: 8081, maxConcurrentRequests: 4096 });
  });

  test("the directory is chosen by flag, then root, then variable", () => {
    const environ = { TOKLIGENCE_CONFIG_DIR: "/c" };
    const dir = (more: Partial<LoadInput>): string =>
      load({}, { configDirFlag: undefined, ...more }).settings.configDir;
    expect(dir({ configDirFlag: "/a", rootFlag: "/b", environ })).toBe("/a");
    expect(dir({ rootFlag: "/b", environ })).toBe("/b/config");
    expect(dir({ environ })).toBe("/c");
  });

  test("the environment is chosen by flag, variable, setting.ini; prod means live", () => {
    const files = { "setting.ini": "environment = test\n" };
    const environment = (more: Partial<LoadInput>): string => load(files, more).settings.environment;
    expect(environment({ envFlag: "prod", environ: { TOKLIGENCE_ENV: "dev" } })).toBe("live");
    expect(environment({ environ: { TOKLIGENCE_ENV: "dev" } })).toBe("dev");
    expect(environment({})).toBe("test");
    expect(load({}).settings.environment).toBe("dev");
  });

  test("repeated sections merge, an empty value unsets what weaker layers say", () => {
    const files = { "setting.ini": "[gateway]\nport = 1\n[metrics]\nenabled = no\n[gateway]\nmax_retries =\n" };
    const { settings } = load({ ...files, "config.yaml": "gateway: { max_retries: 7 }" });
    expect(settings.gateway).toMatchObject({ port: 1, maxRetries: 2 });
    expect(settings.metrics.enabled).toBe(false);
  });

  test("seconds become milliseconds, ~ is expanded, relative paths start at the configuration", () => {
    const { settings } = load({
      "setting.ini": "[gateway]\nrequest_timeout = 1.5\nconnect_timeout = 500ms\n[database]\npath = ~/data/g.db\n",
      "config.yaml": "gateway: { tls_cert: cert.pem, tls_key: /k.pem }",
    });
    expect(settings.gateway).toMatchObject({ requestTimeoutMs: 1500, connectTimeoutMs: 500 });
    expect(settings.gateway.tls).toEqual({ certPath: `${configDir}/cert.pem`, keyPath: "/k.pem" });
    expect(settings.dataDir).toBe("/home/ada/data");
  });
});

describe("what is wrong is named with its place", () => {
  const cases: readonly (readonly [string, Record<string, string>, string])[] = [
    [
      "unknown key",
      { "setting.ini": "\n[gateway]\nprot = 1" },
      'setting.ini:3: gateway.prot: unknown key; did you mean "gateway.port"?',
    ],
    [
      "unknown section",
      { "config.yaml": "a: 1\ngatewy:\n  port: 1" },
      'config.yaml:3: gatewy.port: unknown key; did you mean "gateway.port"?',
    ],
    ["key outside its section", { "setting.ini": "max_body_bytes = 1" }, "setting.ini:1: max_body_bytes: unknown key"],
    [
      "unknown provider key",
      { "setting.ini": "[provider.x]\napi_kye = 1\ntype=loopback" },
      'setting.ini:2: provider.x.api_kye: unknown key; did you mean "provider.x.api_key"?',
    ],
    ["section given a value", { "config.yaml": "gateway: 5" }, "config.yaml:1: gateway: is a section, not a key"],
    [
      "bad number",
      { "dev/gateway.ini": "[gateway]\nport = 80x" },
      'dev/gateway.ini:2: gateway.port: expected whole number from 0 to 65535, got "80x"',
    ],
    [
      "bad word",
      { "setting.ini": "log_level = loud" },
      'setting.ini:1: log_level: expected one of debug, info, warn, error, got "loud"',
    ],
    [
      "bad flag",
      { "config.yaml": "metrics:\n  enabled: maybe" },
      'config.yaml:2: metrics.enabled: expected true or false, got "maybe"',
    ],
    [
      "repeated key",
      { "setting.ini": "[gateway]\nport = 1\n[gateway]\nport = 2" },
      "setting.ini:4: gateway.port: already set in line 2",
    ],
    [
      "repeated key in YAML",
      { "config.yaml": "gateway:\n  port: 1\n  port: 2" },
      "config.yaml:3: Map keys must be unique",
    ],
    ["unreadable line", { "setting.ini": "what" }, "setting.ini:1: expected key = value"],
    [
      "bad address",
      { "setting.ini": "email = nonsense" },
      'setting.ini:1: email: expected e-mail address such as ada@example.com, got "nonsense"',
    ],
    [
      "missing variable",
      { "setting.ini": "email = root@localhost\n[provider.openai]\napi_key = ${NOPE}" },
      "setting.ini:3: provider.openai.api_key: environment variable NOPE is not set",
    ],
    [
      "malformed reference",
      { "setting.ini": "[provider.openai]\napi_key = ${A-B}" },
      "setting.ini:2: provider.openai.api_key: a reference is written",
    ],
    [
      "missing secret file",
      { "setting.ini": "[provider.openai]\napi_key = file:///none" },
      "setting.ini:2: provider.openai.api_key: file /none cannot be read",
    ],
    [
      "unknown environment",
      { "setting.ini": "environment = staging" },
      'setting.ini:1: environment: expected one of dev, test, live, got "staging"',
    ],
    [
      "environment in the file it chooses",
      { "dev/gateway.ini": "environment = live" },
      "dev/gateway.ini:1: environment: belongs into setting.ini",
    ],
    [
      "unknown profile",
      { "setting.ini": "profile = personel" },
      'setting.ini:1: profile: there is no profile "personel"; did you mean "personal"?',
    ],
    [
      "provider without type",
      { "setting.ini": "[provider.groq]\nbase_url = http://g/v1" },
      "setting.ini:2: provider.groq: type is missing",
    ],
    [
      "openai-compatible without address",
      { "setting.ini": "[provider.x]\ntype = openai-compatible" },
      "setting.ini:2: provider.x: base_url is missing",
    ],
    [
      "provider with a name no route can hold",
      { "setting.ini": "[provider.a/b]\ntype = loopback" },
      "setting.ini:2: provider.a/b: a provider's name",
    ],
    [
      "route to an unknown provider",
      { "setting.ini": "[routes]\nx = opnai/y" },
      'setting.ini:2: routes.x: there is no provider "opnai"; did you mean "openai"?',
    ],
    ["route that is none", { "setting.ini": "[routes]\nx = loopback,," }, "setting.ini:2: routes.x: "],
    ["self-containing YAML", { "config.yaml": "gateway: &a\n  auth: *a" }, "config.yaml:2: nested too deeply"],
    [
      "a name that is no name",
      { "setting.ini": "[routes]\n__proto__ = loopback" },
      "setting.ini:2: routes.__proto__: unknown key",
    ],
  ];
  for (const [what, files, message] of cases) {
    test(what, () => expect(refusal(files)).toContain(`${configDir}/${message}`));
  }

  test("every problem is told at once", () => {
    const text = refusal({
      "setting.ini": "[gateway]\nprot = 1\nport = x\n[provider.openai]\napi_key = ${NOPE}\n[routes]\na = nowhere\n",
    });
    expect(text).toStartWith("the configuration has 4 problems:");
    for (const line of [2, 3, 5, 7]) expect(text).toContain(`setting.ini:${line}: `);
  });

  test("a bad variable is named by its name, a bad flag by its key", () => {
    const more = { environ: { TOKLIGENCE_GATEWAY_PORT: "x" }, flags: { "gateway.max_retries": "y" } };
    const text = refusal({}, more);
    expect(text).toContain("TOKLIGENCE_GATEWAY_PORT: gateway.port: expected");
    expect(text).toContain("flag: gateway.max_retries: expected");
  });
});
