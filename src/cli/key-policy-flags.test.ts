import { expect, test } from "bun:test";
import { policyLines, readPolicy } from "#cli/key-policy-flags.ts";
import { keyView } from "#core/administration/identity-view.ts";
import type { KeyId, TenantId, UserId } from "#core/effects/ids.ts";
import { GatewayError } from "#core/errors.ts";
import type { ApiKey } from "#core/identity/api-key.ts";

test("every flag becomes its field, and none removes", () => {
  expect(
    readPolicy({
      tier: "bulk",
      priority: "3",
      best: "Urgent",
      worst: " 9 ",
      weight: "2",
      models: "gpt-*, claude-*",
      rpm: "60",
      tpm: "100000",
      concurrent: "4",
      "tokens-per-day": "none",
      "tokens-per-month": "2000000",
      quota: "soft",
    }),
  ).toEqual({
    tier: "bulk",
    priority: 3,
    best_priority: "Urgent",
    worst_priority: 9,
    weight: 2,
    models: ["gpt-*", "claude-*"],
    requests_per_minute: 60,
    tokens_per_minute: 100_000,
    max_concurrent: 4,
    tokens_per_day: null,
    tokens_per_month: 2_000_000,
    quota_mode: "soft",
  });
  expect(readPolicy({ models: "none" })).toEqual({ models: null });
  expect(readPolicy({ tier: undefined })).toEqual({});
});

test.each([
  [{ tier: "gold" }, "--tier"],
  [{ rpm: "0" }, "--rpm"],
  [{ rpm: "many" }, "--rpm"],
  [{ tpm: "-1" }, "--tpm"],
  [{ weight: "1001" }, "--weight"],
  [{ concurrent: "1.5" }, "--concurrent"],
  [{ models: "gpt-*,,x" }, "--models"],
  [{ best: "" }, "--best"],
  [{ quota: "medium" }, "--quota"],
  [{ "tokens-per-day": "1e400" }, "--tokens-per-day"],
] as const)("%p is refused naming the flag", (flags, name) => {
  let thrown: unknown;
  try {
    readPolicy(flags);
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(GatewayError);
  expect(thrown).toMatchObject({ code: "usage", message: expect.stringContaining(`${name} is not valid: `) });
});

test("a key is told in words: what is settled and what it has used, and nothing of the rest", () => {
  const bare: ApiKey = {
    id: "key_1" as KeyId,
    userId: "usr_1" as UserId,
    tenantId: "usr_1" as TenantId,
    name: "ci",
    prefix: "tok_live_abc",
    scopes: [],
    createdAtMs: 0,
  };
  const nowMs = Date.UTC(2026, 10, 21, 12);
  expect(policyLines(keyView(bare, nowMs))).toEqual([]);
  const used = {
    dayStartMs: Date.UTC(2026, 10, 21),
    dayTokens: 70,
    monthStartMs: Date.UTC(2026, 10),
    monthTokens: 900,
  };
  const policy = { priority: 0, models: ["gpt-*", "o3"], limits: { concurrent: 4 } };
  expect(policyLines(keyView({ ...bare, policy, quotaUsage: used }, nowMs))).toEqual([
    "priority           0",
    "models             gpt-*, o3",
    "requests at once   4",
    "used today         70 tokens until 2026-11-22T00:00:00.000Z",
    "used this month    900 tokens until 2026-12-01T00:00:00.000Z",
  ]);
});
