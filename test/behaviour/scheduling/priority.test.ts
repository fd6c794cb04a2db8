import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { chat, hello, withKey } from "../../harness/client.ts";
import { eventually } from "../../harness/eventually.ts";
import { FakeUpstream } from "../../harness/fake-upstream.ts";
import { fourModels, fourProviders } from "../../harness/four-providers.ts";
import { type GatewayUnderTest, startGateway } from "../../harness/gateway.ts";
import { HeldUpstream, textOf } from "../../harness/held-upstream.ts";
import { metric, queueOf } from "../../harness/queue.ts";
import { threeFamilies } from "../../harness/three-families.ts";
import { completion } from "../../harness/upstream-script.ts";

setDefaultTimeout(30_000);

const byPriority = "[scheduling]\nenabled = true\npriority_enabled = true\n";
const onePlace = "[provider.a.test-model]\nmax_concurrent = 1\n";

/** A call whose words are `name`. */
const say = (gateway: GatewayUnderTest, name: string, level: number): Promise<Response> =>
  chat(
    gateway,
    { messages: [{ role: "user", content: name }] },
    { headers: { "x-tokligence-priority": String(level) } },
  );

/** Answers one call after the other as they come, and says in which order they came. */
async function served(upstream: HeldUpstream, from: number, count: number): Promise<(string | undefined)[]> {
  const names: (string | undefined)[] = [];
  for (let index = from; index < from + count; index += 1) {
    const call = await upstream.call(index);
    names.push(/"(P\d\w?)"/.exec(textOf(call))?.[1]);
    call.answer();
  }
  return names;
}

test.each(["strict", "hybrid"])(
  "TC-P0-PRI-001 test_priority_ordering: p1 goes first, then p2, then p4 in the order they came (%s)",
  async (policy) => {
    using upstream = new HeldUpstream();
    await using gateway = await startGateway({
      upstreams: { a: upstream },
      ini: `${byPriority}${onePlace}[scheduler]\npolicy = ${policy}\n`,
    });
    const holder = chat(gateway);
    await upstream.call(0);
    const waiting: Promise<Response>[] = [];
    const coming = [
      ["P4a", 4],
      ["P4b", 4],
      ["P2", 2],
      ["P4c", 4],
      ["P1", 1],
    ] as const;
    for (const [name, level] of coming) {
      waiting.push(say(gateway, name, level));
      await queueOf(gateway, level, coming.slice(0, waiting.length).filter(([, other]) => other === level).length);
    }
    expect(await served(upstream, 0, 6)).toEqual([undefined, "P1", "P2", "P4a", "P4b", "P4c"]);
    for (const answer of await Promise.all([holder, ...waiting])) expect(answer.status).toBe(200);
  },
);

describe("under a flood of P0 that never ends a call of P9 is served all the same", () => {
  /** Ends when P9 was served; how many calls of P0 three callers without a pause got while it waited. */
  async function floodUntilServed(scheduler: string): Promise<number> {
    using upstream = new FakeUpstream({ ...completion(), headDelayMs: 5 });
    await using gateway = await startGateway({
      upstreams: { a: upstream },
      ini: `${byPriority}${onePlace}[scheduler]\n${scheduler}\n`,
    });
    let done = false;
    let urgent = 0;
    const flood = Array.from({ length: 3 }, async () => {
      while (!done) {
        expect((await say(gateway, "P0", 0)).status).toBe(200);
        urgent += 1;
      }
    });
    try {
      await eventually("the flood flows", () => urgent > 5);
      const before = urgent;
      expect((await say(gateway, "P9", 9)).status).toBe(200);
      return urgent - before;
    } finally {
      done = true;
      await Promise.all(flood);
    }
  }

  test("TC-P0-PRI-002 T-50 test_priority_ordering: by its floor, where the policy is hybrid", async () => {
    const urgent = await floodUntilServed("policy = hybrid\nfloors = 3");
    expect(urgent).toBeLessThan(200);
  });

  test("TC-P0-PRI-002 T-50 test_priority_ordering: by its age, where the policy is strict", async () => {
    await floodUntilServed("policy = strict\nmax_age_ms = 300");
  });
});

