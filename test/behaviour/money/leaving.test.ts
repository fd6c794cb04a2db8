/** Who pays for calls that do not come to their end. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { chat, chatStream } from "../../harness/client.ts";
import { eventually } from "../../harness/eventually.ts";
import { FakeUpstream } from "../../harness/fake-upstream.ts";
import { FrameReader } from "../../harness/frame-reader.ts";
import { type GatewayUnderTest, startGateway } from "../../harness/gateway.ts";
import { type BookedRow, bookedRows, setPrice } from "../../harness/money.ts";
import { chunk, completion, failure } from "../../harness/upstream-script.ts";

// Hundreds of streams, beside whatever else the machine does.
setDefaultTimeout(60_000);

const upstream = new FakeUpstream();
let gateway: GatewayUnderTest;

beforeAll(async () => {
  gateway = await startGateway({ upstreams: { up: upstream }, ini: "[gateway]\nmax_retries = 0\n" });
  await setPrice(gateway, "test-model", { input: "1", output: "2" });
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  upstream.stop();
});

/** 36 characters, 10 tokens. */
const prompt = [{ role: "user", content: "x".repeat(36) }];
const saying = (...words: readonly string[]): object[] => words.map((content) => chunk({ content }));

/** The row that follows the first `known`, once it is there. */
async function nextRow(known: number): Promise<BookedRow> {
  return await eventually("the row of the call", () => bookedRows(gateway)[known]);
}

test("T-22 (F111): a caller that leaves in the middle pays for its input and what was produced, neither nothing nor all", async () => {
  const known = bookedRows(gateway).length;
  upstream.script({ events: saying("y".repeat(36)), end: "hang" });
  const leaving = new AbortController();
  const answer = await chatStream(gateway, { messages: prompt }, { signal: leaving.signal });
  await new FrameReader(answer).next();
  leaving.abort();
  expect(await nextRow(known)).toMatchObject({
    outcome: "aborted",
    input_tokens: 10n,
    output_tokens: 10n,
    usage_source: "estimated",
    cost_nanos: 30_000n,
    overhead_nanos: null,
  });
});

test("T-22 (F111): a caller that leaves before the first word pays for the input that a provider had read", async () => {
  const known = bookedRows(gateway).length;
  upstream.calls.length = 0;
  upstream.script({ headDelayMs: Number.POSITIVE_INFINITY });
  const leaving = new AbortController();
  const asking = chat(gateway, { messages: prompt }, { signal: leaving.signal }).catch(() => undefined);
  await eventually("the provider is asked", () => upstream.calls[0]);
  leaving.abort();
  await asking;
  expect(await nextRow(known)).toMatchObject({
    outcome: "aborted",
    input_tokens: 10n,
    output_tokens: 0n,
    usage_source: "estimated",
    cost_nanos: 10_000n,
  });
});

test("T-22: a deadline that the caller set is leaving too", async () => {
  const known = bookedRows(gateway).length;
  upstream.script({ events: saying("y".repeat(36)), end: "hang" });
  const headers = { "x-tokligence-deadline-ms": "300" };
  await (await chatStream(gateway, { messages: prompt }, { headers })).text();
  expect(await nextRow(known)).toMatchObject({ outcome: "aborted", cost_nanos: 30_000n, usage_source: "estimated" });
});

test("T-23: a provider that fails is not paid by anybody, and its words are no output", async () => {
  const known = bookedRows(gateway).length;
  upstream.script(failure(500, "x".repeat(5_000)));
  expect((await chat(gateway, { messages: prompt })).status).toBe(502);
  expect(await nextRow(known)).toMatchObject({
    outcome: "failed",
    usage_source: "none",
    output_tokens: null,
    cost_nanos: null,
    overhead_nanos: null,
  });
});

test("T-23: an answer that breaks costs its caller nothing; what its provider will ask for is shown as overhead", async () => {
  const known = bookedRows(gateway).length;
  const broken = { error: { message: "z".repeat(5_000), type: "server_error" } };
  upstream.script({ events: [...saying("y".repeat(36)), broken] });
  await (await chatStream(gateway, { messages: prompt })).text();
  expect(await nextRow(known)).toMatchObject({
    outcome: "failed",
    output_tokens: 10n,
    cost_nanos: 0n,
    overhead_nanos: 30_000n,
  });
});

test("F111: a storm of callers that leave pays no less than 99 % of what the provider counts", async () => {
  const known = bookedRows(gateway).length;
  const text = "word ".repeat(4_000);
  const words = Array.from({ length: 200 }, () => " w");
  upstream.calls.length = 0;
  upstream.script({ events: saying(...words), intervalMs: 1, end: "hang" });
  const storm = 150;
  const leave = async (index: number): Promise<void> => {
    const leaving = new AbortController();
    const answer = await chatStream(
      gateway,
      { messages: [{ role: "user", content: text }] },
      { signal: leaving.signal },
    );
    const reader = new FrameReader(answer);
    for (let read = 0; read <= index % 60; read += 1) await reader.next();
    leaving.abort();
  };
  await Promise.all(Array.from({ length: storm }, (_, index) => leave(index)));
  const rows = await eventually("every row", () => {
    const all = bookedRows(gateway).slice(known);
    return all.length === storm ? all : undefined;
  });
  await eventually("the provider has seen all of them leave", () =>
    upstream.calls.every(({ abortedAtMs }) => abortedAtMs !== undefined),
  );
  const billed = rows.reduce((sum, row) => sum + Number(row["cost_nanos"]), 0);
  // By its own count of the prompt and of the words it had sent when it saw its caller leave.
  const promptTokens = Math.ceil(text.length / 3.6);
  const provider = upstream.calls.reduce((sum, { pieces }) => sum + promptTokens * 1_000 + pieces * 2_000, 0);
  expect(rows.every((row) => row["outcome"] === "aborted" && row["usage_source"] === "estimated")).toBe(true);
  expect(billed / provider).toBeGreaterThanOrEqual(0.99);
  upstream.script(completion());
});
