import { describe, expect, test } from "bun:test";
import type { ChatEvent } from "#core/chat/event.ts";
import { openAiChatCodec as codec } from "#core/wire/openai-chat/codec.ts";
import { sampleContext } from "#core/wire/openai-chat/samples.test-data.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const options = { keepUsage: true, requestId: "req_own" };
const choice = 0;
const around = new Set<ChatEvent["type"]>(["start", "finish", "end"]);

function streamed(...choices: readonly object[]): ChatEvent[] {
  const frames = choices.map((said) => `data: ${JSON.stringify({ choices: [{ index: 0, ...said }] })}\n\n`);
  const stream = codec.createDecoder(options);
  const pieces = [...stream.push(encoder.encode(`${frames.join("")}data: [DONE]\n\n`)), ...stream.end()];
  return pieces.flatMap((piece) => piece.events).filter(({ type }) => !around.has(type));
}

function whole(message: object, more: object = {}): ChatEvent[] {
  const body = { choices: [{ index: 0, message, ...more }] };
  const events = codec.decodeWhole(encoder.encode(JSON.stringify(body)), options);
  return events.filter(({ type }) => !around.has(type));
}

describe("sources", () => {
  const cited = (start: number, end: number) => ({
    annotations: [
      {
        type: "url_citation",
        url_citation: { start_index: start, end_index: end, url: "https://a.example/", title: "A" },
      },
    ],
  });
  const citation = (start: number, end: number) => ({
    type: "citation" as const,
    choice,
    citation: { url: "https://a.example/", title: "A", start, end },
  });

  test("pitfall 78 offsets count characters, also behind emoji and behind frames that were not parsed one by one", () => {
    const texts = [{ delta: { content: "a🙂" } }, { delta: { content: "b🙂c" } }, { delta: { content: "d" } }];
    const events = streamed(...texts, { delta: cited(2, 5) });
    expect(events.at(-1)).toEqual(citation(3, 7));
    const written = (events_: readonly ChatEvent[]) => {
      const writer = codec.createWriter(sampleContext());
      return events_.map((event) => decoder.decode(writer.event(event))).join("");
    };
    expect(written(events)).toContain('"url_citation":{"end_index":5,"start_index":2');
    expect(whole({ content: "a🙂b🙂cd", ...cited(2, 5) }).at(-1)).toEqual(citation(3, 7));
    expect(decoder.decode(codec.encodeWhole(events, sampleContext()))).toContain('"end_index":5,"start_index":2');
  });

  test("a source whose place is unknown loses its place, not itself", () => {
    expect(whole({ content: "a", ...cited(7, 9) }).at(-1)).toEqual({
      type: "citation",
      choice,
      citation: { url: "https://a.example/", title: "A" },
    });
    const events: ChatEvent[] = [
      { type: "text", choice, text: "a🙂" },
      { type: "citation", choice, citation: { url: "https://a.example/" } },
      { type: "citation", choice, citation: { citedText: "without an address" } },
    ];
    expect(
      JSON.parse(decoder.decode(codec.encodeWhole(events, sampleContext()))).choices[0].message.annotations,
    ).toEqual([
      {
        type: "url_citation",
        url_citation: { end_index: 2, start_index: 2, title: "https://a.example/", url: "https://a.example/" },
      },
    ]);
  });

  test("pitfall 77 empty annotations and empty fields create nothing", () => {
    expect(whole({ content: "", annotations: [], audio: null, tool_calls: [], refusal: null })).toEqual([]);
    expect(streamed({ delta: { annotations: [] } }, { delta: { annotations: null } })).toEqual([]);
  });
});

