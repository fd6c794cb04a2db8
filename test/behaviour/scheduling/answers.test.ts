import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { type CallOptions, chat, withKey } from "../../harness/client.ts";
import { eventually } from "../../harness/eventually.ts";
import { type GatewayUnderTest, startGateway } from "../../harness/gateway.ts";
import { HeldUpstream } from "../../harness/held-upstream.ts";
import { metric, queueOf } from "../../harness/queue.ts";
import { type AskOptions, type FamilyOfCallers, threeFamilies } from "../../harness/three-families.ts";

setDefaultTimeout(30_000);

const on = "[scheduling]\nenabled = true\npriority_enabled = true\n";
const onePlace = "[provider.a.test-model]\nmax_concurrent = 1\n";

/** A gateway in front of a provider that answers nothing by itself. */
interface Scene {
  readonly gateway: GatewayUnderTest;
  readonly upstream: HeldUpstream;
  /** Hangs up whatever is still asked. */
  readonly over: AbortSignal;
}

/** One row of the answers table of the scheduler's design note (2.15). */
interface Row {
  /** What it is counted as. */
  readonly reason: string;
  readonly ini: string;
  readonly keys?: boolean;
  /** Brings the gateway so far that the next call is refused, and says what to ask with. */
  prepare?(scene: Scene): Promise<AskOptions>;
  /** What happens while the call waits. */
  meanwhile?(scene: Scene): Promise<() => void>;
  /** Status and what each family calls it. */
  readonly openai: readonly [number, string];
  readonly anthropic: readonly [number, string];
  readonly gemini: readonly [number, string];
  /** Seconds, from and to; null for no header. */
  readonly retryAfter: readonly [number, number] | null;
  readonly shouldRetry: string | null;
}

const overloaded = {
  openai: [503, "server_error/overloaded"],
  anthropic: [529, "overloaded_error"],
  gemini: [503, "503 UNAVAILABLE"],
  retryAfter: [1, 39],
  shouldRetry: null,
} as const;
const unavailable = { ...overloaded, openai: [503, "server_error/upstream_unavailable"] } as const;

/** Takes the only place, for good. */
async function hold({ gateway, upstream, over }: Scene, options: CallOptions = {}): Promise<AskOptions> {
  const seen = upstream.calls.length;
  chat(gateway, {}, { signal: over, ...options }).catch(() => undefined);
  await upstream.call(seen);
  return { headers: { "x-tokligence-priority": "9" } };
}

/** Has the only provider fail until its breaker opens, then takes the one trial it gets. */
async function breakAndTry(scene: Scene): Promise<AskOptions> {
  const { gateway, upstream } = scene;
  const failing = chat(gateway);
  (await upstream.call(0)).refuse(501);
  expect((await failing).status).toBe(502);
  expect(await metric(gateway, 'tokligence_circuit_breaker_state{deployment="a/other"}')).toBe(1);
  await hold(scene);
  return {};
}

const rows: readonly Row[] = [
  {
    reason: "rate_limited",
    ini: "",
    keys: true,
    async prepare({ gateway, upstream }) {
      const key = await gateway.createKey({ requests_per_minute: 1 });
      upstream.open();
      expect((await threeFamilies[0]?.ask(gateway.url, { key }))?.status).toBe(200);
      return { key };
    },
    openai: [429, "rate_limit_error/rate_limit_exceeded"],
    anthropic: [429, "rate_limit_error"],
    gemini: [429, "429 RESOURCE_EXHAUSTED"],
    retryAfter: [1, 60],
    shouldRetry: null,
  },
  {
    reason: "quota_exhausted",
    ini: "",
    keys: true,
    prepare: async ({ gateway }) => ({ key: await gateway.createKey({ tokens_per_day: 1 }) }),
    openai: [429, "insufficient_quota/insufficient_quota"],
    anthropic: [429, "rate_limit_error"],
    gemini: [429, "429 RESOURCE_EXHAUSTED"],
    retryAfter: [1, 86_400],
    shouldRetry: "false",
  },
  {
    ...overloaded,
    reason: "predicted_wait",
    ini: `${on}capacity_model = multi_dimensional\n[provider.a.test-model]\nmax_tokens_per_sec = 1\n`,
    async prepare(scene) {
      const { gateway, over } = scene;
      const asked = await hold(scene);
      // It may wait however long that takes: it is the first of its level.
      chat(gateway, {}, { signal: over, headers: asked.headers ?? {} }).catch(() => undefined);
      await queueOf(gateway, 9, 1);
      return asked;
    },
  },
  { ...overloaded, reason: "queue_full", ini: `${on}${onePlace}[scheduler]\nmax_queue = 0\n`, prepare: hold },
  {
    ...overloaded,
    reason: "evicted",
    ini: `${on}${onePlace}[scheduler]\nmax_queue = 1\n`,
    keys: true,
    async prepare(scene) {
      await hold(scene, withKey(await scene.gateway.createKey()));
      return { key: await scene.gateway.createKey(), headers: { "x-tokligence-priority": "9" } };
    },
    async meanwhile({ gateway }) {
      await queueOf(gateway, 9, 1);
      const urgent = new AbortController();
      const key = await gateway.createKey({ priority: 0 });
      chat(gateway, {}, { ...withKey(key), signal: urgent.signal }).catch(() => undefined);
      await queueOf(gateway, 0, 1);
      return () => urgent.abort();
    },
  },
  {
    ...overloaded,
    reason: "queue_timeout",
    ini: `${on}${onePlace}[scheduler]\nqueue_timeout = 0.1\n`,
    prepare: hold,
    openai: [503, "server_error/queue_timeout"],
  },
  {
    reason: "deadline_exceeded",
    ini: `${on}${onePlace}`,
    async prepare(scene) {
      const { headers } = await hold(scene);
      return { headers: { ...headers, "x-tokligence-deadline-ms": "100" } };
    },
    openai: [504, "timeout/deadline_exceeded"],
    anthropic: [504, "timeout_error"],
    gemini: [504, "504 DEADLINE_EXCEEDED"],
    retryAfter: null,
    shouldRetry: "false",
  },
  { ...unavailable, reason: "no_capacity", ini: `${on}[provider.a.test-model]\nmax_concurrent = 0\n` },
  {
    ...unavailable,
    reason: "no_capacity while the breaker is open",
    ini: `${on}[circuit_breaker]\nthreshold = 1\ntimeout = 25\n[gateway]\nmax_retries = 0\n`,
    prepare: breakAndTry,
    retryAfter: [15, 25],
  },
  {
    ...unavailable,
    reason: "no_capacity while the breaker is open, without scheduling",
    ini: "[circuit_breaker]\nthreshold = 1\ntimeout = 25\n[gateway]\nmax_retries = 0\n",
    prepare: breakAndTry,
    retryAfter: [15, 25],
  },
];

