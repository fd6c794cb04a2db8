import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { openAiResponsesCodec as codec } from "#core/wire/openai-responses/codec.ts";
import {
  completed,
  created,
  end,
  eventsOf,
  options,
  start,
  stop,
  streamOf,
} from "#core/wire/openai-responses/responses.test-data.ts";

const calls = { ...stop, reason: "tool_calls" } as const;

const said = (events: object[], last: object = completed()) => eventsOf(streamOf([created, ...events, last]));

describe("reading a stream", () => {
  test("every kind of content comes out once, in order", () => {
    const usage = {
      input_tokens: 10,
      input_tokens_details: { cached_tokens: 4, cache_write_tokens: 0 },
      output_tokens: 9,
      output_tokens_details: { reasoning_tokens: 3 },
      total_tokens: 19,
    };
    const events = said(
      [
        { type: "response.in_progress", response: created.response },
        { type: "response.output_item.added", output_index: 0, item: { type: "reasoning", id: "rs_1", summary: [] } },
        { type: "response.reasoning_summary_part.added", output_index: 0, summary_index: 0, part: {} },
        { type: "response.reasoning_summary_text.delta", output_index: 0, summary_index: 0, delta: "a" },
        { type: "response.reasoning_summary_text.done", output_index: 0, summary_index: 0, text: "a" },
        { type: "response.reasoning_summary_text.delta", output_index: 0, summary_index: 1, delta: "b" },
        {
          type: "response.output_item.done",
          output_index: 0,
          item: { type: "reasoning", summary: [{ text: "a" }, { text: "b" }], encrypted_content: "E" },
        },
        { type: "response.output_item.added", output_index: 1, item: { type: "message", id: "msg_1", content: [] } },
        { type: "response.content_part.added", output_index: 1, content_index: 0, part: { type: "output_text" } },
        { type: "response.output_text.delta", output_index: 1, content_index: 0, delta: "Hi", logprobs: [] },
        { type: "response.output_text.delta", output_index: 1, content_index: 0, delta: "", logprobs: [] },
        { type: "response.output_text.done", output_index: 1, content_index: 0, text: "Hi" },
        { type: "response.refusal.delta", output_index: 1, content_index: 1, delta: "No" },
        { type: "response.refusal.done", output_index: 1, content_index: 1, refusal: "No" },
        { type: "response.output_item.added", output_index: 2, item: { type: "web_search_call", id: "ws_1" } },
        { type: "response.web_search_call.searching", output_index: 2, item_id: "ws_1" },
        { type: "response.output_item.done", output_index: 2, item: { type: "web_search_call", id: "ws_1" } },
        { type: "response.brand_new", output_index: 9 },
      ],
      completed({ usage }),
    );
    expect(events).toEqual([
      start,
      { type: "reasoning", choice: 0, text: "a" },
      { type: "reasoning", choice: 0, text: "\n\nb" },
      { type: "reasoning-token", choice: 0, token: { kind: "encrypted", data: "E" } },
      { type: "text", choice: 0, text: "Hi" },
      { type: "refusal", choice: 0, text: "No" },
      { type: "opaque", what: "web_search_call" },
      stop,
      {
        type: "usage",
        usage: { inputTokens: 10, cachedTokens: 4, cacheWriteTokens: 0, outputTokens: 9, reasoningTokens: 3 },
      },
      end,
    ]);
  });

  test("pitfall 45: what is encrypted is taken from the finished item, not from the one that was begun", () => {
    const events = said([
      { type: "response.output_item.added", output_index: 0, item: { type: "reasoning", encrypted_content: "half" } },
      {
        type: "response.output_item.done",
        output_index: 0,
        item: { type: "reasoning", summary: [], encrypted_content: "whole" },
      },
    ]);
    expect(events).toEqual([
      start,
      { type: "reasoning-token", choice: 0, token: { kind: "encrypted", data: "whole" } },
      stop,
      end,
    ]);
  });

  test("raw thoughts are shown where there is no summary, never both", () => {
    const raw = { type: "response.reasoning_text.delta", output_index: 0, content_index: 0, delta: "raw" };
    const done = {
      type: "response.output_item.done",
      output_index: 0,
      item: { type: "reasoning", summary: [{ text: "short" }], content: [{ text: "raw thoughts" }] },
    };
    expect(said([raw, done]).filter(({ type }) => type === "reasoning")).toEqual([
      { type: "reasoning", choice: 0, text: "raw" },
      { type: "reasoning", choice: 0, text: " thoughts" },
    ]);
    expect(said([done]).filter(({ type }) => type === "reasoning")).toEqual([
      { type: "reasoning", choice: 0, text: "short" },
    ]);
  });

  test("pitfall 51: arguments are whole whether they come in deltas, in done, in the item or in the response alone", () => {
    const item = { type: "function_call", id: "fc_1", call_id: "c1", name: "f", namespace: "n", arguments: '{"a":1}' };
    const empty = { ...item, arguments: "" };
    const added = { type: "response.output_item.added", output_index: 0, item: empty };
    const delta = { type: "response.function_call_arguments.delta", output_index: 0, item_id: "fc_1", delta: '{"a"' };
    const done = {
      type: "response.function_call_arguments.done",
      output_index: 0,
      item_id: "fc_1",
      arguments: '{"a":1}',
    };
    const whole = { type: "response.output_item.done", output_index: 0, item };
    const ways: [object[], object?][] = [
      [[added, delta, done, whole]],
      [[added, delta, whole]],
      [[added, done]],
      [[added, whole]],
      [[whole]],
      [[], completed({ output: [item] })],
    ];
    for (const [events, last] of ways) {
      const read = said(events, last);
      const text = read.map((event) => (event.type === "tool-arguments" ? event.text : "")).join("");
      expect(read.filter(({ type }) => type !== "tool-arguments")).toEqual([
        start,
        { type: "tool-call", choice: 0, call: 0, id: "c1", name: "f", namespace: "n" },
        calls,
        end,
      ]);
      expect(text).toBe('{"a":1}');
    }
  });

  test("T-16: a freeform call keeps its input as it is; a typed one is a function's; one without an id gets one", () => {
    const events = said([
      {
        type: "response.output_item.added",
        output_index: 0,
        item: { type: "custom_tool_call", id: "ctc_1", call_id: "c1", name: "exec", namespace: "functions", input: "" },
      },
      { type: "response.custom_tool_call_input.delta", output_index: 0, item_id: "ctc_1", delta: '"a\\\n' },
      { type: "response.custom_tool_call_input.done", output_index: 0, item_id: "ctc_1", input: '"a\\\n"' },
      {
        type: "response.output_item.done",
        output_index: 1,
        item: { type: "local_shell_call", call_id: "c2", action: { type: "exec", command: ["ls"] } },
      },
      {
        type: "response.output_item.done",
        output_index: 2,
        item: { type: "function_call", name: "f", arguments: "{}" },
      },
    ]);
    expect(events).toEqual([
      start,
      { type: "tool-call", choice: 0, call: 0, id: "c1", name: "exec", form: "custom", namespace: "functions" },
      { type: "tool-arguments", choice: 0, call: 0, text: '"a\\\n' },
      { type: "tool-arguments", choice: 0, call: 0, text: '"' },
      { type: "tool-call", choice: 0, call: 1, id: "c2", name: "local_shell" },
      { type: "tool-arguments", choice: 0, call: 1, text: '{"command":["ls"]}' },
      { type: "tool-call", choice: 0, call: 2, id: "call_own_2", name: "f" },
      { type: "tool-arguments", choice: 0, call: 2, text: "{}" },
      calls,
      end,
    ]);
  });

  test("interleaved items, and items whose ids change with every event, are told apart by their place", () => {
    const events = said([
      {
        type: "response.output_item.added",
        output_index: 0,
        item: { type: "function_call", id: "x1", call_id: "a", name: "f" },
      },
      {
        type: "response.output_item.added",
        output_index: 1,
        item: { type: "function_call", id: "x2", call_id: "b", name: "g" },
      },
      { type: "response.function_call_arguments.delta", output_index: 0, item_id: "x3", delta: "1" },
      { type: "response.function_call_arguments.delta", output_index: 1, item_id: "x4", delta: "2" },
      { type: "response.function_call_arguments.delta", output_index: 0, item_id: "x5", delta: "3" },
    ]);
    const text = (call: number) =>
      events.map((event) => (event.type === "tool-arguments" && event.call === call ? event.text : "")).join("");
    expect([text(0), text(1)]).toEqual(["13", "2"]);
  });

  test("pitfall 77 pitfall 78: sources are counted in characters of their part; empty lists create nothing", () => {
    const annotation = { type: "url_citation", start_index: 1, end_index: 3, url: "https://a", title: "A" };
    const item = (text: string, annotations: object[]) => ({
      type: "message",
      content: [{ type: "output_text", text, annotations }],
    });
    const events = said([
      { type: "response.output_item.done", output_index: 0, item: item("🙂🙂", []) },
      { type: "response.output_text.delta", output_index: 1, content_index: 0, delta: "🙂ab" },
      {
        type: "response.output_text.annotation.added",
        output_index: 1,
        content_index: 0,
        annotation_index: 0,
        annotation,
      },
      { type: "response.output_item.done", output_index: 1, item: item("🙂ab", [annotation]) },
    ]);
    expect(events.filter(({ type }) => type === "citation")).toEqual([
      { type: "citation", choice: 0, citation: { url: "https://a", title: "A", start: 6, end: 8 } },
    ]);
  });

  test("probabilities follow their text", () => {
    const logprobs = [{ token: "Hi", logprob: -0.1, bytes: [72, 105], top_logprobs: [{ token: "Yo", logprob: -3 }] }];
    const events = said([
      { type: "response.output_text.delta", output_index: 0, content_index: 0, delta: "Hi", logprobs },
    ]);
    expect(events.slice(1, 3)).toEqual([
      { type: "text", choice: 0, text: "Hi" },
      {
        type: "logprobs",
        choice: 0,
        tokens: [{ token: "Hi", logprob: -0.1, bytes: [72, 105], top: [{ token: "Yo", logprob: -3 }] }],
      },
    ]);
  });

  test("an unfinished response says why; a refusal alone is one", () => {
    const incomplete = (reason: string) => ({
      type: "response.incomplete",
      response: { status: "incomplete", incomplete_details: { reason } },
    });
    const finish = (last: object, events: object[] = []) => said(events, last).find(({ type }) => type === "finish");
    expect(finish(incomplete("max_output_tokens"))).toMatchObject({ reason: "length", raw: "max_output_tokens" });
    expect(finish(incomplete("content_filter"))).toMatchObject({ reason: "content_filter" });
    expect(finish(incomplete("whim"))).toMatchObject({ reason: "other", raw: "whim" });
    const refusal = { type: "response.refusal.done", output_index: 0, content_index: 0, refusal: "No" };
    expect(finish(completed(), [refusal])).toMatchObject({ reason: "refusal" });
  });
});

