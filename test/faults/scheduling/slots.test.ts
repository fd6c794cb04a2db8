import { expect, setDefaultTimeout, test } from "bun:test";
import fc from "fast-check";
import { chatBody } from "../../harness/chat-text.ts";
import { chat, chatStream, postJson, withKey } from "../../harness/client.ts";
import { eventually } from "../../harness/eventually.ts";
import { FakeUpstream, type RecordedCall } from "../../harness/fake-upstream.ts";
import { type GatewayUnderTest, startGateway } from "../../harness/gateway.ts";
import { metric } from "../../harness/queue.ts";
import { chunk, completion, cutOff, failure, stream, type UpstreamScript } from "../../harness/upstream-script.ts";
import { control, keyWith, places, running } from "./limited-gateway.ts";

setDefaultTimeout(110_000);

/** Places at the provider, and in the queue before it. */
const slots = 6;
const queue = 10;

const forever = Number.POSITIVE_INFINITY;
const words = stream(["one ", "two ", "three "]);

/** What a provider may do. */
const answers = {
  whole: completion(),
  slow: { ...completion(), headDelayMs: 30 },
  streamed: words,
  trickled: { ...words, intervalMs: 10 },
  silent: { headDelayMs: forever },
  stuck: { events: [chunk({ content: "begun" })], end: "hang" },
  cut: cutOff(words),
  empty: { events: [], end: "cut" },
  junk: { body: "<html>" },
  reset: { raw: "" },
  500: failure(500),
  503: failure(503, "No.", { "retry-after-ms": "10" }),
  429: failure(429, "No.", { "retry-after-ms": "30" }),
  400: failure(400),
  401: failure(401),
} as const satisfies Record<string, UpstreamScript>;

/** The call says in its prompt what is to become of it. */
function asTold(call: RecordedCall): UpstreamScript {
  const told = /told=(\w+)/.exec(JSON.stringify(call.json()))?.[1] ?? "whole";
  return told in answers ? answers[told as keyof typeof answers] : answers.whole;
}

interface End {
  readonly told: keyof typeof answers;
  readonly stream: boolean;
  /** When the caller leaves, milliseconds after asking; at its head or after some of it; or stays. */
  readonly leaves: number | "at the head" | "midway" | "never";
  readonly deadlineMs: number | undefined;
  readonly level: number;
  readonly body: "good" | "broken" | "no such model";
  readonly door: "chat" | "messages" | "responses";
}

const everything = Object.keys(answers) as (keyof typeof answers)[];
/** A refused key shuts its provider for all others; then little else would be seen. */
const nothingShut = everything.filter((answer) => String(answer) !== "401");

const endAmong = (told: readonly (keyof typeof answers)[]): fc.Arbitrary<End> =>
  fc.record({
    told: fc.constantFrom(...told),
    stream: fc.boolean(),
    leaves: fc.oneof(
      { weight: 3, arbitrary: fc.constant("never" as const) },
      { weight: 2, arbitrary: fc.integer({ min: 0, max: 60 }) },
      { weight: 1, arbitrary: fc.constantFrom("at the head" as const, "midway" as const) },
    ),
    deadlineMs: fc.option(fc.integer({ min: 1, max: 120 }), { nil: undefined, freq: 3 }),
    level: fc.integer({ min: 0, max: 9 }),
    body: fc.oneof(
      { weight: 12, arbitrary: fc.constant("good" as const) },
      { weight: 1, arbitrary: fc.constantFrom("broken" as const, "no such model" as const) },
    ),
    door: fc.oneof(
      { weight: 4, arbitrary: fc.constant("chat" as const) },
      { weight: 1, arbitrary: fc.constantFrom("messages" as const, "responses" as const) },
    ),
  });

const paths = { chat: "/v1/chat/completions", messages: "/v1/messages", responses: "/v1/responses" } as const;

function bodyOf({ told, stream, body, door }: End): object | string {
  if (body === "broken") return '{"model":';
  const model = body === "good" ? "test-model" : "nobody/answers-this";
  const text = `told=${told}`;
  if (door === "responses") return { model, stream, input: text };
  return chatBody({ model, stream, max_tokens: 50, messages: [{ role: "user", content: text }] });
}

/** Lets one call come to its end; what its caller saw of it. */
async function live({ url }: GatewayUnderTest, key: string, end: End): Promise<string> {
  const { leaves, deadlineMs, level, door } = end;
  const leaving = new AbortController();
  const timer = typeof leaves === "number" ? setTimeout(() => leaving.abort(), leaves) : undefined;
  const headers = {
    authorization: `Bearer ${key}`,
    "x-tokligence-priority": String(level),
    ...(deadlineMs === undefined ? {} : { "x-tokligence-deadline-ms": String(deadlineMs) }),
  };
  try {
    const answer = await postJson(`${url}${paths[door]}`, bodyOf(end), { headers, signal: leaving.signal });
    if (leaves === "at the head") leaving.abort();
    if (leaves === "midway") {
      await answer.body?.getReader().read();
      leaving.abort();
      return "left midway";
    }
    await answer.text();
    return String(answer.status);
  } catch {
    return "left";
  } finally {
    clearTimeout(timer);
  }
}

