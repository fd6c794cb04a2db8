import { expect, test } from "bun:test";
import { createCatalog } from "#core/catalog/catalog.ts";
import { embeddedPriceList } from "#core/catalog/embedded-prices.ts";
import { pureDigest } from "#core/effects/pure-digest.ts";
import type { UpstreamHttp } from "#core/effects/upstream-http.ts";
import { VirtualClock } from "#core/effects/virtual-clock.ts";
import { GatewayError } from "#core/errors.ts";
import { createProviders, isNamedModel } from "#configurations/upstreams.ts";
import { callOf, failure } from "#integrations/providers/scripted-http.test-data.ts";
import { load } from "#settings/load-files.test-data.ts";

const nobody: UpstreamHttp = {
  send: async () => {
    throw new GatewayError("upstream_unavailable", "Nothing is dialled here.");
  },
};
const parts = {
  http: nobody,
  clock: new VirtualClock(),
  digest: pureDigest,
  facts: createCatalog().factsOf,
};

const ini = `[provider.openai]
api_key = k
[provider.responses]
type = openai-compatible
base_url = http://127.0.0.1:1/v1
api = responses
[provider.groq]
preset = groq
api_key = k
[provider.anthropic]
api_key = k
[provider.bedrock]
type = anthropic
variant = bedrock
region = us-east-1
access_key_id = AK
secret_access_key = s
[provider.claude-vertex]
type = anthropic
variant = vertex
project = p
region = global
api_key = t
[provider.gemini]
api_key = k
models = gemini-mine
[provider.gemini-vertex]
type = gemini
variant = vertex
project = p
region = global
api_key = t
[routes]
fast = openai/gpt-mine
`;
const { settings } = load({ "setting.ini": ini });

test("every provider of the configuration is built, and speaks what its type says", () => {
  const providers = createProviders(settings, parts);
  const spoken = providers.map((provider) => [
    provider.name,
    provider.type,
    provider.speaks("anthropic-messages", "claude-sonnet-4-5"),
    provider.speaks("openai-count-tokens", "claude-sonnet-4-5"),
  ]);
  expect(spoken.filter(([, type]) => type !== "loopback").toSorted()).toEqual([
    ["anthropic", "anthropic", "anthropic-messages", "anthropic-count-tokens"],
    ["bedrock", "anthropic", "anthropic-messages", undefined],
    ["claude-vertex", "anthropic", "anthropic-messages", "anthropic-count-tokens"],
    ["gemini", "gemini", "gemini-generate", "gemini-count-tokens"],
    ["gemini-vertex", "gemini", "gemini-generate", "gemini-count-tokens"],
    ["groq", "openai-compatible", "openai-chat", undefined],
    ["openai", "openai", "openai-chat", "openai-count-tokens"],
    ["responses", "openai-compatible", "openai-responses", undefined],
  ]);
});

test("models of routes, of providers and of the price list are named, a stranger's are not", () => {
  const isNamed = isNamedModel(settings, embeddedPriceList());
  for (const model of ["fast", "gpt-mine", "gemini-mine"]) expect([model, isNamed(model)]).toEqual([model, true]);
  expect(isNamed("made-up-by-a-caller")).toBe(false);
});

test("several keys of a provider are several deployments, each with its key; a model with its own is one", async () => {
  const asked: string[] = [];
  const http: UpstreamHttp = {
    send: async ({ headers }) => {
      asked.push(headers["authorization"] ?? "");
      throw new GatewayError("upstream_unavailable", "Nothing is dialled here.");
    },
  };
  const pool = `[provider.openai]
api_keys = one, two
[provider.openai.gpt-own]
api_key = own
[provider.openai.gpt-away]
base_url = http://127.0.0.1:1/v1
`;
  const said = load({ "setting.ini": pool }).settings;
  const accounts = createProviders(said, { ...parts, http }).filter(({ name }) => name === "openai");
  expect(accounts.map(({ account, models }) => [account, models])).toEqual([
    [1, []],
    [2, []],
  ]);
  const spoken = (model: string) => accounts.map((account) => account.speaks("openai-chat", model) !== undefined);
  expect([spoken("gpt-x"), spoken("gpt-own"), spoken("gpt-away")]).toEqual([
    [true, true],
    [true, false],
    [true, true],
  ]);
  for (const model of ["gpt-x", "gpt-own", "gpt-away"]) {
    for (const account of accounts) {
      if (account.speaks("openai-chat", model) === undefined) continue;
      await failure(account, callOf({ messages: [{ role: "user", content: "a" }] }, "openai-chat", { model }));
    }
  }
  expect(asked).toEqual(["Bearer one", "Bearer two", "Bearer own", "Bearer one", "Bearer two"]);
});

test("a provider with one key and no models elsewhere is built as it is, without an account", () => {
  const [openai] = createProviders(load({ "setting.ini": "[provider.openai]\napi_key = k\n" }).settings, parts);
  expect([openai?.name, openai !== undefined && "account" in openai]).toEqual(["openai", false]);
});
