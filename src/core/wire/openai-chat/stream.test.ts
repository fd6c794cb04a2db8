import { describe, expect, test } from "bun:test";
import type { ChatEvent } from "#core/chat/event.ts";
import { GatewayError } from "#core/errors.ts";
import { joinBytes } from "#core/wire/join-bytes.ts";
import { openAiChatCodec as codec } from "#core/wire/openai-chat/codec.ts";
import { sampleContext } from "#core/wire/openai-chat/samples.test-data.ts";
import type { ReplyPiece } from "#core/wire/reply-piece.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

const context = sampleContext();

function decodePieces(chunks: readonly Uint8Array[], keepUsage = true): ReplyPiece[] {
  const stream = codec.createDecoder({ keepUsage, requestId: "req_own" });
  return [...chunks.flatMap((chunk) => stream.push(chunk)), ...stream.end()];
}

const decode = (text: string, keepUsage = true) => decodePieces([encoder.encode(text)], keepUsage);
const eventsOf = (pieces: readonly ReplyPiece[]) => pieces.flatMap((piece) => piece.events);
const bytesOf = (pieces: readonly ReplyPiece[]) =>
  decoder.decode(joinBytes(pieces.map((piece) => piece.raw ?? new Uint8Array())));

const frame = (chunk: unknown) => `data: ${JSON.stringify(chunk)}\n\n`;
const chunk = (delta: unknown, finish: string | null = null, more: object = {}) =>
  frame({
    id: "chatcmpl-1",
    object: "chat.completion.chunk",
    created: 1_790_000_001,
    model: "gpt-4o-2024-08-06",
    choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }],
    ...more,
  });
const usage = (prompt: number, completion: number) => ({
  prompt_tokens: prompt,
  completion_tokens: completion,
  total_tokens: prompt + completion,
});
const usageChunk = (counts: unknown) =>
  frame({ id: "chatcmpl-1", model: "gpt-4o-2024-08-06", created: 1_790_000_001, choices: [], usage: counts });
const done = "data: [DONE]\n\n";

const hello =
  chunk({ role: "assistant", content: "", refusal: null }, null, { usage: null }) +
  chunk({ content: "Hé" }, null, { usage: null }) +
  chunk({ content: "llo" }, null, { usage: null }) +
  chunk({}, "stop", { usage: null }) +
  usageChunk({
    ...usage(9, 2),
    prompt_tokens_details: { cached_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: 0 },
  }) +
  done;

