import { expect, setDefaultTimeout, test } from "bun:test";
import { chat, withKey } from "../../harness/client.ts";
import { startGateway } from "../../harness/gateway.ts";
import { HeldUpstream, textOf } from "../../harness/held-upstream.ts";
import { queueOf } from "../../harness/queue.ts";

setDefaultTimeout(30_000);

const ini = `[scheduling]
enabled = true
priority_enabled = true
[provider.a.test-model]
max_concurrent = 1
`;

/** Has each tenant's calls wait for the one place, in this order, and says in which order they were served. */
async function servedInOrder(
  policies: Readonly<Record<string, object>>,
  coming: readonly string[],
): Promise<(string | undefined)[]> {
  using upstream = new HeldUpstream();
  await using gateway = await startGateway({ keys: true, upstreams: { a: upstream }, ini });
  const keys = new Map<string, string>();
  for (const [name, policy] of Object.entries(policies)) keys.set(name, await gateway.createKey(policy));
  const ask = (name: string): Promise<Response> =>
    chat(
      gateway,
      { max_tokens: 100, messages: [{ role: "user", content: `tenant ${name}` }] },
      withKey(keys.get(name) ?? ""),
    );
  const holder = chat(gateway, {}, withKey(await gateway.createKey()));
  await upstream.call(0);
  const waiting: Promise<Response>[] = [];
  for (const name of coming) {
    waiting.push(ask(name));
    await queueOf(gateway, 5, waiting.length);
  }
  const order: (string | undefined)[] = [];
  for (let index = 0; index <= coming.length; index += 1) {
    const call = await upstream.call(index);
    if (index > 0) order.push(/tenant (\w+)/.exec(textOf(call))?.[1]);
    call.answer();
  }
  for (const answer of await Promise.all([holder, ...waiting])) expect(answer.status).toBe(200);
  return order;
}

test("T-49 one heavy tenant does not keep a light one of the same level waiting for its whole queue", async () => {
  const heavy = Array.from({ length: 12 }, () => "heavy");
  const order = await servedInOrder({ heavy: {}, light: {} }, [...heavy, "light", "light"]);
  const places = order.flatMap((name, index) => (name === "light" ? [index] : []));
  expect(places[0]).toBeLessThanOrEqual(1);
  expect(places[1]).toBeLessThanOrEqual(3);
});

test("T-49 equal tenants take turns, and one of twice the weight has two turns for one", async () => {
  const six = (name: string): string[] => Array.from({ length: 6 }, () => name);
  const equal = await servedInOrder({ one: {}, other: {} }, [...six("one"), ...six("other")]);
  expect(Math.abs(equal.slice(0, 6).filter((name) => name === "one").length - 3)).toBeLessThanOrEqual(1);
  const weighted = await servedInOrder({ one: { weight: 2 }, other: {} }, [...six("other"), ...six("one")]);
  expect(Math.abs(weighted.slice(0, 6).filter((name) => name === "one").length - 4)).toBeLessThanOrEqual(1);
});

test("T-49 keys of one user are one tenant: more keys are no more turns", async () => {
  using upstream = new HeldUpstream();
  await using gateway = await startGateway({ keys: true, upstreams: { a: upstream }, ini });
  const made = await Promise.all(
    ["k1", "k2", "k3"].map(async (name, index) => {
      if (index === 0) await gateway.cli("user", "create", "ada@example.com");
      return name;
    }),
  );
  const keys: string[] = [];
  for (const name of made) {
    const { stdout } = await gateway.cli("apikey", "create", "ada@example.com", "--name", name, "--json");
    keys.push((JSON.parse(stdout) as { readonly key: string }).key);
  }
  const light = await gateway.createKey();
  const holder = chat(gateway, {}, withKey(light));
  await upstream.call(0);
  const waiting: Promise<Response>[] = [];
  const ask = async (key: string, words: string): Promise<void> => {
    waiting.push(chat(gateway, { messages: [{ role: "user", content: words }] }, withKey(key)));
    await queueOf(gateway, 5, waiting.length);
  };
  for (let round = 0; round < 2; round += 1) for (const key of keys) await ask(key, "tenant many");
  for (let round = 0; round < 3; round += 1) await ask(light, "tenant single");
  const order: boolean[] = [];
  for (let index = 1; index <= waiting.length; index += 1) {
    upstream.calls[index - 1]?.answer();
    order.push(textOf(await upstream.call(index)).includes("single"));
  }
  upstream.open();
  await Promise.all([holder, ...waiting]);
  expect(order.slice(0, 6).filter(Boolean).length).toBeGreaterThanOrEqual(2);
});
