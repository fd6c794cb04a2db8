import { expect, test } from "bun:test";
import { localPrincipal } from "#core/identity/principal.ts";
import { testDoors } from "#http/test-doors.ts";

const key = { headers: { authorization: "Bearer caller" } };
const openAiList = {
  object: "list",
  data: [
    { id: "gpt-x", object: "model", created: 0, owned_by: "acme", context_window: 1000, max_completion_tokens: 100 },
    { id: "org/deep/model", object: "model", created: 0, owned_by: "acme" },
  ],
};
const anthropicList = {
  object: "list",
  data: [
    {
      type: "model",
      id: "gpt-x",
      display_name: "GPT X",
      created_at: "1970-01-01T00:00:00Z",
      lifecycle: "active",
      max_input_tokens: 1000,
      max_tokens: 100,
    },
    {
      type: "model",
      id: "org/deep/model",
      display_name: "org/deep/model",
      created_at: "1970-01-01T00:00:00Z",
      lifecycle: "active",
      max_input_tokens: null,
      max_tokens: null,
    },
  ],
  has_more: false,
  first_id: "gpt-x",
  last_id: "org/deep/model",
};
const methods = { version: "001", supportedGenerationMethods: ["generateContent", "countTokens", "embedContent"] };
const geminiList = {
  models: [
    { name: "models/gpt-x", displayName: "GPT X", inputTokenLimit: 1000, outputTokenLimit: 100, ...methods },
    { name: "models/org/deep/model", displayName: "org/deep/model", ...methods },
  ],
};

test.each([
  ["/v1/models?limit=1", {}, openAiList],
  ["/v1/models?limit=1000", { "anthropic-version": "2023-06-01" }, anthropicList],
  ["/v1/models", { "x-goog-api-key": "caller" }, geminiList],
  ["/v1/models?key=caller", {}, geminiList],
  ["/v1/models?pageSize=50", {}, geminiList],
  ["/v1beta/models?pageSize=50", {}, geminiList],
  ["/v1alpha/models", {}, geminiList],
  ["/anthropic/v1/models", {}, anthropicList],
])("%s with %o is listed as that caller lists models (pitfall 32)", async (path, headers, list) => {
  const response = await testDoors().send(path, { headers: { ...key.headers, ...headers } });
  expect(response.status).toBe(200);
  expect(await response.json()).toEqual(list);
});

test.each([
  ["gpt-x", "acme"],
  ["org/deep/model", "acme"],
  ["org%2Fdeep%2Fmodel", "acme"],
  ["only/by/pattern", "tokligence"],
])("%s is found", async (id, owner) => {
  const response = await testDoors().send(`/v1/models/${id}`, key);
  expect(response.status).toBe(200);
  expect(await response.json()).toMatchObject({ id: decodeURIComponent(id), owned_by: owner });
});

test("one model is shown as its caller shows models", async () => {
  const doors = testDoors();
  const show = async (path: string, headers: Record<string, string> = {}) =>
    (await doors.send(path, { headers: { ...key.headers, ...headers } })).json();
  expect(await show("/v1beta/models/gpt-x")).toEqual(geminiList.models[0]);
  expect(await show("/v1/models/gpt-x", { "anthropic-version": "2023-06-01" })).toEqual(anthropicList.data[0]);
});

test.each(["unknown", "%zz"])("%s is no model", async (id) => {
  const response = await testDoors().send(`/v1/models/${id}`, key);
  expect(response.status).toBe(404);
  expect(await response.json()).toMatchObject({ error: { code: "model_not_found" } });
});

test("what goes wrong is told in the envelope of the caller's kind (pitfall 75)", async () => {
  const protocolOf = async (path: string, headers: Record<string, string>) => {
    const response = await testDoors().send(path, { headers });
    expect(response.status).toBe(401);
    return ((await response.json()) as { error: { protocol: string } }).error.protocol;
  };
  expect(await protocolOf("/v1/models", {})).toBe("openai-chat");
  expect(await protocolOf("/v1/models", { "anthropic-version": "x" })).toBe("anthropic-messages");
  expect(await protocolOf("/v1/models/x", { "x-goog-api-key": "bad" })).toBe("gemini-generate");
});

test("a key with a list of models sees those alone, and is told so for the others", async () => {
  const policy = { limits: {}, models: ["org/*"] };
  const authenticator = { authenticate: () => ({ ...localPrincipal, policy }) };
  const doors = testDoors({ authenticator });
  const list = await (await doors.send("/v1/models", key)).json();
  expect(list).toEqual({ ...openAiList, data: openAiList.data.slice(1) });
  expect((await doors.send("/v1/models/org/deep/model", key)).status).toBe(200);
  const response = await doors.send("/v1/models/gpt-x", key);
  expect([response.status, await response.json()]).toMatchObject([403, { error: { code: "permission_denied" } }]);
});
