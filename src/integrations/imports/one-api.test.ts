import { expect, test } from "bun:test";
import { pureDigest } from "#core/effects/pure-digest.ts";
import { hashKeyText } from "#core/identity/key-digest.ts";
import { emptyRecords, now, pepper } from "#integrations/imports/imports-scene.test-data.ts";
import { readOneApi } from "#integrations/imports/one-api.ts";

const users = [
  { id: 1, username: "root", role: 100, status: 1, quota: 0, used_quota: 0, email: "" },
  {
    id: 2,
    username: "ada",
    role: 1,
    status: 1,
    quota: 1_000_000,
    used_quota: 500_000,
    email: "ada@example.com",
    group: "vip",
  },
  { id: 3, username: "eve", role: 1, status: 2, quota: 5, used_quota: 0, email: "ada@example.com" },
];
const tokens = [
  {
    id: 1,
    user_id: 2,
    key: "abc",
    status: 1,
    name: "prod",
    expired_time: -1,
    remain_quota: 250_000,
    used_quota: 0,
    unlimited_quota: 0,
    models: "gpt-4o,gpt-4o-mini",
    subnet: "10.0.0.0/8",
  },
  { id: 2, user_id: 2, key: "def", status: 2, name: "off", expired_time: 1_900_000_000, unlimited_quota: 1 },
  { id: 3, user_id: 9, key: "ghi", status: 1, name: "lost", expired_time: -1, unlimited_quota: 1 },
];
const channels = [
  {
    id: 1,
    type: 1,
    key: "sk-a\nsk-b",
    status: 1,
    name: "OpenAI",
    base_url: "",
    models: "gpt-4o,gpt-4o-mini",
    priority: 0,
    weight: 0,
  },
  {
    id: 2,
    type: 29,
    key: "gsk",
    status: 1,
    name: "Groq",
    base_url: "https://api.groq.com/openai",
    models: "gpt-4o",
    priority: 5,
    weight: 3,
    model_mapping: '{"gpt-4o":"llama-3.3-70b"}',
  },
  { id: 3, type: 15, key: "x", status: 1, name: "Baidu", models: "ernie", priority: 0 },
];

test("tokens of one-api go on working as they were presented, with models, addresses and what is left of their quota", () => {
  const records = emptyRecords("one-api");
  const { notes } = readOneApi({ users, tokens, channels }, "one-api", records, now);
  const { user, api_key, token_metadata, budget, budget_period } = records.tables;
  expect(user?.map(({ email, role, status }) => [email, role, status])).toEqual([
    ["1@one-api.invalid", "gateway_admin", "active"],
    ["ada@example.com", "gateway_user", "active"],
    ["3@one-api.invalid", "gateway_user", "inactive"],
  ]);
  expect(api_key).toHaveLength(2);
  expect(api_key?.[0]).toMatchObject({
    token_hash: hashKeyText(pureDigest, pepper, "sk-abc").toHex(),
    hash_alg: "hmac-sha256",
    addresses: '["10.0.0.0/8"]',
  });
  expect(api_key?.[1]).toMatchObject({ revoked_at: now, expires_at: 1_900_000_000_000 });
  expect(token_metadata?.[0]).toMatchObject({ models: '["gpt-4o","gpt-4o-mini"]' });
  expect(budget?.map(({ scope, limit_nanos }) => [scope, limit_nanos])).toEqual([
    ["user", "3000000000"],
    ["user", "10000"],
    ["key", "500000000"],
  ]);
  expect(budget_period).toMatchObject([{ spent_nanos: "1000000000" }]);
  expect(notes.join("\n")).toContain("The token lost was left out");
  expect(notes.join("\n")).toContain("group vip");
});

test("channels become providers, priorities an order, weights shares; an unknown vendor is named", () => {
  const { text, notes } = readOneApi({ users: [], tokens: [], channels }, "one-api", emptyRecords(), now);
  expect(text).toContain("[provider.openai]\ntype = openai\napi_keys = sk-a, sk-b");
  expect(text).toContain("base_url = https://api.groq.com/openai/v1");
  expect(text).toContain("gpt-4o = groq/llama-3.3-70b@3, openai/gpt-4o@1");
  expect(text).toContain("gpt-4o-mini = openai/gpt-4o-mini@1");
  expect(notes.join()).toContain("The channel Baidu was left out");
});

test("new-api numbers its channel types and limits its models otherwise", () => {
  const records = emptyRecords("new-api");
  const own = [
    { id: 1, type: 43, key: "ds", status: 1, name: "Deep", models: "deepseek-chat", priority: 0, weight: 1 },
  ];
  const limited = [
    {
      id: 1,
      user_id: 2,
      key: "k",
      status: 1,
      name: "t",
      unlimited_quota: 1,
      expired_time: -1,
      model_limits_enabled: 1,
      model_limits: "deepseek-chat",
    },
  ];
  const { text } = readOneApi({ users, tokens: limited, channels: own }, "new-api", records, now);
  expect(text).toContain("preset = deepseek");
  expect(records.tables.token_metadata?.[0]).toMatchObject({ models: '["deepseek-chat"]' });
});
