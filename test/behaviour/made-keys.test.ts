/** What a key that a key made still may, after something changed of that one. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import type { IssuedKeyView } from "#core/api/api-key.ts";
import { awayFromMidnight } from "../harness/away-from-midnight.ts";
import { chat, withKey } from "../harness/client.ts";
import { eventually } from "../harness/eventually.ts";
import { FakeUpstream } from "../harness/fake-upstream.ts";
import { type GatewayUnderTest, startGateway } from "../harness/gateway.ts";
import { restJson, socket, withApiKey } from "../harness/rest.ts";

// Commands and waits that other work on the machine may stretch.
setDefaultTimeout(30_000);

const upstream = new FakeUpstream();
let gateway: GatewayUnderTest;
beforeAll(async () => {
  gateway = await startGateway({ upstreams: { up: upstream }, keys: true });
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  upstream.stop();
});

const root = (method: string, path: string, body?: object) =>
  restJson<{ readonly id: string }>(gateway, socket, path, { method, ...(body && { body }) });

/**
 * 401 for a refused key, 402 for a quota that is used up; after many refused keys from one address the gateway says 429,
 * without looking further.
 */
async function status(key: string): Promise<number> {
  const answer = await chat(gateway, {}, withKey(key));
  if (answer.status !== 429) return answer.status;
  return (await answer.text()).includes("quota") ? 402 : 401;
}

let teams = 0;
/** A key of Alice, who manages a team, and what that key makes for Bob of the team. */
async function family(fields: object = {}) {
  teams += 1;
  const [team, alice, bob] = [`team${teams}`, `alice${teams}@example.com`, `bob${teams}@example.com`];
  await root("POST", "/teams", { name: team });
  for (const [email, role] of Object.entries({ [alice]: "admin", [bob]: "member" })) {
    await root("POST", "/users", { email });
    await root("PUT", `/teams/${team}/members/${email}`, { role });
  }
  const scopes = ["keys:read", "keys:write", "models:call", "models:read"];
  const body = { user: alice, team, name: "maker", scopes, ...fields };
  const maker = await restJson<IssuedKeyView>(gateway, socket, "/keys", { method: "POST", body });
  const make = () => {
    const question = { method: "POST", body: { user: bob, name: "made" } };
    return restJson<IssuedKeyView>(gateway, withApiKey(maker.key), "/keys", question);
  };
  return { team, alice, maker, make };
}

test.each<[string, (of: Awaited<ReturnType<typeof family>>) => Promise<unknown>]>([
  ["is revoked", ({ maker }) => root("DELETE", `/keys/${maker.id}`)],
  ["loses its owner", ({ alice }) => root("DELETE", `/users/${alice}`)],
  ["has an owner who is made inactive", ({ alice }) => root("PATCH", `/users/${alice}`, { status: "inactive" })],
  ["has an owner who leaves the team", ({ alice, team }) => root("DELETE", `/teams/${team}/members/${alice}`)],
  ["works from elsewhere alone", ({ maker }) => root("PATCH", `/keys/${maker.id}`, { addresses: ["192.0.2.0/24"] })],
])(
  "F81 F96 when a key %s, the key that it made for another is refused at once, while its calls run",
  async (_, end) => {
    const of = await family();
    const { key } = await of.make();
    let endedAtMs = Number.POSITIVE_INFINITY;
    let isOver = false;
    const late: number[] = [];
    const before = upstream.calls.length;
    const callers = Array.from({ length: 4 }, async () => {
      while (!isOver) {
        const startedAtMs = performance.now();
        if ((await status(key)) === 200 && startedAtMs > endedAtMs) late.push(startedAtMs - endedAtMs);
      }
    });
    await eventually("calls run", async () => upstream.calls.length > before + 10);
    await end(of);
    endedAtMs = performance.now();
    await root("PATCH", `/keys/${of.maker.id}`, { name: "renamed" }).catch(() => undefined);
    isOver = true;
    await Promise.all(callers);
    expect(late).toEqual([]);
    expect(await status(key)).toBe(401);
  },
);

test("F96 models and the end of a key hold for what it made from the next call on, and its new secret ends nothing", async () => {
  const { maker, make } = await family();
  const { key } = await make();
  expect(await status(key)).toBe(200);
  await root("PATCH", `/keys/${maker.id}`, { models: ["other"] });
  expect((await chat(gateway, {}, withKey(key))).status).toBe(403);
  await root("PATCH", `/keys/${maker.id}`, { models: null });
  await root("POST", `/keys/${maker.id}/rotate`);
  expect([await status(key), await status(maker.key)]).toEqual([200, 401]);
  await root("PATCH", `/keys/${maker.id}`, { expires_at: new Date(Date.now() + 1_500).toISOString() });
  await eventually("the key that made it ends", async () => (await status(key)) === 401);
  await root("PATCH", `/keys/${maker.id}`, { expires_at: null });
  expect(await status(key)).toBe(200);
});

test("F96 a key has one quota, whether its tokens go through it or through one key after the other that it makes", async () => {
  await awayFromMidnight();
  const { maker, make } = await family({ tokens_per_day: 1_000 });
  const first = await make();
  const seen: number[] = [];
  while (seen.at(-1) !== 402 && seen.length < 200) seen.push(await status(first.key));
  expect(new Set(seen)).toEqual(new Set([200, 402]));
  await root("DELETE", `/keys/${first.id}`);
  for (const key of [(await make()).key, maker.key, (await make()).key]) expect(await status(key)).toBe(402);
});
