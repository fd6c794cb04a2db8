import { afterEach, beforeEach, expect, test } from "bun:test";
import { FakeDaemon } from "#cli/fake-daemon.test-data.ts";
import { keyView } from "#core/administration/identity-view.ts";
import type { KeyId, TeamId, TenantId, UserId } from "#core/effects/ids.ts";

let daemon: FakeDaemon;

beforeEach(() => {
  daemon = new FakeDaemon();
  const at = "2026-01-01T00:00:00Z";
  const user = { id: "usr_1", email: "ada@example.com", name: "Ada", role: "root_admin", status: "active" };
  daemon.answers["GET /api/v1/users/usr_1"] = () => Response.json({ ...user, created_at: at });
  const team = { id: "team_1", name: "search", key_policy: null, members: 1 };
  daemon.answers["GET /api/v1/teams/team_1"] = () => Response.json({ ...team, created_at: at });
  daemon.answers["GET /api/v1/keys/key_1"] = () => Response.json(keyOf("key_1", "usr_1"));
});
afterEach(() => daemon[Symbol.asyncDispose]());

function keyOf(id: string, userId: string) {
  const stored = {
    id: id as KeyId,
    userId: userId as UserId,
    tenantId: "team_1" as TenantId,
    teamId: "team_1" as TeamId,
    name: "ci",
    prefix: "tok_live_abc",
    scopes: ["models:call" as const],
    createdAtMs: 0,
  };
  return keyView(stored, 1);
}

test("keys are listed with the names of their owners, each asked for once, and with ids where nobody is left", async () => {
  const data = [keyOf("key_1", "usr_1"), keyOf("key_2", "usr_1"), keyOf("key_3", "usr_gone")];
  daemon.answers["GET /api/v1/keys"] = () => Response.json({ data, next_cursor: null });
  const { out } = await daemon.tokligence("apikey", "list");
  expect(out).toMatch(/^key_1 .* ada@example\.com +search +active/m);
  expect(out).toMatch(/^key_3 .* usr_gone +search +active/m);
  expect(daemon.asked.filter((line) => line.includes("/users/usr_1"))).toHaveLength(1);
  daemon.asked.length = 0;
  expect((await daemon.tokligence("apikey", "list", "--json")).out).toContain('"user_id":"usr_1"');
  expect(daemon.asked.filter((line) => line.includes("/users/"))).toEqual([]);
});

test("what was used is summed up under names", async () => {
  const sums = { requests: 2, failed: 0, aborted: 0, unpriced_requests: 0, cost_usd: "1", cost_nanos: "1000000000" };
  const tokens = { input_tokens: 1, cached_tokens: 0, cache_write_tokens: 0, output_tokens: 1, reasoning_tokens: 0 };
  const total = { user: "usr_1", team: null, key: "key_1", ...sums, ...tokens, overhead_usd: "0" };
  daemon.answers["GET /api/v1/usage/summary"] = () => Response.json({ data: [total] });
  const { out } = await daemon.tokligence("usage", "summary", "--by", "user,team,key");
  expect(out).toMatch(/^ada@example\.com +key_1 \(ci\) +2 /m);
});

test("a key of every scope has what the role of its owner may", async () => {
  daemon.answers["POST /api/v1/keys"] = () => Response.json({ ...keyOf("key_1", "usr_1"), key: "tok_live_whole" });
  const { code } = await daemon.tokligence("apikey", "create", "usr_1", "--name", "root", "--scope", "all");
  expect(code).toBe(0);
  const asked = daemon.asked.at(-1) ?? "";
  expect(asked).toContain('"scopes":["models:call","models:read"');
  expect(asked).toContain('"users:write"');
  expect(asked).not.toContain("archive:write");
});
