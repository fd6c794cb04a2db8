import { describe, expect, test } from "bun:test";
import { configDir, load, refusal } from "#settings/load-files.test-data.ts";

const provider = (ini: string, name: string, environ: Record<string, string> = {}) =>
  load({ "setting.ini": ini }, { environ }).settings.providers.find((candidate) => candidate.name === name);

describe("the models of a local provider", () => {
  const ini = `[provider.local]
models = gpt-4o, claude-sonnet-4-5, gemini-2.5-pro, llama3, loopback
max_tokens_per_sec = 50000
[provider.local.gpt-4o]
api_key = own
max_rps = 5
[provider.local.claude-sonnet-4-5]
base_url = http://127.0.0.1:1
[provider.local.llama3]
base_url = http://127.0.0.1:2/v1
max_concurrent = 4
`;

  test("TC-P0-LOC-002 test_local_provider: each has its own type, key, address and limits", () => {
    const local = provider(ini, "local", { GEMINI_API_KEY: "borrowed" });
    const said = [...(local?.modelProviders ?? [])].map(([model, its]) => [
      model,
      its.name,
      its.type,
      its.baseUrl,
      its.apiKey?.reveal(),
    ]);
    expect(said).toEqual([
      ["gpt-4o", "local/openai", "openai", undefined, "own"],
      ["claude-sonnet-4-5", "local/anthropic", "anthropic", "http://127.0.0.1:1", undefined],
      ["gemini-2.5-pro", "local/gemini", "gemini", undefined, "borrowed"],
      ["llama3", "local/openai-compatible", "openai-compatible", "http://127.0.0.1:2/v1", undefined],
      ["loopback", "local/loopback", "loopback", undefined, undefined],
    ]);
    expect(local?.capacity).toEqual({ tokensPerSecond: 50_000 });
    expect(local?.modelCapacity).toEqual(
      new Map([
        ["gpt-4o", { requestsPerSecond: 5 }],
        ["llama3", { concurrent: 4 }],
      ]),
    );
  });

  test("TC-P0-LOC-001 test_local_provider: those that act are listed, and routed where no route names them", () => {
    const { settings, notices } = load({ "setting.ini": `${ini}[routes]\nllama3 = loopback/x\n` });
    const local = settings.providers.find(({ name }) => name === "local");
    expect(local?.models).toEqual(["gpt-4o", "claude-sonnet-4-5", "llama3", "loopback"]);
    expect(notices.join()).toContain("provider local: models without a key are not active: gemini-2.5-pro;");
    const targets = (pattern: string) => settings.routes.find((route) => route.pattern === pattern)?.pools;
    expect(targets("gpt-4o")).toEqual([[{ provider: "local", model: "gpt-4o" }]]);
    expect(targets("llama3")).toEqual([[{ provider: "loopback", model: "x" }]]);
    expect(targets("gemini-2.5-pro")).toBeUndefined();
  });

  test("a key is never lent to another address, nor by a cloud", () => {
    const cloud = "[provider.bedrock]\ntype = anthropic\nvariant = bedrock\nregion = r\napi_key = cloud\n";
    const local = provider(
      `${cloud}[provider.local]\nmodels = claude-x, gpt-x\n[provider.local.gpt-x]\nbase_url = http://127.0.0.1:1\n`,
      "local",
      { OPENAI_API_KEY: "k" },
    );
    expect([...(local?.modelProviders ?? [])].map(([model, { apiKey }]) => [model, apiKey])).toEqual([
      ["gpt-x", undefined],
    ]);
  });

  test("what its own table and the provider say go together, the table first", () => {
    const both = `[provider.local]
base_url = http://127.0.0.1:1/v1
api_key = shared
timeout = 3
[provider.local.gpt-oss-120b]
api_key = own
[provider.local.plain]
type = openai
`;
    const models = provider(both, "local")?.modelProviders;
    const baseUrl = "http://127.0.0.1:1/v1";
    expect(models?.get("gpt-oss-120b")).toMatchObject({ type: "openai-compatible", baseUrl, timeoutMs: 3000 });
    expect(models?.get("gpt-oss-120b")?.apiKey?.reveal()).toBe("own");
    expect(models?.get("plain")).toMatchObject({ type: "openai", baseUrl });
    expect(models?.get("plain")?.apiKey?.reveal()).toBe("shared");
  });

  test("without models it is not active, and says so", () => {
    const { inactive, settings } = load({ "setting.ini": "[provider.local]\nenabled = yes\n" });
    expect(settings.providers.map(({ name }) => name)).toEqual(["loopback"]);
    expect(inactive).toContainEqual(
      expect.objectContaining({ key: "provider.local", awaits: "models in [provider.local]" }),
    );
  });

  test("one that nobody knows where to find is refused with its place", () => {
    const text = refusal({ "setting.ini": "[provider.local]\nmodels = llama3\n" });
    expect(text).toContain(`${configDir}/setting.ini:2: provider.local.llama3: base_url is missing`);
    const bad = refusal({
      "setting.ini": "[provider.local]\nmodels = a\n[provider.local.a]\ntype = olama\nbase_url = x\n",
    });
    expect(bad).toContain(`${configDir}/setting.ini:4: provider.local.a.type: expected one of`);
    expect(bad).not.toContain("base_url is missing");
  });
});

