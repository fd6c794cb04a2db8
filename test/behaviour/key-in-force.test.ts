import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import type { IssuedKeyView } from "#core/api/api-key.ts";
import { chat, chatStream, withKey } from "../harness/client.ts";
import { eventually } from "../harness/eventually.ts";
import { FakeUpstream } from "../harness/fake-upstream.ts";
import { type GatedUpstream, gatedUpstream } from "../harness/gated-upstream.ts";
import { type GatewayUnderTest, startGateway, testedProgram } from "../harness/gateway.ts";
import { GatewayProcess } from "../harness/gateway-process.ts";

// Commands and waits that other work on the machine may stretch.
setDefaultTimeout(30_000);

const upstream = new FakeUpstream();
let gated: GatedUpstream;
let gateway: GatewayUnderTest;

beforeAll(async () => {
  gated = await gatedUpstream();
  gateway = await startGateway({ upstreams: { up: upstream, slow: gated }, ini: "slow-model = slow", keys: true });
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await gated[Symbol.asyncDispose]();
  upstream.stop();
});

/** Asks as root and reads the answer. */
async function ask<Answer = unknown>(method: string, path: string, body?: object): Promise<Answer> {
  const answer = await fetch(`http://localhost/api/v1${path}`, {
    unix: `${gateway.configDir}/control.sock`,
    method,
    ...(body !== undefined && { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
  });
  if (!answer.ok) throw new Error(await answer.text());
  return (await answer.json()) as Answer;
}

/** 401 for a refused key; after many of them from one address the gateway says 429 instead, without looking further. */
async function status(key: string): Promise<number> {
  const { status: said } = await chat(gateway, {}, withKey(key));
  return said === 429 ? 401 : said;
}
let people = 0;
/** A new user with a key. */
async function keyOf(fields: object = {}): Promise<IssuedKeyView & { readonly email: string }> {
  people += 1;
  const email = `person${people}@example.com`;
  await ask("POST", "/users", { email });
  return { ...(await ask<IssuedKeyView>("POST", "/keys", { user: email, name: "k", ...fields })), email };
}

test("F81 T-41 a key that is revoked while its calls run is refused from then on, whatever else changes", async () => {
  const { key, id } = await keyOf();
  const running = await chatStream(gateway, { model: "slow-model" }, withKey(key));
  expect(running.status).toBe(200);
  let revokedAtMs = Number.POSITIVE_INFINITY;
  let isOver = false;
  const late: number[] = [];
  const callers = Array.from({ length: 8 }, async () => {
    while (!isOver) {
      const startedAtMs = performance.now();
      if ((await status(key)) === 200 && startedAtMs > revokedAtMs) late.push(startedAtMs - revokedAtMs);
    }
  });
  await eventually("calls run", async () => upstream.calls.length > 20);
  await ask("DELETE", `/keys/${id}`);
  revokedAtMs = performance.now();
  // Others come and go: nothing that was under way may bring the key back.
  for (let change = 0; change < 20; change += 1) await ask("PATCH", `/keys/${id}`, { name: `n${change}` });
  isOver = true;
  await Promise.all(callers);
  expect(late).toEqual([]);
  expect(await status(key)).toBe(401);
  gated.open();
  expect(await running.text()).toContain("ended");
});

test("T-41 limits and models of a key that change count for the next call", async () => {
  const { key, id } = await keyOf();
  expect(await status(key)).toBe(200);
  await ask("PATCH", `/keys/${id}`, { models: ["other"] });
  expect((await chat(gateway, {}, withKey(key))).status).not.toBe(200);
  await ask("PATCH", `/keys/${id}`, { models: null });
  expect(await status(key)).toBe(200);
  await ask("PATCH", `/keys/${id}`, { requests_per_minute: 1 });
  const answers = [await chat(gateway, {}, withKey(key)), await chat(gateway, {}, withKey(key))];
  expect(answers.map((answer) => answer.status)).toEqual([200, 429]);
  await ask("PATCH", `/keys/${id}`, { requests_per_minute: null });
  expect((await chat(gateway, {}, withKey(key))).status).toBe(200);
});

test("T-41 keys of a user who is deactivated stop at once and come back with the user; those of an erased one never do, and the books hold (L15)", async () => {
  const { key, email } = await keyOf();
  expect(await status(key)).toBe(200);
  await ask("PATCH", `/users/${email}`, { status: "inactive" });
  expect(await status(key)).toBe(401);
  await ask("PATCH", `/users/${email}`, { status: "active" });
  expect(await status(key)).toBe(200);
  await ask("DELETE", `/users/${email}`);
  expect(await status(key)).toBe(401);
  const rows = (await gateway.logs()).filter(({ key_id }) => key_id !== null);
  expect(JSON.stringify(rows)).not.toContain(email);
  expect(await ask("GET", "/ledger/verification")).toMatchObject({ ok: true });
});

test("a rotated key works on for its overlap beside the new one, and the books know both by one id", async () => {
  const made = await keyOf();
  const rotated = await ask<IssuedKeyView>("POST", `/keys/${made.id}/rotate`, { overlap_seconds: 3 });
  expect(rotated.id).toBe(made.id);
  expect([await status(made.key), await status(rotated.key)]).toEqual([200, 200]);
  expect(new Set((await gateway.logs()).slice(0, 2).map(({ key_id }) => key_id))).toEqual(new Set([made.id]));
  await eventually("the overlap is over", async () => (await status(made.key)) === 401);
  expect(await status(rotated.key)).toBe(200);
  const again = await ask<IssuedKeyView>("POST", `/keys/${made.id}/rotate`);
  expect([await status(rotated.key), await status(again.key)]).toEqual([401, 200]);
});

test("a key with addresses works from there alone, and is refused elsewhere like any unknown key", async () => {
  const near = await keyOf({ addresses: ["127.0.0.0/8", "::1"] });
  const far = await keyOf({ addresses: ["192.0.2.0/24"] });
  expect([await status(near.key), await status(far.key)]).toEqual([200, 401]);
  await ask("PATCH", `/keys/${far.id}`, { addresses: [] });
  expect(await status(far.key)).toBe(200);
});

test("when a key was used last is shown to the minute", async () => {
  const configuration = "[gateway.auth]\nenabled = true\n";
  await using other = new GatewayProcess({ program: testedProgram, configuration });
  await other.serve();
  const key = await other.createKey();
  const lastUsed = async (): Promise<string | null> => {
    const { stdout } = await other.cli("apikey", "list", "ada@example.com", "--json");
    return (JSON.parse(stdout) as { readonly last_used_at: string | null }).last_used_at;
  };
  expect(await lastUsed()).toBeNull();
  const startedAtMs = Date.now();
  expect((await fetch(`${other.url}/v1/models`, withKey(key))).status).toBe(200);
  await other.stop();
  const usedAtMs = Date.parse((await lastUsed()) ?? "");
  expect(usedAtMs % 60_000).toBe(0);
  expect(usedAtMs).toBeGreaterThan(startedAtMs - 60_001);
});
