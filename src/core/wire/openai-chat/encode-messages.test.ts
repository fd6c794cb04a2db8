import { describe, expect, test } from "bun:test";
import type { ChatRequest, Message, Part } from "#core/chat/request.ts";
import { GatewayError } from "#core/errors.ts";
import { plainDialect } from "#core/wire/dialect.ts";
import { encodeSample, plainFacts, sampleChat, thinkingFacts } from "#core/wire/openai-chat/samples.test-data.ts";

const base = sampleChat({ model: "m", messages: [{ role: "user", content: "hi" }] });
const chatOf = (messages: readonly Message[]): ChatRequest => ({ ...base, messages });
const text = (words: string): Part => ({ type: "text", text: words });
const user = (...parts: readonly Part[]): Message => ({ role: "user", parts });
const system = (words: string): Message => ({ role: "system", parts: [text(words)] });
const call = (id: string): Part => ({ type: "tool-call", id, name: "f", form: "function", argumentsText: "{}" });
const picture: Part = {
  type: "media",
  kind: "image",
  source: { type: "data", mimeType: "image/png", base64: "AAAA" },
  path: "messages[0].content[0]",
};
const url = "data:image/png;base64,AAAA";

function messagesOf(messages: readonly Message[], ...more: [typeof plainFacts?, typeof plainDialect?]): unknown {
  return encodeSample(chatOf(messages), ...more).body["messages"];
}

describe("system messages", () => {
  test("those at the beginning are one, under the role that model and server know", () => {
    const messages = [system("a"), { role: "developer", parts: [text("b"), text("c")] } as const, user(text("hi"))];
    const rest = { role: "user", content: "hi" };
    expect(messagesOf(messages)).toEqual([{ role: "system", content: "a\n\nb\n\nc" }, rest]);
    expect(messagesOf(messages, thinkingFacts)).toEqual([{ role: "developer", content: "a\n\nb\n\nc" }, rest]);
    expect(messagesOf(messages, thinkingFacts, plainDialect)).toEqual([
      { role: "system", content: "a\n\nb\n\nc" },
      rest,
    ]);
  });

  test("pitfall 9 one in the middle of the conversation stays where it was", () => {
    expect(messagesOf([system("a"), user(text("hi")), system("now"), user(text("go"))])).toEqual([
      { role: "system", content: "a" },
      { role: "user", content: "hi" },
      { role: "system", content: "now" },
      { role: "user", content: "go" },
    ]);
  });

  test("what one shows beside its text follows as the user's", () => {
    expect(messagesOf([{ role: "system", parts: [text("a"), picture] }])).toEqual([
      { role: "system", content: "a" },
      { role: "user", content: [{ type: "image_url", image_url: { url } }] },
    ]);
  });
});