test.each([
  ["older than the most that is allowed it goes before P0", 300, ["P9", "P0"]],
  ["younger than that after it", 60_000, ["P0", "P9"]],
])("TC-P0-PRI-002 T-50 a call of P9 that has waited 0.3 s: %s (strict)", async (_, maxAgeMs, order) => {
  using upstream = new HeldUpstream();
  await using gateway = await startGateway({
    upstreams: { a: upstream },
    ini: `${byPriority}${onePlace}[scheduler]\npolicy = strict\nmax_age_ms = ${maxAgeMs}\n`,
  });
  const holder = chat(gateway);
  await upstream.call(0);
  const background = say(gateway, "P9", 9);
  await queueOf(gateway, 9, 1);
  const urgent = say(gateway, "P0", 0);
  await queueOf(gateway, 0, 1);
  const ageS = () => metric(gateway, 'tokligence_scheduling_oldest_seconds{priority="9"}');
  await eventually("P9 is old", async () => ((await ageS()) ?? 0) > 0.3);
  expect(await served(upstream, 0, 3)).toEqual([undefined, ...order]);
  for (const answer of await Promise.all([holder, background, urgent])) expect(answer.status).toBe(200);
});

describe("TC-P0-PRI-003 test_priority_ordering", () => {
  const upstream = new FakeUpstream();
  let gateway: GatewayUnderTest;
  beforeAll(async () => {
    gateway = await startGateway({
      keys: true,
      upstreams: { a: upstream },
      ini: `${byPriority}[priority_rules]\nnightly-* = Background\n*@urgent.example = 1\n`,
    });
    for (const who of ["ada@example.com", "eve@urgent.example"]) await gateway.cli("user", "create", who);
  });
  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
    upstream.stop();
  });

  const keyOf = async (who: string, name: string, ...flags: readonly string[]): Promise<string> => {
    const { stdout, stderr } = await gateway.cli("apikey", "create", who, "--name", name, ...flags, "--json");
    if (stdout === "") throw new Error(stderr);
    return (JSON.parse(stdout) as { readonly key: string }).key;
  };
  const dispatchedAt = async (): Promise<number[]> => {
    const counts = Array.from({ length: 10 }, (_, level) =>
      metric(gateway, `tokligence_scheduling_requests_total{priority="${level}",outcome="dispatched"}`),
    );
    return (await Promise.all(counts)).map((count) => count ?? 0);
  };
  /** The level that a call was given. */
  const levelOf = async (key: string, headers: Readonly<Record<string, string>> = {}, fields = {}): Promise<number> => {
    const before = await dispatchedAt();
    const answer = await chat(gateway, fields, { headers: { ...withKey(key).headers, ...headers } });
    expect(answer.status).toBe(200);
    const after = await dispatchedAt();
    return after.findIndex((count, level) => count > (before[level] ?? 0));
  };
  const asks = (priority: string): Readonly<Record<string, string>> => ({ "x-tokligence-priority": priority });

  test("the key's tier decides the level, else its name or its owner by rule, else the default", async () => {
    const tiers = { internal: 0, partner: 2, standard: 5, external: 6, bulk: 8, background: 9 };
    for (const [tier, level] of Object.entries(tiers)) {
      const key = await keyOf("ada@example.com", tier, "--tier", tier);
      expect([tier, await levelOf(key)]).toEqual([tier, level]);
    }
    expect(await levelOf(await keyOf("ada@example.com", "plain"))).toBe(5);
    expect(await levelOf(await keyOf("ada@example.com", "nightly-report"))).toBe(9);
    expect(await levelOf(await keyOf("eve@urgent.example", "hers"))).toBe(1);
  });

  test("a call lowers itself as it likes and raises itself only as far as its key may, by number or name", async () => {
    const key = await keyOf("ada@example.com", "bounded", "--priority", "5", "--best", "3", "--worst", "8");
    const cases = { "7": 7, P6: 6, Low: 7, bulk: 8, Background: 8, "3": 3, elevated: 3, "0": 3, Critical: 3 };
    for (const [asked, level] of Object.entries(cases)) {
      expect([asked, await levelOf(key, asks(asked))]).toEqual([asked, level]);
    }
    const plain = await keyOf("ada@example.com", "unbounded", "--tier", "standard");
    expect([await levelOf(plain, asks("0")), await levelOf(plain, asks("9"))]).toEqual([5, 9]);
    const headers = { "x-claude-code-request-class": "subagent" };
    expect([await levelOf(key, headers), await levelOf(key, {}, { service_tier: "flex" })]).toEqual([6, 7]);
    expect(await levelOf(key, {}, { service_tier: "priority" })).toBe(3);
  });

  test("a level that makes no sense is refused with 400 in each family's envelope, and nobody is asked", async () => {
    const key = await keyOf("ada@example.com", "nonsense");
    const before = upstream.calls.length;
    const refusals = {
      openai: "invalid_request_error/null",
      anthropic: "invalid_request_error",
      gemini: "400 INVALID_ARGUMENT",
    };
    for (const family of threeFamilies) {
      for (const priority of ["-1", "10", "P10", "very", "1.5", "1e1", "", "5,6"]) {
        for (const streamed of [false, true]) {
          const answer = await family.ask(gateway.url, { key, streamed, headers: asks(priority) });
          const body = await answer.json();
          expect([priority, answer.status, family.refusal(body)]).toEqual([priority, 400, refusals[family.name]]);
          expect(JSON.stringify(body)).toContain("x-tokligence-priority");
        }
      }
    }
    expect(upstream.calls.length).toBe(before);
  });
});

