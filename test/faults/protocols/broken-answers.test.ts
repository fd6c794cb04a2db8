/** What breaks in an answer, by every provider's protocol, told to every caller. */
import { describe, expect, test } from "bun:test";
import { gzipSync } from "node:zlib";
import type { UpstreamScript } from "../../harness/upstream-script.ts";
import { type Pair, sixteenPairs, type Told } from "../../harness/wires/pairs.ts";
import type { Fields } from "../../harness/wires/wire.ts";

const pairs = sixteenPairs();
const words = "one two three four five six";
const newestRow = async () => (await pairs.gateway.logs())[0];

async function asked(pair: Pair, script: UpstreamScript, streamed = false): Promise<Told> {
  pair.provider.holds([{ script }]);
  return await pair.ask({ text: "Hi" }, { streamed });
}

/** Asserts a real status in the caller's envelope, a row that says so, and nothing of what the provider sent. */
async function expectFailure(told: Told, status: number, code: string): Promise<void> {
  expect([told.status, typeof told.error["message"]]).toEqual([status, "string"]);
  expect(told.raw).not.toContain("canary");
  expect(await newestRow()).toMatchObject({ outcome: "failed", error_code: code });
}

/** Asserts that a stream ended in an error of the caller's grammar, and that nothing looks like a success. */
async function expectBrokenStream(told: Told): Promise<void> {
  expect([told.status, told.isWhole]).toEqual([200, false]);
  expect(told.failure).toBeDefined();
  expect(words).toStartWith(told.text);
  expect(await newestRow()).toMatchObject({ outcome: "failed", stream: true });
}

/** What each provider says in a 200 that is a failure: as a body, and as an event. */
const failures: Readonly<Record<string, { readonly body: Fields; readonly event: Fields }>> = {
  "openai-chat": {
    body: { error: { message: "boom", type: "server_error", code: null } },
    event: { error: { message: "boom", type: "server_error", code: null } },
  },
  "openai-responses": {
    body: {
      id: "resp_1",
      object: "response",
      status: "failed",
      error: { code: "server_error", message: "boom" },
      output: [],
      model: "m",
    },
    event: { type: "error", sequence_number: 9, code: "server_error", message: "boom", param: null },
  },
  "anthropic-messages": {
    body: { type: "error", error: { type: "api_error", message: "boom" } },
    event: { type: "error", error: { type: "overloaded_error", message: "boom" } },
  },
  "gemini-generate": {
    body: { error: { code: 500, message: "boom", status: "INTERNAL" } },
    event: { error: { code: 500, message: "boom", status: "INTERNAL" } },
  },
};

describe.each(pairs.table)("%s", (_, pair) => {
  const { speech } = pair.provider;
  const failure = failures[pair.upstream.name] ?? { body: {}, event: {} };

  test.each(["cut", "clean"] as const)("F34 F35 a stream that ends (%s) before its end is no answer", async (end) => {
    const { events = [], ...script } = speech.stream({ text: words });
    await expectBrokenStream(await asked(pair, { ...script, events: events.slice(0, -4), end }, true));
  });

  test("F34 F36 a body cut short, by its length or by its end, is 502", async () => {
    await expectFailure(await asked(pair, { ...speech.whole({ text: words }), end: "cut" }), 502, "upstream_truncated");
    const body = JSON.stringify(speech.whole({ text: words }).body).slice(0, -9);
    const raw = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n${body}`;
    await expectFailure(await asked(pair, { raw }), 502, "upstream_bad_response");
  });

  test.each([
    ["truncated JSON", { body: '{"id":"canary' }],
    ["a login page", { headers: { "content-type": "text/html" }, body: "<html>canary</html>" }],
    ["nothing", { body: "" }],
    ["JSON that is no answer", { body: '{"canary":1}' }],
    ["a list", { body: '["canary"]' }],
  ] as const)("F37 200 with %s is 502, asked whole or streamed, and does not leak", async (_title, script) => {
    for (const streamed of [false, true]) {
      await expectFailure(await asked(pair, script, streamed), 502, "upstream_bad_response");
    }
  });

  test("F38 an error in a 200, or as the first event, has a real status", async () => {
    for (const told of [
      await asked(pair, { body: failure.body }),
      await asked(pair, { events: [failure.event], named: "type" in failure.event }, true),
    ]) {
      expect(told.status).toBeGreaterThanOrEqual(500);
      expect(await newestRow()).toMatchObject({ outcome: "failed" });
    }
  });

  test("F38 T-10 T-23 an error in mid-stream is the last event, and costs nothing", async () => {
    const { events = [], ...script } = speech.stream({ text: words });
    const told = await asked(pair, { ...script, events: [...events.slice(0, -4), failure.event] }, true);
    await expectBrokenStream(told);
    expect(["0", null]).toContain((await newestRow())?.cost_nanos ?? null);
  });

  test("F41 T-08 gzip that nobody asked for is unpacked; cut or broken, it is a failure", async () => {
    const packed = gzipSync(JSON.stringify(speech.whole({ text: words }).body));
    const headers = { "content-encoding": "gzip" };
    expect((await asked(pair, { headers, body: packed })).text).toBe(words);
    expect((await asked(pair, { headers, body: packed.subarray(0, -12) })).status).toBe(502);
    expect((await asked(pair, { headers, body: Buffer.from("canary, not gzip") })).status).toBe(502);
  });
});

test.each(pairs.table.filter(([, pair]) => pair.isSame))(
  "F40 %s: a line without end is cut off, and memory with it",
  async (_, pair) => {
    const told = await asked(
      pair,
      { headers: { "content-type": "text/event-stream" }, body: `data: ${"~".repeat(9 * 1024 * 1024)}` },
      true,
    );
    expect(told.status).toBe(502);
    expect(await newestRow()).toMatchObject({ outcome: "failed" });
  },
);
