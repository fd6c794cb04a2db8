import { expect, setDefaultTimeout, test } from "bun:test";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { chat, withKey } from "../../harness/client.ts";
import { eventually } from "../../harness/eventually.ts";
import { FakeUpstream } from "../../harness/fake-upstream.ts";
import { type GatewayUnderTest, startGateway } from "../../harness/gateway.ts";
import { HeldUpstream } from "../../harness/held-upstream.ts";
import { metric, queueOf } from "../../harness/queue.ts";
import { askRest, logIn, restJson, socket } from "../../harness/rest.ts";

setDefaultTimeout(30_000);

const files = { "time-rules.ini": "" };
const ini = `[scheduling]
enabled = true
[time_rules]
enabled = true
check_interval = 1
file_check_interval = 1
[provider.a.test-model]
max_concurrent = 1
`;
const always = "start_time = 00:00\nend_time = 24:00\n";
const places = (count: number): string =>
  `[rule.capacity.all-day]\ntype = capacity_adjustment\n${always}target = a/*\nmax_concurrent = ${count}\n`;
const write = ({ configDir }: GatewayUnderTest, text: string): void =>
  writeFileSync(join(configDir, "time-rules.ini"), text);
const limitOf = (gateway: GatewayUnderTest): Promise<number | undefined> =>
  metric(gateway, 'tokligence_capacity_concurrent_requests_limit{model="test-model",deployment="a/test-model"}');
const limitIs = (gateway: GatewayUnderTest, limit: number): Promise<boolean> =>
  eventually(`the limit is ${limit}`, async () => (await limitOf(gateway)) === limit);

test("rules that change while calls wait take effect at once; a bad file leaves the old in force and says its line", async () => {
  using upstream = new HeldUpstream();
  await using gateway = await startGateway({ upstreams: { a: upstream }, ini, files });
  const calls = [1, 2, 3].map(() => chat(gateway));
  await queueOf(gateway, 5, 2);
  write(gateway, places(2));
  await upstream.call(1);
  expect(await limitOf(gateway)).toBe(2);
  await queueOf(gateway, 5, 1);

  write(gateway, `${places(3)}colour = red\nstart_time = 25:00\n`);
  const line = await eventually("the bad file is told", () =>
    gateway
      .output()
      .split("\n")
      .find((one) => one.includes("time_rules_refused") && one.includes("colour")),
  );
  expect(line).toMatch(/time-rules\.ini:7: rule\.capacity\.all-day\.colour: unknown key/);
  expect(line).toMatch(/time-rules\.ini:8: /);
  expect([await limitOf(gateway), upstream.calls.length]).toEqual([2, 2]);

  write(gateway, places(3));
  await upstream.call(2);
  write(gateway, places(3).replace("type =", "enabled = false\ntype ="));
  await limitIs(gateway, 1);
  write(gateway, places(4));
  await limitIs(gateway, 4);
  rmSync(join(gateway.configDir, "time-rules.ini"));
  await eventually("the missing file is told", () => gateway.output().split("time_rules_refused").length > 2);
  expect(await limitOf(gateway)).toBe(4);
  upstream.open();
  for (const answer of await Promise.all(calls)) expect(answer.status).toBe(200);
});

test("a limit that is lowered takes nothing back from what runs, and holds for what comes", async () => {
  using upstream = new HeldUpstream();
  await using gateway = await startGateway({ upstreams: { a: upstream }, ini, files });
  write(gateway, places(3));
  await limitIs(gateway, 3);
  const calls = [1, 2, 3].map(() => chat(gateway));
  await upstream.call(2);
  write(gateway, places(1));
  await limitIs(gateway, 1);
  const late = chat(gateway);
  await queueOf(gateway, 5, 1);
  upstream.calls[0]?.answer();
  upstream.calls[1]?.answer();
  await eventually(
    "one runs",
    async () => (await metric(gateway, 'tokligence_inflight_requests{deployment="a/test-model"}')) === 1,
  );
  expect(upstream.calls.length).toBe(3);
  upstream.calls[2]?.answer();
  await upstream.call(3);
  upstream.open();
  for (const answer of await Promise.all([...calls, late])) expect(answer.status).toBe(200);
});

test("limits of keys follow the hour, by the key's name or its owner's e-mail", async () => {
  using upstream = new FakeUpstream();
  await using gateway = await startGateway({ keys: true, upstreams: { a: upstream }, ini, files });
  const [one, other] = [await gateway.createKey(), await gateway.createKey()];
  const burst = async (key: string): Promise<number> => {
    const answers = await Promise.all([1, 2, 3, 4].map(() => chat(gateway, {}, withKey(key))));
    return answers.filter(({ status }) => status === 429).length;
  };
  expect(await burst(one)).toBe(0);
  write(gateway, `[rule.quotas.now]\ntype = quota_adjustment\n${always}quota.user1@* = rps:1\n`);
  await eventually("it is taken over", () => gateway.output().includes("time_rules_changed"));
  expect(await burst(one)).toBe(3);
  expect(await burst(other)).toBe(0);
  write(gateway, "");
  await eventually("the limit is gone", async () => (await burst(one)) === 0);
});

test("F96 whoever is no administrator gives a key no name that a rule of the file goes by, from when it was read on", async () => {
  await using gateway = await startGateway({ keys: true, ini: "[time_rules]\nenabled = true\n", files });
  const { id } = await restJson<{ id: string }>(gateway, socket, "/users", {
    method: "POST",
    body: { email: "ada@example.com" },
  });
  const ada = await logIn(gateway, "ada@example.com");
  const ask = (body: object, caller = ada) => askRest(gateway, caller, "/keys", { method: "POST", body });
  expect((await ask({ user: id, name: "batch-1" })).status).toBe(201);
  write(gateway, `[rule.quotas.night]\ntype = quota_adjustment\nenabled = false\n${always}quota.batch-* = rps:100\n`);
  expect((await askRest(gateway, socket, "/time-rules/reload", { method: "POST", body: {} })).status).toBe(200);
  const refused = await ask({ user: id, name: "batch-2" });
  expect([refused.status, await refused.json()]).toMatchObject([403, { details: { field: "name" } }]);
  expect((await ask({ user: id, name: "batch-2" }, socket)).status).toBe(201);
});
