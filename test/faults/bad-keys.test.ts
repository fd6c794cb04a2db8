import { expect, test } from "bun:test";
import { chat, errorOf, withKey } from "../harness/client.ts";
import { eventually } from "../harness/eventually.ts";
import { FakeUpstream } from "../harness/fake-upstream.ts";
import { type GatewayUnderTest, startGateway } from "../harness/gateway.ts";
import { control } from "../harness/money.ts";
import { stream } from "../harness/upstream-script.ts";

/** What a refused caller can tell one refusal from another by: everything but the request's own id and the clock. */
async function refusalOf(response: Response): Promise<string> {
  const headers = [...response.headers].filter(([name]) => name !== "x-request-id" && name !== "date");
  return JSON.stringify([response.status, headers, await response.json()]);
}

interface Issued {
  readonly id: string;
  readonly key: string;
}

/** A key of a user who exists. */
const issue = async (gateway: GatewayUnderTest, fields: object = {}): Promise<Issued> =>
  (await control(gateway, "POST", "/keys", { user: "ada@example.com", name: "test", ...fields })) as Issued;

test("F80 an expired, a revoked, an unknown and another gateway's key are refused in one and the same way", async () => {
  using upstream = new FakeUpstream();
  await using gateway = await startGateway({ upstreams: { up: upstream }, keys: true });
  await using stranger = await startGateway({ keys: true });
  await control(gateway, "POST", "/users", { email: "ada@example.com" });
  const expiring = await issue(gateway, { expires_at: new Date(Date.now() + 700).toISOString() });
  const revoked = await issue(gateway);
  const call = (key: string): Promise<Response> => chat(gateway, {}, withKey(key));
  expect([(await call(revoked.key)).status, (await call(expiring.key)).status]).toEqual([200, 200]);

  await control(gateway, "DELETE", `/keys/${revoked.id}`);
  await eventually("the key expires", async () => (await call(expiring.key)).status === 401);
  const served = upstream.calls.length;
  const rows = (await gateway.logs()).length;
  const foreign = await stranger.createKey();
  const refusals = await Promise.all(
    [revoked.key, expiring.key, foreign].map(async (key) => refusalOf(await call(key))),
  );
  expect(new Set(refusals).size).toBe(1);
  expect(refusals[0]).toStartWith("[401,");
  expect([upstream.calls.length, (await gateway.logs()).length]).toEqual([served, rows]);
});

test("F80 a key that is revoked in the middle of a stream takes no further call, and the row of that stream is whole", async () => {
  using upstream = new FakeUpstream();
  await using gateway = await startGateway({ upstreams: { up: upstream }, keys: true });
  await control(gateway, "POST", "/users", { email: "ada@example.com" });
  const { key, id } = await issue(gateway);
  upstream.script({ ...stream(["a", "b", "c"]), intervalMs: 50 });
  const running = await chat(gateway, { stream: true }, withKey(key));
  await control(gateway, "DELETE", `/keys/${id}`);
  expect((await chat(gateway, {}, withKey(key))).status).toBe(401);
  expect(await running.text()).toEndWith("data: [DONE]\n\n");
  expect(await gateway.logs()).toMatchObject([{ outcome: "finished", key_id: id, output_tokens: 3 }]);
});

test("F82 keys with a bad checksum, a wrong prefix, ten kilobytes or look-alike letters are one and the same 401", async () => {
  using upstream = new FakeUpstream();
  await using gateway = await startGateway({ upstreams: { up: upstream }, keys: true });
  const key = await gateway.createKey();
  const bad = [
    `${key.slice(0, -1)}${key.endsWith("0") ? "1" : "0"}`,
    `${key.slice(0, 20)}${key[20] === "a" ? "b" : "a"}${key.slice(21)}`,
    key.replace("tok_test_", "tok_live_"),
    key.replace("tok_", "TOK_"),
    `${key}0`,
    key.slice(0, -1),
    `tok_test_${"0".repeat(10_000)}`,
    "x".repeat(6_000),
    key.replace("tok_", "t\u043ek_"),
    `${key}\u200b`,
    "tok_test_' OR 1=1 --",
  ];
  // Only Google's callers put a key into the address, so the answer is in their envelope.
  const domain = "googleapis.com";
  const reason = { "@type": "type.googleapis.com/google.rpc.ErrorInfo", reason: "API_KEY_INVALID", domain };
  const seen = new Set<string>();
  for (const each of bad) {
    const response = await fetch(`${gateway.url}/v1/models?key=${encodeURIComponent(each)}`);
    const { message, ...rest } = await errorOf(response);
    seen.add(JSON.stringify([response.status, message, rest]));
    expect([...response.headers.keys()]).not.toContain("x-tokligence-provider");
  }
  expect([...seen]).toEqual([
    JSON.stringify([401, "The API key is not valid.", { code: 401, status: "UNAUTHENTICATED", details: [reason] }]),
  ]);
  expect((await chat(gateway, {}, { headers: { "x-api-key": key } })).status).toBe(200);
  expect(upstream.calls).toHaveLength(1);
});

test("F82 whoever shows wrong keys by the hundred is told to stop, and a good key from the same address is served", async () => {
  using upstream = new FakeUpstream();
  await using gateway = await startGateway({ upstreams: { up: upstream }, keys: true });
  const key = await gateway.createKey();
  const tries = await Promise.all(Array.from({ length: 200 }, () => chat(gateway, {}, withKey("tok_live_nobody"))));
  const told = tries.filter((answer) => answer.status === 429);
  expect(tries.filter((answer) => answer.status === 401).length).toBe(200 - told.length);
  expect(told.length).toBeGreaterThan(50);
  for (const answer of told) expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
  expect((await chat(gateway, {}, withKey(key))).status).toBe(200);
});
