import { describe, expect, test } from "bun:test";
import type { ChatEvent } from "#core/chat/event.ts";
import { GatewayError } from "#core/errors.ts";
import { decodeJsonBody } from "#core/wire/json-body.ts";
import { openAiChatCodec as codec } from "#core/wire/openai-chat/codec.ts";
import { sampleChat, sampleContext } from "#core/wire/openai-chat/samples.test-data.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const context = sampleContext({ createdSeconds: 5 });
const options = { keepUsage: true, requestId: "req_own" };

const request = sampleChat;

function refusedField(fields: object): unknown {
  try {
    request(fields);
  } catch (thrown) {
    if (thrown instanceof GatewayError && thrown.code === "invalid_request") return thrown.details["field"];
    throw thrown;
  }
  return "accepted";
}

const hi = [{ role: "user", content: "hi" }];

describe("decoding a request", () => {
  test("reads what the gateway needs", () => {
    const decoded = request({
      model: "gpt-4o",
      messages: [
        { role: "developer", content: "Be brief." },
        {
          role: "user",
          content: [
            { type: "text", text: "Look" },
            { type: "image_url", image_url: { url: "https://x/y.png" } },
          ],
        },
        {
          role: "assistant",
          content: null,
          tool_calls: [{ id: "c1", type: "function", function: { name: "f", arguments: "{}" } }],
        },
        { role: "tool", tool_call_id: "c1", content: "42" },
      ],
      tools: [{ type: "function", function: { name: "f", parameters: { type: "object" } } }, { type: "live_search" }],
      tool_choice: { type: "function", function: { name: "f" } },
      stream: true,
      stream_options: { include_usage: true },
      max_tokens: 5,
      max_completion_tokens: 7,
      stop: "END",
      n: 2,
      some_vendor_field: { x: 1 },
    });
    expect(decoded).toEqual({
      model: "gpt-4o",
      messages: [
        { role: "developer", parts: [{ type: "text", text: "Be brief." }] },
        {
          role: "user",
          parts: [
            { type: "text", text: "Look" },
            {
              type: "media",
              kind: "image",
              source: { type: "url", url: "https://x/y.png" },
              path: "messages[1].content[1]",
            },
          ],
        },
        {
          role: "assistant",
          parts: [{ type: "tool-call", id: "c1", name: "f", form: "function", argumentsText: "{}" }],
        },
        { role: "tool", parts: [{ type: "tool-result", callId: "c1", parts: [{ type: "text", text: "42" }] }] },
      ],
      tools: [
        { kind: "function", name: "f", parameters: { type: "object" } },
        { kind: "hosted", type: "live_search", path: "tools[1]" },
      ],
      toolChoice: { type: "tool", name: "f" },
      stream: true,
      streamUsage: true,
      maxOutputTokens: 7,
      stop: ["END"],
      choices: 2,
      asked: new Map([
        ["image_url", "messages[1].content[1]"],
        ["hosted_tools", "tools[1]"],
        ["tools", "tools"],
        ["choices", "n"],
        ["tool_choice", "tool_choice"],
        ["max_output_tokens", "max_completion_tokens"],
        ["stop", "stop"],
      ]),
      unknownFields: ["some_vendor_field"],
    });
  });

  test("nulls mean absent, and unstreamed calls always show usage", () => {
    const decoded = request({
      model: "m",
      messages: hi,
      stream: null,
      n: null,
      stop: null,
      tools: null,
      stream_options: null,
    });
    expect(decoded).toMatchObject({ stream: false, streamUsage: true, choices: 1, stop: [], tools: [] });
    expect(request({ model: "m", messages: hi, stream: true }).streamUsage).toBe(false);
  });

  test("names the field that it refuses", () => {
    const rows: [object, string][] = [
      [{ messages: hi }, "model"],
      [{ model: 4, messages: hi }, "model"],
      [{ model: "m" }, "messages"],
      [{ model: "m", messages: [] }, "messages"],
      [{ model: "m", messages: ["hi"] }, "messages[0]"],
      [{ model: "m", messages: [...hi, { content: "x" }] }, "messages[1].role"],
      [{ model: "m", messages: [{ role: "user", content: 4 }] }, "messages[0].content"],
      [{ model: "m", messages: [{ role: "user", content: [{ type: "text" }] }] }, "messages[0].content[0].text"],
      [{ model: "m", messages: hi, stream: "yes" }, "stream"],
      [{ model: "m", messages: hi, stream_options: { include_usage: 1 } }, "stream_options.include_usage"],
      [{ model: "m", messages: hi, n: 0 }, "n"],
      [{ model: "m", messages: hi, max_tokens: 1.5 }, "max_tokens"],
      [{ model: "m", messages: hi, stop: [1] }, "stop"],
      [{ model: "m", messages: hi, tools: {} }, "tools"],
    ];
    for (const [fields, field] of rows) expect([fields, refusedField(fields)]).toEqual([fields, field]);
  });

  test("F7 a token limit that is no finite integer is refused, not altered", () => {
    const body = decodeJsonBody(encoder.encode('{"model":"m","messages":[{"role":"user"}],"max_tokens":1e400}'));
    expect(() => codec.decodeRequest(body, {})).toThrow("max_tokens");
  });
});