async function refused(scene: Scene, row: Row, family: FamilyOfCallers, options: AskOptions): Promise<void> {
  const { gateway, upstream } = scene;
  const before = upstream.calls.length;
  const pending = family.ask(gateway.url, options);
  const after = await row.meanwhile?.(scene);
  const answer = await pending;
  const body: unknown = await answer.json();
  const named = `${family.name}${options.streamed ? ", streamed" : ""}`;
  expect([named, answer.status, family.refusal(body)]).toEqual([named, ...row[family.name]]);
  const seconds = answer.headers.get("retry-after");
  if (row.retryAfter === null) expect(seconds).toBeNull();
  else {
    const [least, most] = row.retryAfter;
    expect(seconds).toMatch(/^\d+$/);
    expect([named, Number(seconds) >= least, Number(seconds) <= most, seconds]).toEqual([named, true, true, seconds]);
  }
  expect([named, answer.headers.get("x-should-retry")]).toEqual([named, row.shouldRetry]);
  expect(answer.headers.get("x-tokligence-queue-ms")).toBeNull();
  expect(upstream.calls.length).toBe(before);
  after?.();
  if (after !== undefined) await queueOf(gateway, 0, 0);
}

describe("a refusal has its own status, words and time to come back, in each family, streamed or not:", () => {
  test.each(rows.map((row) => [row.reason, row] as const))("%s", async (_, row) => {
    using upstream = new HeldUpstream();
    await using gateway = await startGateway({ upstreams: { a: upstream }, ini: row.ini, keys: row.keys ?? false });
    const over = new AbortController();
    try {
      const scene = { gateway, upstream, over: over.signal };
      const options = (await row.prepare?.(scene)) ?? {};
      for (const family of threeFamilies) {
        for (const streamed of [false, true]) await refused(scene, row, family, { ...options, streamed });
      }
      const code = row.reason.split(" ", 1)[0];
      // Who is refused at the door has asked no model.
      if (code === "rate_limited") return;
      const logs = await eventually("six rows", async () => {
        const rowsNow = await gateway.logs();
        return rowsNow.filter(({ error_code }) => error_code === code).length === 6 ? rowsNow : undefined;
      });
      expect(logs.filter(({ error_code }) => error_code === code).map(({ outcome }) => outcome)).toEqual(
        Array(6).fill("failed"),
      );
    } finally {
      over.abort();
    }
  });
});

test("a stream that has begun ends with the refusal as its last event, in each family", async () => {
  using upstream = new HeldUpstream();
  await using gateway = await startGateway({
    upstreams: { a: upstream },
    ini: `${on}${onePlace}[scheduler]\nqueue_timeout = 0.3\n[gateway]\ncommit_after_ms = 20\n`,
  });
  const over = new AbortController();
  await hold({ gateway, upstream, over: over.signal });
  const names = { openai: "server_error/queue_timeout", anthropic: "overloaded_error", gemini: "503 UNAVAILABLE" };
  for (const family of threeFamilies) {
    const answer = await family.ask(gateway.url, { streamed: true });
    expect(answer.status).toBe(200);
    const text = await answer.text();
    expect([family.name, family.refusal(family.lastOf(text))]).toEqual([family.name, names[family.name]]);
    expect(text).not.toContain("[DONE]");
    expect(text).not.toContain("message_stop");
  }
  over.abort();
});
