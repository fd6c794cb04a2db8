import { expect, test } from "bun:test";
import { pureDigest } from "#core/effects/pure-digest.ts";
import { hashForeignText } from "#core/identity/key-digest.ts";
import { emptyRecords, now, pepper } from "#integrations/imports/imports-scene.test-data.ts";
import { readLitellmKeys } from "#integrations/imports/litellm-keys.ts";

const secret = "sk-litellm-0123456789";
const token = pureDigest.sha256(new TextEncoder().encode(secret)).toHex();

test("a key of LiteLLM is known by the SHA-256 that both sides have, and keeps owner, limits and models", () => {
  const records = emptyRecords();
  const listed = {
    token,
    key_name: "sk-...6789",
    key_alias: "prod",
    user_id: "ada@example.com",
    team_id: "t1",
    models: ["gpt-4o", "all-team-models"],
    rpm_limit: 60,
    tpm_limit: 1000,
    max_parallel_requests: 4,
    expires: "2027-01-01T00:00:00Z",
    blocked: false,
  };
  const notes = readLitellmKeys(JSON.stringify({ keys: [listed], total_count: 1 }), records, now);
  const { user, team, membership, api_key, token_metadata } = records.tables;
  expect(api_key?.[0]).toMatchObject({
    name: "prod",
    prefix: "sk-...6789",
    token_hash: hashForeignText(pureDigest, pepper, secret).toHex(),
    hash_alg: "hmac-sha256-of-sha256",
    user_id: user?.[0]?.id,
    team_id: team?.[0]?.id,
    tenant_id: team?.[0]?.id,
    expires_at: Date.UTC(2027, 0, 1),
  });
  expect(user?.[0]).toMatchObject({ email: "ada@example.com", role: "gateway_user" });
  expect(membership).toHaveLength(1);
  expect(token_metadata?.[0]).toMatchObject({
    models: '["gpt-4o"]',
    requests_per_minute: 60,
    tokens_per_minute: 1000,
    max_concurrent: 4,
  });
  expect(notes.join()).toContain("those of its team could not be carried");
});

test("budgets of LiteLLM become hard ones that never allow more, with what was spent", () => {
  const budgetOf = (key: object) => {
    const records = emptyRecords();
    const notes = readLitellmKeys(
      JSON.stringify([{ token, key_alias: "k", max_budget: 10, spend: 2.5, ...key }]),
      records,
      now,
    );
    return { budget: records.tables.budget?.[0], period: records.tables.budget_period?.[0], notes };
  };
  expect(budgetOf({}).budget).toMatchObject({
    scope: "key",
    window: "total",
    mode: "hard",
    limit_nanos: "10000000000",
  });
  expect(budgetOf({}).period).toMatchObject({ spent_nanos: "2500000000", overrun_nanos: "0", start_at: 0 });
  expect(budgetOf({ budget_duration: "30d" })).toMatchObject({ budget: { window: "month" }, notes: [] });
  expect(budgetOf({ budget_duration: "24h" })).toMatchObject({ budget: { window: "day" }, notes: [] });
  expect(budgetOf({ budget_duration: "7d" })).toMatchObject({
    budget: { window: "month" },
    notes: [expect.stringContaining("7d")],
  });
  expect(budgetOf({ spend: 12 }).period).toMatchObject({ spent_nanos: "12000000000", overrun_nanos: "2000000000" });
});

test("a token that is no SHA-256 is left out by name, a blocked key comes in revoked", () => {
  const records = emptyRecords();
  const notes = readLitellmKeys(
    JSON.stringify([
      { token: "sk-plain", key_alias: "odd" },
      { token, blocked: true },
    ]),
    records,
    now,
  );
  expect(notes).toEqual(["The key odd was left out: its token is no SHA-256."]);
  expect(records.tables.api_key).toMatchObject([{ revoked_at: now }]);
  expect(() => readLitellmKeys("{}", records, now)).toThrow("list of keys");
});

test("a key without default models may ask for none, and is named; beside models of its own it may ask for those", () => {
  const carried = (...models: string[]) => {
    const records = emptyRecords();
    const notes = readLitellmKeys(JSON.stringify([{ token, key_alias: "k", models }]), records, now);
    return [records.tables.token_metadata?.[0]?.models, notes];
  };
  expect(carried("no-default-models")).toEqual(["[]", [expect.stringContaining("The key k may ask for no model")]]);
  expect(carried("no-default-models", "gpt-4o")).toEqual(['["gpt-4o"]', []]);
  expect(carried("no-default-models", "all-proxy-models")).toEqual([undefined, []]);
  expect(carried()).toEqual([undefined, []]);
});

test("the same list gives the same records", () => {
  const read = () => {
    const records = emptyRecords();
    readLitellmKeys(JSON.stringify([{ token, user_id: "u", max_budget: 1 }]), records, now);
    return records.tables;
  };
  expect(read()).toEqual(read());
});
