import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import fc from "fast-check";
import { chat } from "../harness/client.ts";
import { FakeUpstream } from "../harness/fake-upstream.ts";
import { type GatewayUnderTest, startGateway } from "../harness/gateway.ts";
import { chunk, type UpstreamScript } from "../harness/upstream-script.ts";

const upstream = new FakeUpstream();
let gateway: GatewayUnderTest;

beforeAll(async () => {
  gateway = await startGateway({ upstreams: { up: upstream }, ini: "[routes]\ngpt-4o = up" });
});
beforeEach(() => {
  upstream.calls.length = 0;
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  upstream.stop();
});

const model = "gpt-4o";
/** At list price: more than any call of the tests could honestly cost. */
const mostNanos = 2_000n * 1_000_000_000n;

function whole(usage: unknown, content = "four words of text"): UpstreamScript {
  const choices = [{ index: 0, message: { role: "assistant", content }, finish_reason: "stop" }];
  return { body: { id: "x", object: "chat.completion", model, choices, usage } };
}

function streamed(usages: readonly unknown[]): UpstreamScript {
  const events = usages.map((usage) => ({ ...chunk({ content: "four words of text" }, null, model), usage }));
  return { events: [...events, chunk({}, "stop", model), "[DONE]"] };
}

async function rowOf(script: UpstreamScript, stream = false) {
  upstream.script(script);
  const response = await chat(gateway, { model, stream });
  await response.text();
  expect(response.status).toBe(200);
  const [row] = await gateway.logs();
  if (row === undefined) throw new Error("No row.");
  expect(row.request_id).toBe(response.headers.get("x-request-id") ?? "");
  return row;
}

function expectSaneCounts(row: Awaited<ReturnType<typeof rowOf>>): void {
  for (const count of [row.input_tokens, row.output_tokens, row.cached_tokens, row.reasoning_tokens]) {
    if (count !== null) expect(count).toBeGreaterThanOrEqual(0);
  }
  const cost = BigInt(row.cost_nanos ?? "0");
  expect(cost >= 0n && cost < mostNanos).toBe(true);
}

test.each([
  ["missing", undefined],
  ["null", null],
  ["negative", { prompt_tokens: -5, completion_tokens: -7 }],
  ["10^12", { prompt_tokens: 1e12, completion_tokens: 1e12 }],
  ["fractional", { prompt_tokens: 1.5, completion_tokens: 0.1 }],
  ["text", { prompt_tokens: "7", completion_tokens: "3" }],
  ["a list", [7, 3]],
])("F48 T-24 usage that is %s is estimated and flagged, never believed and never negative", async (_, usage) => {
  for (const row of [await rowOf(whole(usage)), await rowOf(streamed([usage]), true)]) {
    expect(row).toMatchObject({ outcome: "finished", usage_source: "estimated" });
    expect(row.output_tokens).toBeGreaterThan(0);
    expect(row.output_tokens).toBeLessThan(50);
    expectSaneCounts(row);
  }
});

test("F48 usage that grows or shrinks from event to event counts once, as it was said last", async () => {
  for (const outputs of [
    [1, 5, 9],
    [9, 5, 1],
    [3, 3, 3],
  ]) {
    const row = await rowOf(streamed(outputs.map((each) => ({ prompt_tokens: 7, completion_tokens: each }))), true);
    expect(row).toMatchObject({ usage_source: "upstream", input_tokens: 7, output_tokens: outputs.at(-1) });
  }
});

test("F48 more cached than sent, or more reasoned than said, never makes a cost negative", async () => {
  const row = await rowOf(
    whole({ prompt_tokens: 10, completion_tokens: 1, prompt_tokens_details: { cached_tokens: 1_000 } }),
  );
  expectSaneCounts(row);
  expect(BigInt(row.cost_nanos ?? "0")).toBeGreaterThan(0n);
});

test("F48 T-24 whatever a provider says of its usage, no row is negative, absurd or missing", async () => {
  const count = fc.oneof(fc.integer(), fc.double(), fc.constantFrom(null, "9", 2 ** 53, -1, 1e30), fc.nat(1_000));
  const usage = fc.record(
    {
      prompt_tokens: count,
      completion_tokens: count,
      total_tokens: count,
      prompt_tokens_details: fc.option(fc.record({ cached_tokens: count })),
      completion_tokens_details: fc.option(fc.record({ reasoning_tokens: count })),
    },
    { requiredKeys: [] },
  );
  await fc.assert(
    fc.asyncProperty(usage, fc.boolean(), async (said, stream) => {
      expectSaneCounts(await rowOf(stream ? streamed([said]) : whole(said), stream));
    }),
    { numRuns: 60 },
  );
});

test("T-26 a model without a price has no cost in its row and is counted as unpriced, not as free", async () => {
  const before = unpriced(await gateway.metrics());
  upstream.script(whole({ prompt_tokens: 7, completion_tokens: 3 }));
  upstream.script({ ...whole(undefined), body: { ...(whole(undefined).body as object), model: "nobody-knows" } });
  await (await chat(gateway, { model: "nobody-knows" })).text();
  expect((await gateway.logs())[0]).toMatchObject({ cost_nanos: null, cost_usd: null, price_version: null });
  expect(unpriced(await gateway.metrics())).toBe(before + 1);
});

function unpriced(metrics: string): number {
  const lines = metrics.match(/^tokligence_unpriced_requests_total\{.*\} \d+$/gm) ?? [];
  return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" "))), 0);
}