test("pitfall 54: the same bytes mean the same and are forwarded unchanged, however they were cut", () => {
  const events = [
    created,
    { type: "response.output_text.delta", output_index: 0, content_index: 0, delta: "wörld 漢🙂\r\n" },
    {
      type: "response.output_item.done",
      output_index: 0,
      item: { type: "message", content: [{ text: "wörld 漢🙂\r\n!" }] },
    },
    completed({ usage: { input_tokens: 1, output_tokens: 2 } }),
  ];
  const bytes = new TextEncoder().encode(
    `: note\n\n${events.map((event) => `event: ${event.type}\r\ndata: ${JSON.stringify(event)}\r\n\r\n`).join("")}`,
  );
  const whole = eventsOf(bytes);
  expect(whole.at(-1)).toEqual(end);
  fc.assert(
    fc.property(fc.array(fc.nat(bytes.length), { maxLength: 12 }), (cuts) => {
      const stream = codec.createDecoder(options);
      const at = [0, ...cuts.toSorted((a, b) => a - b), bytes.length];
      const pieces = at.flatMap((from, index) => stream.push(bytes.slice(from, at[index + 1] ?? from)));
      pieces.push(...stream.end());
      expect(pieces.flatMap((piece) => piece.events)).toEqual(whole);
      const raw = Buffer.concat(pieces.map((piece) => piece.raw ?? new Uint8Array()));
      expect(raw.equals(bytes)).toBe(true);
    }),
    { numRuns: 200 },
  );
});