describe("assistant messages", () => {
  test("an empty text behind a call says nothing, and makes no white space", () => {
    const turn = (...parts: readonly Part[]): readonly Message[] => [{ role: "assistant", parts }];
    const tool_calls = [{ id: "a", type: "function", function: { name: "f", arguments: "{}" } }];
    const one = { role: "assistant", tool_calls };
    expect(messagesOf(turn(text("x"), call("a"), text("")))).toEqual([{ ...one, content: "x" }]);
    expect(messagesOf(turn(call("a"), text("")))).toEqual([{ ...one, content: null }]);
    expect(messagesOf(turn(text("")))).toEqual([{ role: "assistant", content: "" }]);
  });

  test("texts are joined, calls stand behind them, and what stood around a call does not run together", () => {
    const parts = [text("a"), text("b"), call("c1"), text("c"), call("c2")];
    const calls = ["c1", "c2"].map((id) => ({ id, type: "function", function: { name: "f", arguments: "{}" } }));
    expect(messagesOf([{ role: "assistant", parts }])).toEqual([
      { role: "assistant", content: "ab\n\nc", tool_calls: calls },
    ]);
  });

  test("one with calls alone has null content, one with nothing empty content", () => {
    const empty = { ...call("c1"), argumentsText: "" } as Part;
    expect(messagesOf([{ role: "assistant", parts: [empty] }])).toEqual([
      {
        role: "assistant",
        content: null,
        tool_calls: [{ id: "c1", type: "function", function: { name: "f", arguments: "{}" } }],
      },
    ]);
    expect(messagesOf([{ role: "assistant", parts: [] }])).toEqual([{ role: "assistant", content: "" }]);
  });

  test("pitfall 7 thoughts go back only to a server that wants them, their tokens to none", () => {
    const parts: Part[] = [
      { type: "reasoning", text: "hm", token: { kind: "signature", data: "SECRET" } },
      text("yes"),
    ];
    const history = [{ role: "assistant", parts } as const];
    expect(messagesOf(history)).toEqual([{ role: "assistant", content: "yes" }]);
    const wanting = { ...plainDialect, reasoningField: "reasoning_content" } as const;
    expect(messagesOf(history, plainFacts, wanting)).toEqual([
      { role: "assistant", content: "yes", reasoning_content: "hm" },
    ]);
    expect(encodeSample(chatOf(history), plainFacts, wanting).text).not.toContain("SECRET");
  });

  test("thoughts that nobody has are what the server wants in their place, beside calls alone", () => {
    const silent = { role: "assistant", parts: [call("c1")] } as const;
    const thinking = { role: "assistant", parts: [{ type: "reasoning", text: "hm" }, call("c2")] } as const;
    const history = [{ role: "assistant", parts: [text("yes")] } as const, silent, thinking];
    const wanting = { ...plainDialect, reasoningField: "reasoning_content" } as const;
    const calls = { role: "assistant", content: null, tool_calls: expect.anything() };
    const said = { role: "assistant", content: "yes" };
    const thought = { ...calls, reasoning_content: "hm" };
    expect(messagesOf(history, plainFacts, wanting)).toEqual([said, calls, thought]);
    expect(messagesOf(history, plainFacts, { ...wanting, reasoningStandIn: "" })).toEqual([
      said,
      { ...calls, reasoning_content: "" },
      thought,
    ]);
  });

  test("a refusal is one at OpenAI and text elsewhere", () => {
    const history = [{ role: "assistant", parts: [{ type: "refusal", text: "No." }] } as const];
    expect(messagesOf(history)).toEqual([{ role: "assistant", content: null, refusal: "No." }]);
    expect(messagesOf(history, plainFacts, plainDialect)).toEqual([{ role: "assistant", content: "No." }]);
  });

  test("a freeform call keeps its text", () => {
    const custom: Part = { type: "tool-call", id: "c1", name: "patch", form: "custom", argumentsText: '"\\\n' };
    expect(messagesOf([{ role: "assistant", parts: [custom] }])).toMatchObject([
      { tool_calls: [{ id: "c1", type: "custom", custom: { name: "patch", input: '"\\\n' } }] },
    ]);
  });
});

describe("results of tools", () => {
  const result = (callId: string, parts: readonly Part[], isError?: true): Part => ({
    type: "tool-result",
    callId,
    parts: parts.filter((part) => part.type === "text" || part.type === "media"),
    ...(isError === undefined ? {} : { isError }),
  });

  test("pitfall 11 T-19 parallel results are a message each; their pictures follow all of them, named by call", () => {
    const turn: Message = {
      role: "tool",
      parts: [result("c1", [text("one"), picture]), result("c2", [text("two")]), result("c3", [picture])],
    };
    expect(messagesOf([turn, user(text("go on"))])).toEqual([
      { role: "tool", tool_call_id: "c1", content: "one\n(image in the next message)" },
      { role: "tool", tool_call_id: "c2", content: "two" },
      { role: "tool", tool_call_id: "c3", content: "(image in the next message)" },
      {
        role: "user",
        content: [
          { type: "text", text: "Result of the call c1:" },
          { type: "image_url", image_url: { url } },
          { type: "text", text: "Result of the call c3:" },
          { type: "image_url", image_url: { url } },
        ],
      },
      { role: "user", content: "go on" },
    ]);
  });

  test("a failure says so, an empty result is empty", () => {
    expect(messagesOf([{ role: "tool", parts: [result("c1", [text("gone")], true), result("c2", [])] }])).toEqual([
      { role: "tool", tool_call_id: "c1", content: "Error: gone" },
      { role: "tool", tool_call_id: "c2", content: "" },
    ]);
  });
});