describe("decoding a stream", () => {
  test("gives start, text, finish, usage and end", () => {
    expect(eventsOf(decode(hello))).toEqual([
      { type: "start", id: "chatcmpl-1", model: "gpt-4o-2024-08-06", createdSeconds: 1_790_000_001 },
      { type: "text", choice: 0, text: "Hé" },
      { type: "text", choice: 0, text: "llo" },
      { type: "finish", choice: 0, reason: "stop", raw: "stop" },
      { type: "usage", usage: { inputTokens: 9, cachedTokens: 0, outputTokens: 2, reasoningTokens: 0 } },
      { type: "end" },
    ]);
  });

  test("frames that came together travel as one piece without a copy", () => {
    const bytes = encoder.encode(hello);
    const pieces = decodePieces([bytes]);
    expect(pieces).toHaveLength(1);
    expect(pieces[0]?.raw?.buffer).toBe(bytes.buffer);
    expect(bytesOf(pieces)).toBe(hello);
  });

  test("pitfall 55 a caller who did not ask for usage does not see its chunk, everything else stays byte for byte", () => {
    const pieces = decode(hello, false);
    expect(bytesOf(pieces)).toBe(hello.replace(/data: \{[^\n]*"choices":\[\],"usage":[^\n]*\n\n/, ""));
    expect(bytesOf(pieces)).toContain('"usage":null');
    expect(eventsOf(pieces)).toEqual(eventsOf(decode(hello)));
  });

  test("T-20 usage is counted once, in whichever chunk it stands, and stays where there are choices", () => {
    const text = chunk({ content: "a" }) + chunk({}, "stop", { usage: usage(5, 1) }) + usageChunk(usage(5, 1)) + done;
    const pieces = decode(text, false);
    expect(eventsOf(pieces).filter((event) => event.type === "usage")).toEqual([
      { type: "usage", usage: { inputTokens: 5, outputTokens: 1 } },
    ]);
    expect(bytesOf(pieces)).toContain('"finish_reason":"stop"}],"usage":{');
    expect(bytesOf(pieces)).not.toContain('"choices":[]');
  });

  test("T-21 F48 a zero stays zero, unbelievable counts are left out, missing usage stays missing", () => {
    const counted = (counts: unknown) =>
      eventsOf(decode(chunk({}, "stop") + usageChunk(counts) + done)).find((event) => event.type === "usage");
    expect(counted(usage(0, 0))).toEqual({ type: "usage", usage: { inputTokens: 0, outputTokens: 0 } });
    expect(counted({ prompt_tokens: -3, completion_tokens: 4 })).toEqual({ type: "usage", usage: { outputTokens: 4 } });
    expect(counted({ prompt_tokens: 1e12, completion_tokens: 1.5 })).toBeUndefined();
    expect(counted(null)).toBeUndefined();
    expect(counted({ ...usage(9, 2), prompt_tokens_details: { cached_tokens: 10 } })).toEqual({
      type: "usage",
      usage: { inputTokens: 9, outputTokens: 2 },
    });
  });

  test("pitfall 65 reasoning counted beside the output is added to it", () => {
    const counts = {
      prompt_tokens: 10,
      completion_tokens: 5,
      total_tokens: 35,
      completion_tokens_details: { reasoning_tokens: 20 },
    };
    expect(eventsOf(decode(chunk({}, "stop") + usageChunk(counts) + done))).toContainEqual({
      type: "usage",
      usage: { inputTokens: 10, outputTokens: 25, reasoningTokens: 20 },
    });
  });

  test("pitfall 50 51 52 calls are numbered from 0 whatever the provider numbers, and end the turn in calls", () => {
    const call = (index: number | undefined, id: string | undefined, name: string | undefined, args: string) =>
      chunk({ tool_calls: [{ index, id, type: "function", function: { name, arguments: args } }] });
    const text =
      call(1, "c1", "first", "") +
      call(2, "c2", "second", '{"b"') +
      call(1, undefined, undefined, "{}") +
      call(2, undefined, undefined, ":1}") +
      call(2, "c3", "third", "{}") +
      chunk({}, "stop") +
      done;
    expect(eventsOf(decode(text)).slice(1, -1)).toEqual([
      { type: "tool-call", choice: 0, call: 0, id: "c1", name: "first" },
      { type: "tool-call", choice: 0, call: 1, id: "c2", name: "second" },
      { type: "tool-arguments", choice: 0, call: 1, text: '{"b"' },
      { type: "tool-arguments", choice: 0, call: 0, text: "{}" },
      { type: "tool-arguments", choice: 0, call: 1, text: ":1}" },
      { type: "tool-call", choice: 0, call: 2, id: "c3", name: "third" },
      { type: "tool-arguments", choice: 0, call: 2, text: "{}" },
      { type: "finish", choice: 0, reason: "tool_calls", raw: "stop" },
    ]);
  });

  test("content of an unknown kind is content, empty fields are not", () => {
    const kinds = (delta: unknown) =>
      eventsOf(decode(chunk(delta) + chunk({}, "stop") + done)).map((event) => event.type);
    expect(kinds({ audio: { data: "AAAA" } })).toContain("opaque");
    expect(kinds({ content: [{ type: "thinking" }] })).toContain("opaque");
    expect(kinds({ role: "assistant", content: "", annotations: [], audio: null })).toEqual(["start", "finish", "end"]);
  });

  test("F38 an error frame becomes an error event after what came before it, and nothing follows", () => {
    const text =
      chunk({ content: "a" }) + frame({ error: { message: "Slow down", code: 429 } }) + chunk({ content: "b" });
    const pieces = decode(text);
    expect(bytesOf(pieces)).toBe(chunk({ content: "a" }));
    const last = eventsOf(pieces).at(-1);
    expect(last?.type === "error" ? last.error.code : undefined).toBe("upstream_rate_limited");
    const named = eventsOf(decode('event: error\ndata: {"message":"no","type":"overloaded_error"}\n\n')).at(-1);
    expect(named?.type === "error" ? named.error.code : undefined).toBe("upstream_overloaded");
  });

  test("a frame that is not JSON is a bad response", () => {
    const last = eventsOf(decode(`${chunk({ content: "a" })}data: <html>\n\n${done}`)).at(-1);
    expect(last?.type === "error" ? last.error.code : undefined).toBe("upstream_bad_response");
  });

  test("pitfall 57 F35 a stream that stops early is truncated, one that finished without its mark has ended", () => {
    const cut = [chunk({ content: "a" }), "", `${chunk({}, "stop")}data: {"cho`, chunk({}, "stop").trimEnd()];
    for (const text of cut) expect(() => decode(text)).toThrow("stopped before its end");
    const unmarked = decode(chunk({ content: "a" }) + chunk({}, "stop"));
    expect(eventsOf(unmarked).at(-1)).toEqual({ type: "end" });
    expect(bytesOf(unmarked)).toEndWith(done);
    expect(eventsOf(decode(`${chunk({}, "stop")}data: [DONE]`)).at(-1)).toEqual({ type: "end" });
  });

  test("a choice that ends without a reason has stopped, in calls where it made some; its bytes pass unchanged", () => {
    const called = { tool_calls: [{ index: 0, id: "c", type: "function", function: { name: "f", arguments: "{}" } }] };
    for (const [delta, reason] of [
      [{ content: "a" }, "stop"],
      [{ refusal: "No." }, "refusal"],
      [called, "tool_calls"],
    ] as const) {
      const pieces = decode(chunk(delta) + done);
      expect(eventsOf(pieces).slice(-2)).toEqual([{ type: "finish", choice: 0, reason, raw: "" }, { type: "end" }]);
      expect(bytesOf(pieces)).toBe(chunk(delta) + done);
    }
  });

  test("pitfall 57 an end without any answer before it is no answer", () => {
    for (const text of [done, usageChunk(usage(9, 0)) + done]) {
      const pieces = decode(text);
      const last = eventsOf(pieces).at(-1);
      expect(last?.type === "error" ? last.error.code : undefined).toBe("upstream_bad_response");
      expect(bytesOf(pieces)).not.toContain("[DONE]");
    }
    expect(() => decode("data: [DONE]")).toThrow("without any answer");
  });

  test("nothing after the end is read or forwarded", () => {
    expect(bytesOf(decode(hello + chunk({ content: "late" })))).toBe(hello);
  });

  test("comments are forwarded and mean nothing", () => {
    const pieces = decode(`: OPENROUTER PROCESSING\n\n${hello}`);
    expect(bytesOf(pieces)).toStartWith(": OPENROUTER");
    expect(eventsOf(pieces)).toEqual(eventsOf(decode(hello)));
  });

  test("pitfall 54 F39 cut at any byte, with any line ends, the same events and bytes come out", () => {
    for (const ends of ["\n", "\r\n"]) {
      const bytes = encoder.encode(hello.replaceAll("\n", ends));
      for (const keepUsage of [true, false]) {
        const uncut = decodePieces([bytes], keepUsage);
        for (let at = 0; at <= bytes.length; at += 1) {
          const pieces = decodePieces([bytes.slice(0, at), bytes.slice(at)], keepUsage);
          expect(eventsOf(pieces)).toEqual(eventsOf(uncut));
          expect(bytesOf(pieces)).toBe(bytesOf(uncut));
        }
      }
    }
  });
});

describe("encoding a stream", () => {
  const encode = (events: readonly ChatEvent[], streamUsage = true) => {
    const writer = codec.createWriter({ ...context, streamUsage });
    return decoder.decode(joinBytes(events.map((event) => writer.event(event))));
  };

  test("writes the chunks of a small answer as OpenAI does", () => {
    const events: ChatEvent[] = [
      { type: "start", id: "chatcmpl-1", createdSeconds: 7 },
      { type: "text", choice: 0, text: 'Say "hi"' },
      { type: "finish", choice: 0, reason: "stop", raw: "end_turn" },
      { type: "usage", usage: { inputTokens: 3, outputTokens: 1 } },
      { type: "end" },
    ];
    const head =
      '"id":"chatcmpl-1","object":"chat.completion.chunk","created":7,"model":"gpt-4o","system_fingerprint":null';
    expect(encode(events, false).split("\n\n")).toEqual([
      `data: {${head},"choices":[{"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}]}`,
      `data: {${head},"choices":[{"index":0,"delta":{"content":"Say \\"hi\\""},"logprobs":null,"finish_reason":null}]}`,
      `data: {${head},"choices":[{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}]}`,
      "data: [DONE]",
      "",
    ]);
    expect(encode(events)).toContain('"finish_reason":"stop"}],"usage":null}\n\n');
    expect(encode(events)).toEndWith(
      `data: {${head},"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":1,"total_tokens":4}}\n\ndata: [DONE]\n\n`,
    );
  });

  test("pitfall 51 a call without arguments has an empty object for the caller to parse, unless it was cut", () => {
    const call: ChatEvent = { type: "tool-call", choice: 0, call: 0, id: "c", name: "f" };
    const finish = (reason: "tool_calls" | "length"): ChatEvent => ({ type: "finish", choice: 0, reason, raw: "" });
    const told = (reason: "tool_calls" | "length") => {
      const events = eventsOf(decode(encode([call, finish(reason), { type: "end" }])));
      const body = decoder.decode(codec.encodeWhole([call, finish(reason), { type: "end" }], context));
      const texts = events.map((event) => (event.type === "tool-arguments" ? event.text : ""));
      return [texts.join(""), JSON.parse(body).choices[0].message.tool_calls[0].function.arguments];
    };
    expect(told("tool_calls")).toEqual(["{}", "{}"]);
    expect(told("length")).toEqual(["", ""]);
  });

  test("pitfall 57 an error event is an error frame, and not a clean end", () => {
    const text = encode([{ type: "error", error: new GatewayError("upstream_error", "The provider failed.") }]);
    expect(text).toBe(
      'data: {"error":{"message":"The provider failed.","type":"upstream_error","param":null,"code":"upstream_error"}}\n\n',
    );
  });
});