interface State {
  readonly queued: number;
  readonly queued_bytes: number;
  readonly in_flight: number;
}

/** That nothing is held any more: no call, no place, nobody in the queue, no trial. */
async function expectNothingHeld(gateway: GatewayUnderTest): Promise<void> {
  await eventually("nobody runs", async () => (await running(gateway)) === 0, 10_000);
  const state = await control<State>(gateway, "/api/v1/scheduler");
  expect(state).toMatchObject({ queued: 0, queued_bytes: 0, in_flight: 0 });
  for (let level = 0; level < 10; level += 1) {
    expect(await metric(gateway, `tokligence_scheduling_queue_depth{priority="${level}"}`)).toBe(0);
  }
  expect(await metric(gateway, 'tokligence_inflight_requests{deployment="up/test-model"}')).toBe(0);
  expect(await metric(gateway, "tokligence_active_streams")).toBe(0);
}

/** Every place of the key, of the provider and of the queue can be taken again, and not one more. */
async function expectAllPlacesBack(gateway: GatewayUnderTest, key: string, other: string): Promise<void> {
  const leaving = new AbortController();
  const stuck = { messages: [{ role: "user", content: "told=stuck" }] };
  const ask = () => chatStream(gateway, stuck, { ...withKey(key), signal: leaving.signal });
  // Streams are begun while their calls still wait.
  const taken = await Promise.all(Array.from({ length: slots + queue }, ask));
  expect(new Set(taken.map(({ status }) => status))).toEqual(new Set([200]));
  const { queued, in_flight } = await control<State>(gateway, "/api/v1/scheduler");
  expect([queued, in_flight]).toEqual([queue, slots]);
  const full = await Promise.all([chat(gateway, {}, withKey(key)), chat(gateway, {}, withKey(other))]);
  expect(full.map(({ status }) => status)).toEqual([429, 503]);
  leaving.abort();
  await eventually("nobody runs", async () => (await running(gateway)) === 0);
}

const settings = (more: string) => `${places(slots)}[provider.up]
timeout = 0.3
[gateway]
request_timeout = 20
stream_idle_timeout = 1
commit_after_ms = 20
heartbeat_interval = 0.02
[scheduler]
max_queue = ${queue}
tenant_share = 100
queue_timeout = 1
wait_budget_ms = 60000
${more}`;

test.each([
  ["with breakers", "[circuit_breaker]\nthreshold = 4\ntimeout = 0.05\n", everything],
  ["without breakers", "[circuit_breaker]\nthreshold = 0\nfailure_rate = 0\n", nothingShut],
  ["with adaptive limits", "adaptive = true\n[circuit_breaker]\nthreshold = 0\nfailure_rate = 0\n", nothingShut],
])(
  "T-30 after five hundred calls that end in any way, %s, every place is back: of the door, the key, the queue and the provider",
  async (_, more, told) => {
    using upstream = new FakeUpstream(asTold);
    await using gateway = await startGateway({ upstreams: { up: upstream }, keys: true, ini: settings(more) });
    const policy = { max_concurrent: slots + queue, tokens_per_day: 1_000_000_000 };
    const keys = [
      await keyWith(gateway, "one@example.com", policy),
      await keyWith(gateway, "other@example.com", policy),
    ] as const;
    const seed = Number(process.env["FUZZ_SEED"] ?? Date.now() % 1_000_000);
    const ends = fc.sample(endAmong(told), { numRuns: 500, seed });
    const seen = new Map<string, number>();
    try {
      let next = 0;
      const caller = async ({ key }: { readonly key: string }): Promise<void> => {
        for (let end = ends[next++]; end !== undefined; end = ends[next++]) {
          const what = await live(gateway, key, end);
          seen.set(what, (seen.get(what) ?? 0) + 1);
        }
      };
      await Promise.all(Array.from({ length: 9 }, () => keys.map(caller)).flat());
      await expectNothingHeld(gateway);
      for (const { key } of keys) {
        await eventually("the provider is in use", async () => (await chat(gateway, {}, withKey(key))).ok, 20_000);
      }
      await expectAllPlacesBack(gateway, keys[0].key, keys[1].key);
      await expectNothingHeld(gateway);
      for (const { id } of keys) {
        const { used_today: used } = await control<{ used_today: number | null }>(gateway, `/api/v1/keys/${id}`);
        expect(used ?? 0).toBeWithin(0, 500 * 1_100);
      }
      expect(gateway.output()).not.toContain('"internal"');
    } catch (thrown) {
      throw new Error(`FUZZ_SEED=${seed} saw ${JSON.stringify(Object.fromEntries(seen))}`, { cause: thrown });
    }
  },
);