test("a model of any provider may be elsewhere; the others stay where they are", () => {
  const ini = `[provider.azure]
type = openai-compatible
base_url = https://a.example/v1
api_key = a
auth_header = api-key
[provider.azure.gpt-4.1]
base_url = https://b.example/v1
[provider.azure.claude-x]
type = anthropic
base_url = https://c.example
[provider.azure.gpt-4o]
max_rps = 2
`;
  const azure = provider(ini, "azure");
  expect(azure).toMatchObject({ type: "openai-compatible", baseUrl: "https://a.example/v1" });
  expect([...(azure?.modelProviders.keys() ?? [])]).toEqual(["gpt-4.1", "claude-x"]);
  expect(azure?.modelProviders.get("gpt-4.1")).toMatchObject({ name: "azure", authHeader: "api-key" });
  expect(azure?.modelProviders.get("claude-x")).toMatchObject({ name: "azure/anthropic", authHeader: "x-api-key" });
  expect(azure?.modelProviders.get("gpt-4.1")?.apiKey?.reveal()).toBe("a");
});

test("a provider without a key answers the models that have their own", () => {
  const openai = provider("[provider.openai.gpt-4o]\napi_key = own\n", "openai");
  expect(openai?.models).toEqual(["gpt-4o"]);
  expect(openai?.apiKey).toBeUndefined();
});

test("several keys are read from references, each once; api_key goes first", () => {
  const files = { "/run/key": "c\n" };
  const ini = "[provider.openai]\napi_key = a\napi_keys = ${B}, file:///run/key, a, env://D\n";
  const { settings, values } = load({ "setting.ini": ini, ...files }, { environ: { B: "b", D: "d" } });
  const openai = settings.providers.find(({ name }) => name === "openai");
  expect([openai?.apiKey, ...(openai?.moreApiKeys ?? [])].map((key) => key?.reveal())).toEqual(["a", "b", "c", "d"]);
  expect(JSON.stringify(values.find(({ key }) => key === "provider.openai.api_keys"))).not.toContain('"b"');
  const yaml = "providers: { openai: { api_keys: [x, y] } }";
  const listed = load({ "config.yaml": yaml }).settings.providers.find(({ name }) => name === "openai");
  expect([listed?.apiKey?.reveal(), listed?.moreApiKeys.map((key) => key.reveal())]).toEqual(["x", ["y"]]);
  const environ = { TOKLIGENCE_PROVIDER_OPENAI_API_KEYS: "p,q" };
  expect(load({}, { environ }).settings.providers[0]?.moreApiKeys.map((key) => key.reveal())).toEqual(["q"]);
  expect(refusal({ "setting.ini": "[provider.openai]\napi_keys = a, ${NOPE}\n" })).toContain(
    "setting.ini:2: provider.openai.api_keys: environment variable NOPE is not set",
  );
});

test("a table of a model that the list leaves out is spoken of", () => {
  const { notices } = load({
    "setting.ini": "[provider.x]\ntype = loopback\nmodels = a\n[provider.x.b]\nmax_rps = 1\n",
  });
  expect(notices).toContain("[provider.x.b] does nothing: provider.x.models does not list it");
});