describe("whole answers", () => {
  test("pitfall 65 a body is written as OpenAI writes it, input with its cached part", () => {
    const body = codec.encodeWhole(
      [
        { type: "start" },
        { type: "tool-call", choice: 0, call: 0, id: "c1", name: "f" },
        { type: "tool-arguments", choice: 0, call: 0, text: "{}" },
        { type: "finish", choice: 0, reason: "tool_calls", raw: "tool_use" },
        { type: "usage", usage: { inputTokens: 4, cachedTokens: 1, outputTokens: 2, reasoningTokens: 0 } },
        { type: "end" },
      ],
      context,
    );
    expect(JSON.parse(decoder.decode(body))).toEqual({
      id: "chatcmpl-own",
      object: "chat.completion",
      created: 5,
      model: "gpt-4o",
      choices: [
        {
          index: 0,
          message: {
            role: "assistant",
            content: null,
            refusal: null,
            tool_calls: [{ id: "c1", type: "function", function: { name: "f", arguments: "{}" } }],
          },
          logprobs: null,
          finish_reason: "tool_calls",
        },
      ],
      usage: {
        prompt_tokens: 4,
        completion_tokens: 2,
        total_tokens: 6,
        prompt_tokens_details: { cached_tokens: 1 },
        completion_tokens_details: { reasoning_tokens: 0 },
      },
      system_fingerprint: null,
    });
  });

  test("F36 F37 F38 a login page, a cut body and an answer without choices are bad responses, an error object is that error", () => {
    const code = (text: string) => {
      try {
        codec.decodeWhole(encoder.encode(text), options);
      } catch (thrown) {
        return thrown instanceof GatewayError ? thrown.code : thrown;
      }
      return "accepted";
    };
    expect(code("<html>sign in</html>")).toBe("upstream_bad_response");
    expect(code('{"id":"x","choices":[{"index":0,"mess')).toBe("upstream_bad_response");
    expect(code('{"id":"x","choices":[]}')).toBe("upstream_bad_response");
    expect(code("[]")).toBe("upstream_bad_response");
    expect(code('{"error":{"message":"no","type":"invalid_request_error","code":"context_length_exceeded"}}')).toBe(
      "context_length_exceeded",
    );
    expect(code('{"error":{"message":"no","type":"invalid_request_error","code":"invalid_api_key"}}')).toBe(
      "upstream_auth",
    );
    expect(code('{"object":"error","message":"gone","code":404}')).toBe("upstream_rejected");
    expect(code('{"error":"model failed to load"}')).toBe("upstream_error");
  });
});

test("pitfall 70: a refusal without words is no empty answer, whole or streamed", () => {
  const refusal = "The model refused to answer.";
  const finish: ChatEvent = { type: "finish", choice: 0, reason: "refusal", raw: "refusal" };
  const whole = JSON.parse(decoder.decode(codec.encodeWhole([finish, { type: "end" }], context)));
  expect(whole.choices[0]).toMatchObject({ message: { content: null, refusal }, finish_reason: "content_filter" });
  const streamed = decoder.decode(codec.createWriter(context).event(finish));
  expect(streamed).toContain(JSON.stringify({ refusal }));
  expect(streamed).toContain('"finish_reason":"content_filter"');
});

test("a reason that chat has no word for is a stop, so that typed clients can read it", () => {
  const events: ChatEvent[] = [
    { type: "text", choice: 0, text: "a" },
    { type: "finish", choice: 0, reason: "other", raw: "LANGUAGE" },
  ];
  expect(JSON.parse(decoder.decode(codec.encodeWhole(events, sampleContext()))).choices[0].finish_reason).toBe("stop");
  const writer = codec.createWriter(sampleContext());
  const streamed = events.map((event) => decoder.decode(writer.event(event))).join("");
  expect(streamed).toContain('"finish_reason":"stop"');
});
