import { expect, setDefaultTimeout, test } from "bun:test";
import { chat, errorOf } from "../../harness/client.ts";
import { eventually } from "../../harness/eventually.ts";
import { FakeUpstream, type RecordedCall } from "../../harness/fake-upstream.ts";
import { startGateway } from "../../harness/gateway.ts";
import { queueOf } from "../../harness/queue.ts";
import { completion, failure } from "../../harness/upstream-script.ts";
import { control } from "./limited-gateway.ts";

setDefaultTimeout(30_000);

const date = new Date(Date.UTC(2026, 0, 1)).toUTCString();
const soon = new Date(Date.UTC(2026, 0, 1, 0, 0, 30)).toUTCString();

const usedUp = { "x-ratelimit-remaining-requests": "0" };

/** What a provider says with its 429, how long it is then left alone in milliseconds, and what its own caller is told. */
const pauses: readonly (readonly [string, Readonly<Record<string, string>>, number, string | null])[] = [
  ["seconds", { "retry-after": "7" }, 7_000, "7"],
  ["part of a second", { "retry-after": "2.4" }, 2_400, "3"],
  ["milliseconds", { "retry-after-ms": "2500" }, 2_500, "3"],
  ["both", { "retry-after-ms": "4100", "retry-after": "9" }, 4_100, "5"],
  ["a date", { "retry-after": soon, date }, 30_000, "30"],
  ["more than five minutes", { "retry-after": "301" }, 300_000, "300"],
  ["10^9", { "retry-after": "1000000000" }, 300_000, "300"],
  ["-1", { "retry-after": "-1" }, 1_000, null],
  ["junk", { "retry-after": "soon\tish" }, 1_000, null],
  ["a number that is none", { "retry-after": "1e9" }, 1_000, null],
  ["a date without a date to measure it by", { "retry-after": soon, date: "x" }, 1_000, null],
  ["nothing", {}, 1_000, null],
  ["nothing but until when a limit is used up", { ...usedUp, "x-ratelimit-reset-requests": "1m4s" }, 64_000, "64"],
  ["nothing, and nonsense of its limits", { ...usedUp, "x-ratelimit-reset-requests": "-1s" }, 1_000, null],
];

const two = "[gateway]\nmax_retries = 0\n[routes]\nboth = limited/m | spare/m\n";
const on = "[scheduling]\nenabled = true\n";

interface Status {
  readonly pools: readonly { readonly deployments: readonly { readonly id: string; readonly paused_ms: number }[] }[];
}

/** Asks until the limited provider has been asked once more; everybody else is answered by the spare one. */
async function askOnceMore(gateway: { readonly url: string }, limited: FakeUpstream): Promise<Response> {
  for (let calls = limited.calls.length; ;) {
    const answer = await chat(gateway, { model: "both" });
    if (limited.calls.length > calls) return answer;
    expect(answer.status).toBe(200);
  }
}

test.each(pauses)(
  "F45 with a 429 that says %s a deployment is left alone for as long, at most 300 s, and its caller told in whole seconds",
  async (_, headers, pausedMs, told) => {
    using limited = new FakeUpstream(failure(429, "Slow down.", headers));
    using spare = new FakeUpstream(completion());
    const upstreams = { limited, spare };
    await using scheduled = await startGateway({ upstreams, ini: `${two}${on}` });
    const answer = await askOnceMore(scheduled, limited);
    expect([answer.status, answer.headers.get("retry-after")]).toEqual([429, told]);
    const { pools } = await control<Status>(scheduled, "/api/v1/scheduler");
    const paused = pools.flatMap(({ deployments }) => deployments).find(({ id }) => id === "limited/m")?.paused_ms ?? 0;
    expect([paused <= pausedMs, paused > pausedMs - 900]).toEqual([true, true]);
    for (let more = 0; more < 6; more += 1) expect((await chat(scheduled, { model: "both" })).status).toBe(200);
    expect(limited.calls).toHaveLength(1);
  },
);

test.each([
  ["0", { "retry-after": "0" }],
  ["a date in the past", { "retry-after": date, date: soon }],
])("F45 a 429 that says %s is no pause", async (_, headers) => {
  using limited = new FakeUpstream(failure(429, "Slow down.", headers));
  using spare = new FakeUpstream(completion());
  for (const mode of ["", on]) {
    await using gateway = await startGateway({ upstreams: { limited, spare }, ini: `${two}${mode}` });
    expect((await askOnceMore(gateway, limited)).headers.get("retry-after")).toBe("1");
    await askOnceMore(gateway, limited);
  }
});

test("F45 with scheduling off a deployment is left alone too while its pool has another, and comes back by itself", async () => {
  using limited = new FakeUpstream(failure(429, "Slow down.", { "retry-after-ms": "400" }), completion("back"));
  using spare = new FakeUpstream(completion());
  await using gateway = await startGateway({ upstreams: { limited, spare }, ini: two });
  const askedAtMs = performance.now();
  expect((await askOnceMore(gateway, limited)).status).toBe(429);
  expect((await askOnceMore(gateway, limited)).status).toBe(200);
  expect(performance.now() - askedAtMs).toBeGreaterThan(390);
});