describe("media", () => {
  const media = (part: Partial<Extract<Part, { type: "media" }>>): Part => ({ ...picture, ...part }) as Part;
  const contentOf = (part: Part): unknown => encodeSample(chatOf([user(part)])).body["messages"];

  test("pictures, sounds and documents are parts, data as data: URLs", () => {
    const wav = media({ kind: "audio", source: { type: "data", mimeType: "audio/wav", base64: "AAAA" } });
    const pdf = media({ kind: "file", source: { type: "data", mimeType: "application/pdf", base64: "AAAA" } });
    const remote = media({ source: { type: "url", url: "https://x.example/a.png" }, detail: "low" });
    const part = (shown: unknown) => [{ role: "user", content: [shown] }];
    expect(contentOf(remote)).toEqual(
      part({ type: "image_url", image_url: { url: "https://x.example/a.png", detail: "low" } }),
    );
    expect(contentOf(wav)).toEqual(part({ type: "input_audio", input_audio: { data: "AAAA", format: "wav" } }));
    expect(contentOf(pdf)).toEqual(
      part({ type: "file", file: { filename: "document.pdf", file_data: "data:application/pdf;base64,AAAA" } }),
    );
  });

  test("a document that is text is said as text, one that is not is sent as it is", () => {
    const document = (base64: string): Part =>
      media({ kind: "file", filename: "a.md", source: { type: "data", mimeType: "text/markdown", base64 } });
    const text = { type: "text", text: "Document (a.md):\n# Hé" };
    expect(contentOf(document(new TextEncoder().encode("# Hé").toBase64()))).toEqual([
      { role: "user", content: [text] },
    ]);
    expect(JSON.stringify(contentOf(document("/w==")))).toContain("data:text/markdown;base64,/w==");
  });

  test("what the protocol has no form for is refused where the caller wrote it", () => {
    const data = { type: "data", mimeType: "audio/ogg", base64: "AAAA" } as const;
    for (const part of [
      media({ source: { type: "file", id: "file-1" } }),
      media({ kind: "audio", source: data }),
      media({ kind: "video", source: data }),
      media({ kind: "file", source: { type: "url", url: "https://x.example/a.pdf" } }),
    ]) {
      expect(() => contentOf(part)).toThrow(GatewayError);
      expect(() => contentOf(part)).toThrow("messages[0].content[0]");
    }
  });
});

describe("cache marks", () => {
  const marked = (words: string, ttl: "5m" | "1h"): Part => ({ type: "text", text: words, cache: { ttl } });

  test("pitfall 7 T-13 they become breakpoints for models that know them, the last four, and are named elsewhere", () => {
    const messages = [
      user(marked("a", "5m"), marked("b", "5m")),
      user(marked("c", "5m")),
      user(marked("d", "1h")),
      { role: "tool", parts: [{ type: "tool-result", callId: "c1", parts: [], cache: { ttl: "5m" } }] } as const,
      user(marked("e", "5m")),
    ];
    const known = encodeSample(chatOf(messages), { ...plainFacts, cacheBreakpoints: true });
    expect(known.text.match(/"prompt_cache_breakpoint":\{"mode":"explicit","ttl":"\w+"\}/g)).toHaveLength(4);
    expect(known.text).toContain('"text":"d","prompt_cache_breakpoint":{"mode":"explicit","ttl":"12h"}');
    expect(known.text).toContain('{"type":"text","text":"a"}');
    expect(known.notes).toEqual([]);
    const onCall = {
      type: "tool-call",
      id: "c",
      name: "f",
      form: "function",
      argumentsText: "",
      cache: { ttl: "5m" },
    } as const;
    const uncovered = chatOf([...messages, { role: "assistant", parts: [onCall] }]);
    expect(encodeSample(uncovered, { ...plainFacts, cacheBreakpoints: true }).notes).toEqual(["cache_marks"]);
    const unknown = encodeSample(chatOf(messages));
    expect([unknown.text.includes("cache"), unknown.notes]).toEqual([false, ["cache_marks"]]);
  });
});
