import { expect, test } from "bun:test";
import { load } from "#settings/load-files.test-data.ts";

test("a provider acts with everything it was told", () => {
  const ini = `[provider.azure]
type = openai-compatible
base_url = https://me.example/openai/v1
api_key = k
auth_header = API-Key
api_version = 2024-10-21
organization = org
models = gpt-4o, gpt-4.1
timeout = 2
`;
  const azure = load({ "setting.ini": ini }).settings.providers.find(({ name }) => name === "azure");
  expect(azure).toMatchObject({
    type: "openai-compatible",
    baseUrl: "https://me.example/openai/v1",
    authHeader: "api-key",
    organization: "org",
    query: { "api-version": "2024-10-21" },
    models: ["gpt-4o", "gpt-4.1"],
    timeoutMs: 2000,
  });
});

test("providers of the profile without a key are not active, and one notice says how to give them one", () => {
  const { settings, notices, inactive } = load({});
  expect(settings.providers.map(({ name }) => name)).toEqual(["loopback"]);
  expect(notices).toEqual([
    "providers without a key are not active: openai, anthropic, google; set OPENAI_API_KEY, ANTHROPIC_API_KEY, GEMINI_API_KEY",
  ]);
  const keys = inactive.map(({ key }) => key);
  expect(keys).toEqual(expect.arrayContaining(["routes.gpt-*", "routes.claude-*", "routes.gemini-*"]));
});

test("once somebody can be asked, the profile's other providers are not spoken of, those of the user still are", () => {
  const environ = { ANTHROPIC_API_KEY: "k" };
  expect(load({}, { environ }).notices).toEqual([]);
  const said = load({ "setting.ini": "[provider.gemini]\nmodels = a\n" }, { environ }).notices;
  expect(said).toEqual([
    "provider gemini is not active, it has no key: set TOKLIGENCE_PROVIDER_GEMINI_API_KEY, or api_key in [provider.gemini]",
  ]);
});

test("anthropic and gemini act with a key from the usual variable, each key in its own header", () => {
  const { settings } = load({}, { environ: { ANTHROPIC_API_KEY: "a", GEMINI_API_KEY: "g" } });
  expect(settings.providers.map(({ name, type, authHeader }) => [name, type, authHeader])).toEqual([
    ["anthropic", "anthropic", "x-api-key"],
    ["google", "gemini", "x-goog-api-key"],
    ["loopback", "loopback", "authorization"],
  ]);
  expect(settings.routes.map(({ pattern }) => pattern)).toEqual(expect.arrayContaining(["claude-*", "gemini-*"]));
});

test("openai with a key from the usual variable acts, and its routes with it", () => {
  const { settings, notices } = load({}, { environ: { OPENAI_API_KEY: "k" } });
  expect(settings.providers.map(({ name }) => name)).toEqual(["openai", "loopback"]);
  expect(settings.routes.map(({ pattern }) => pattern)).toContain("gpt-*");
  expect(notices).toEqual([]);
});

test("targets of inactive providers leave a route, an emptied route is listed as inactive", () => {
  const ini = "[routes]\nboth = anthropic, loopback/x | openai/y\nnone = anthropic\n";
  const { settings, inactive } = load({ "setting.ini": ini });
  expect(settings.routes.find(({ pattern }) => pattern === "both")?.pools).toEqual([
    [{ provider: "loopback", model: "x" }],
  ]);
  expect(settings.routes.map(({ pattern }) => pattern)).not.toContain("none");
  expect(inactive.find(({ key }) => key === "routes.none")).toMatchObject({
    awaits: "a key: set ANTHROPIC_API_KEY, or api_key in [provider.anthropic]",
    line: 3,
  });
});

test("route names keep dots, slashes and colons; an empty route takes a weaker one away", () => {
  const ini = "[routes]\ngpt-4.1 = loopback\nmeta/llama3.2:8b = loopback/a/b.c\nloopback-* =\n";
  const patterns = load({ "setting.ini": ini, "config.yaml": "routes:\n  x.y: [loopback/a, loopback/b]" }).settings
    .routes;
  expect(patterns.map(({ pattern }) => pattern)).toEqual(["gpt-4.1", "meta/llama3.2:8b", "x.y", "loopback"]);
  expect(patterns[2]?.pools).toHaveLength(2);
});

test("everything behind a provider's name is the model; marketplace.privacy is reserved", () => {
  const ini =
    "[provider.openai.gpt-4.1]\nmax_rps = 3\n[provider.marketplace]\nenabled = yes\n[provider.marketplace.privacy]\nsend_pii = yes\n";
  const { inactive, settings } = load({ "setting.ini": ini }, { environ: { OPENAI_API_KEY: "k" } });
  const keys = inactive.map(({ key }) => key);
  const openai = settings.providers.find(({ name }) => name === "openai");
  expect(openai?.modelCapacity).toEqual(new Map([["gpt-4.1", { requestsPerSecond: 3 }]]));
  expect(keys).toContain("provider.marketplace.privacy.send_pii");
  expect(keys).toContain("provider.marketplace");
});

test("a key with its built-in value asks for nothing and is not listed", () => {
  const { inactive } = load({ "setting.ini": "[rbac]\nenabled = false\n[cache]\nenabled = true\n" });
  const keys = inactive.map(({ key }) => key);
  expect(keys).toContain("cache.enabled");
  expect(keys).not.toContain("rbac.enabled");
});