test("F45 who would wait for a pause longer than is of use is told at once when to come back, in whole seconds", async () => {
  using limited = new FakeUpstream(failure(429, "Slow down.", { "retry-after": "100" }));
  await using gateway = await startGateway({ upstreams: { limited }, ini: `[gateway]\nmax_retries = 0\n${on}` });
  expect((await chat(gateway)).status).toBe(429);
  const refused = await chat(gateway);
  expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "32"]);
  expect(await errorOf(refused)).toMatchObject({ type: "server_error", code: "upstream_unavailable" });
  expect(limited.calls).toHaveLength(1);
});

test("F45 who can wait for the end of a pause waits for it, and is answered", async () => {
  using limited = new FakeUpstream(failure(429, "Slow down.", { "retry-after-ms": "500" }), completion());
  await using gateway = await startGateway({ upstreams: { limited }, ini: `[gateway]\nmax_retries = 0\n${on}` });
  expect((await chat(gateway)).status).toBe(429);
  const answers = await Promise.all(Array.from({ length: 5 }, () => chat(gateway)));
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
  for (const { headers } of answers) expect(Number(headers.get("x-tokligence-queue-ms"))).toBeGreaterThan(300);
});

test("F45 who waits already when a pause begins that outlasts its patience is sent on to the next pool at once", async () => {
  using limited = new FakeUpstream({ ...failure(429, "Slow down.", { "retry-after": "100" }), headDelayMs: 300 });
  using spare = new FakeUpstream(completion("spare"));
  const ini = `[routes]\nboth = limited/m, spare/m\n[provider.limited.m]\nmax_concurrent = 1\n${on}`;
  await using gateway = await startGateway({ upstreams: { limited, spare }, ini });
  const first = chat(gateway, { model: "both" });
  await eventually("the limited one is asked", () => limited.calls.length === 1);
  const waiting = Array.from({ length: 5 }, () => chat(gateway, { model: "both" }));
  await queueOf(gateway, 5, 5);
  expect((await first).headers.get("x-tokligence-provider")).toBe("spare");
  const answers = await Promise.all(waiting);
  expect(answers.map(({ headers }) => headers.get("x-tokligence-provider"))).toEqual(
    Array.from({ length: 5 }, () => "spare"),
  );
  expect(limited.calls).toHaveLength(1);
});

test("F45 what a provider says is left for one model holds up no other that shares a limit with it", async () => {
  const used = { ...completion(), headers: { "x-ratelimit-remaining-requests": "0" } };
  using upstream = new FakeUpstream((call) => (call.json()["model"] === "used" ? used : completion()));
  const ini = `[routes]\nused = up\nunused = up\n[provider.up]\nmax_rps = 4\n${on}`;
  await using gateway = await startGateway({ upstreams: { up: upstream }, ini });
  expect((await chat(gateway, { model: "used" })).status).toBe(200);
  expect((await chat(gateway, { model: "unused" })).headers.get("x-tokligence-queue-ms")).toBe("0");
});

test("F45 a key that says that nothing is left until later is left alone while the others answer, with no limit configured", async () => {
  const keyOf = (call: RecordedCall): string => call.headers["authorization"]?.replace("Bearer ", "") ?? "";
  const empty = { ...completion(), headers: { ...usedUp, "x-ratelimit-reset-requests": "6m0s" } };
  const some = { ...completion(), headers: { "x-ratelimit-remaining-requests": "1" } };
  using upstream = new FakeUpstream((call) => (keyOf(call) === "key-one" ? empty : some));
  const provider = `[provider.pool]\ntype = openai-compatible\nbase_url = ${upstream.url}\napi_keys = key-one, key-two`;
  await using gateway = await startGateway({ ini: `${provider}\n[routes]\n* = pool\n${on}` });
  for (let asked = 0; asked < 12; asked += 1) {
    const answer = await chat(gateway);
    expect([answer.status, answer.headers.get("x-tokligence-queue-ms")]).toEqual([200, "0"]);
  }
  const counts = Map.groupBy(upstream.calls.map(keyOf), (key) => key);
  expect([counts.get("key-one")?.length, counts.get("key-two")?.length]).toEqual([1, 11]);
});

test("F45 a lone provider that says that nothing is left until a moment is asked again then", async () => {
  const answer = () => {
    const reset = new Date(Date.now() + 900).toISOString();
    const headers = { "anthropic-ratelimit-tokens-remaining": "0", "anthropic-ratelimit-tokens-reset": reset };
    return { ...completion(), headers };
  };
  using upstream = new FakeUpstream(answer);
  await using gateway = await startGateway({ upstreams: { upstream }, ini: on });
  for (const [leastMs, mostMs] of [
    [0, 0],
    [300, 2_000],
  ] as const) {
    const { status, headers } = await chat(gateway);
    const queuedMs = Number(headers.get("x-tokligence-queue-ms"));
    expect([status, queuedMs >= leastMs, queuedMs <= mostMs]).toEqual([200, true, true]);
  }
});

test("F45 what a provider says is left of a limit of one model alone is believed", async () => {
  using upstream = new FakeUpstream({ ...completion(), headers: { "x-ratelimit-remaining-requests": "0" } });
  const ini = `[routes]\nused = up\n[provider.up.used]\nmax_rps = 4\n${on}`;
  await using gateway = await startGateway({ upstreams: { up: upstream }, ini });
  expect((await chat(gateway, { model: "used" })).status).toBe(200);
  expect(Number((await chat(gateway, { model: "used" })).headers.get("x-tokligence-queue-ms"))).toBeGreaterThan(100);
});