test("T-48 what a caller says of its urgency reaches no provider, passed through or translated", async () => {
  using providers = fourProviders();
  await using gateway = await startGateway({ ini: `${providers.ini()}${byPriority}` });
  for (const provider of providers.all) provider.holds([{ text: "Hello!" }]);
  const headers = {
    "x-tokligence-priority": "High",
    "x-tokligence-deadline-ms": "20000",
    "x-claude-code-request-class": "subagent",
  };
  for (const model of fourModels) {
    for (const family of threeFamilies) {
      const answer = await family.ask(gateway.url, { model, headers });
      expect([model, family.name, answer.status]).toEqual([model, family.name, 200]);
    }
    const { calls } = providers.of(model);
    expect(calls.length).toBe(3);
    for (const call of calls) {
      expect(Object.keys(call.headers).filter((name) => /^x-(tokligence|claude-code)/.test(name))).toEqual([]);
      expect(JSON.stringify(call.json())).not.toContain("priority");
    }
  }
});

test("T-47 twenty callers of five levels that come at once all wait together and leave in order", async () => {
  using upstream = new HeldUpstream();
  await using gateway = await startGateway({
    upstreams: { a: upstream },
    ini: `${byPriority}${onePlace}[scheduler]\npolicy = strict\ntenant_share = 100\n`,
  });
  const holder = chat(gateway, { messages: hello });
  await upstream.call(0);
  const levels = [9, 1, 3, 7, 5];
  const waiting = levels.flatMap((level) => Array.from({ length: 4 }, () => say(gateway, `P${level}`, level)));
  for (const level of levels) await queueOf(gateway, level, 4);
  const order = await served(upstream, 0, 21);
  expect(order.slice(1)).toEqual([1, 3, 5, 7, 9].flatMap((level) => Array(4).fill(`P${level}`)));
  for (const answer of await Promise.all([holder, ...waiting])) expect(answer.status).toBe(200);
});

test("S9 a tenant whose share of the queue is full of its own lesser work still gets a more urgent call in", async () => {
  using upstream = new HeldUpstream();
  await using gateway = await startGateway({
    upstreams: { a: upstream },
    ini: `${byPriority}${onePlace}[scheduler]\nmax_queue = 8\ntenant_share = 25\n`,
  });
  const holder = chat(gateway);
  await upstream.call(0);
  const lesser = [say(gateway, "P9a", 9), say(gateway, "P9b", 9)];
  await queueOf(gateway, 9, 2);
  expect((await say(gateway, "P9c", 9)).status).toBe(503);
  const urgent = say(gateway, "P0", 0);
  await queueOf(gateway, 0, 1);
  await queueOf(gateway, 9, 1);
  expect(await served(upstream, 0, 3)).toEqual([undefined, "P0", expect.stringMatching(/^P9[ab]$/)]);
  const statuses = (await Promise.all([holder, urgent, ...lesser])).map(({ status }) => status);
  expect(statuses.toSorted()).toEqual([200, 200, 200, 503]);
});