describe("calls", () => {
  test("T-16 a freeform call is one, streamed and whole, byte for byte", () => {
    const input = 'a "quoted"\n\\ line 🙂';
    const expected: ChatEvent[] = [
      { type: "tool-call", choice, call: 0, id: "c1", name: "patch", form: "custom" },
      { type: "tool-arguments", choice, call: 0, text: input },
    ];
    const call = (fields: object, said: object) => ({
      delta: { tool_calls: [{ index: 0, ...fields, custom: said }] },
    });
    expect(streamed(call({ id: "c1", type: "custom" }, { name: "patch", input: "" }), call({}, { input }))).toEqual(
      expected,
    );
    expect(whole({ tool_calls: [{ id: "c1", type: "custom", custom: { name: "patch", input } }] })).toEqual(expected);
  });

  test("T-02 pitfall 51 a call without an id gets one made of the request's, arguments in any form are text", () => {
    const named = (name: string, args: unknown) => ({ function: { name, arguments: args } });
    expect(whole({ tool_calls: [named("f", { a: 1 }), named("g", "")] })).toEqual([
      { type: "tool-call", choice, call: 0, id: "call_own_1", name: "f" },
      { type: "tool-arguments", choice, call: 0, text: '{"a":1}' },
      { type: "tool-call", choice, call: 1, id: "call_own_2", name: "g" },
    ]);
    expect(
      streamed(
        { delta: { function_call: { name: "old", arguments: "" } } },
        { delta: { function_call: { arguments: "{}" } } },
      ),
    ).toEqual([
      { type: "tool-call", choice, call: 0, id: "call_own_1", name: "old" },
      { type: "tool-arguments", choice, call: 0, text: "{}" },
    ]);
  });
});

describe("thoughts and chances", () => {
  test("pitfall 44 thoughts are read wherever a server puts them, once, and never written into the text", () => {
    const details = [
      { type: "reasoning.text", text: "hm" },
      { type: "reasoning.encrypted", data: "x" },
    ];
    const thought: ChatEvent = { type: "reasoning", choice, text: "hm" };
    expect(whole({ reasoning_content: "hm" })).toEqual([thought]);
    expect(whole({ reasoning: "hm", reasoning_details: details })).toEqual([thought]);
    expect(whole({ reasoning_details: details })).toEqual([thought]);
    const token: ChatEvent = { type: "reasoning-token", choice, token: { kind: "signature", data: "SECRET" } };
    const body = decoder.decode(
      codec.encodeWhole([thought, token, { type: "text", choice, text: "a" }], sampleContext()),
    );
    expect(JSON.parse(body).choices[0].message).toEqual({
      role: "assistant",
      content: "a",
      refusal: null,
      reasoning_content: "hm",
    });
    expect(body).not.toContain("SECRET");
  });

  test("chances of tokens are read and written, streamed and whole", () => {
    const content = [
      { token: "é", logprob: -0.5, bytes: [195, 169], top_logprobs: [{ token: "e", logprob: -2, bytes: null }] },
    ];
    const expected: ChatEvent[] = [
      { type: "text", choice, text: "é" },
      {
        type: "logprobs",
        choice,
        tokens: [{ token: "é", logprob: -0.5, bytes: [195, 169], top: [{ token: "e", logprob: -2 }] }],
      },
    ];
    expect(streamed({ delta: { content: "é" }, logprobs: { content } })).toEqual(expected);
    expect(whole({ content: "é" }, { logprobs: { content } })).toEqual(expected);
    const body = JSON.parse(decoder.decode(codec.encodeWhole(expected, sampleContext())));
    expect(body.choices[0].logprobs).toEqual({ content, refusal: null });
  });

  test("content that only this protocol has is named", () => {
    expect(whole({ audio: { data: "AAAA" } })).toEqual([{ type: "opaque", what: "audio" }]);
    expect(whole({ tool_calls: [{ id: "c1", type: "hologram" }] })).toEqual([
      { type: "opaque", what: "tool call of type hologram" },
    ]);
  });
});

test("an answer keeps an id of OpenAI's kind; another provider's is not shown", () => {
  const idOf = (id: string): unknown => {
    const events: ChatEvent[] = [
      { type: "start", id },
      { type: "text", choice, text: "a" },
    ];
    const writer = codec.createWriter(sampleContext());
    const streamedId = /"id":"([^"]+)"/.exec(events.map((event) => decoder.decode(writer.event(event))).join(""))?.[1];
    expect(streamedId).toBe(JSON.parse(decoder.decode(codec.encodeWhole(events, sampleContext()))).id);
    return streamedId;
  };
  expect([idOf("chatcmpl-7"), idOf("msg_7"), idOf("resp_7")]).toEqual(["chatcmpl-7", "chatcmpl-own", "chatcmpl-own"]);
});
