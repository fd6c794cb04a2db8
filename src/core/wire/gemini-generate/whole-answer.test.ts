import { describe, expect, test } from "bun:test";
import { foldAnswer } from "#core/chat/fold.ts";
import { geminiGenerateCodec as codec } from "#core/wire/gemini-generate/codec.ts";
import {
  bytes,
  candidate,
  contextOf,
  decodeStream,
  frames,
  json,
  options,
  refusalOf,
  text,
} from "#core/wire/gemini-generate/gemini.test-data.ts";

const stop = { finishReason: "STOP" };
const whole = (value: unknown) => codec.decodeWhole(json(value), options);
const answered = (value: unknown) => foldAnswer(whole(value));
const usageOf = (usageMetadata: object) =>
  answered({ ...(candidate([{ text: "a" }], stop) as object), usageMetadata }).usage;
const token = (data: string) => ({ type: "reasoning-token", choice: 0, token: { kind: "thought", data } }) as const;

describe("a Gemini answer", () => {
  test("has its identity, content, end and usage", () => {
    const value = {
      ...(candidate([{ text: "T", thought: true }, { text: "a" }], { finishReason: "MAX_TOKENS" }) as object),
      usageMetadata: { promptTokenCount: 3, candidatesTokenCount: 1, thoughtsTokenCount: 2, totalTokenCount: 6 },
      modelVersion: "gemini-2.5-flash",
      responseId: "r1",
      createTime: "2026-08-19T14:34:21.877166Z",
    };
    expect(whole(value)).toEqual([
      { type: "start", id: "r1", model: "gemini-2.5-flash", createdSeconds: 1_787_150_061 },
      { type: "usage", usage: { inputTokens: 3, outputTokens: 3, reasoningTokens: 2 } },
      { type: "reasoning", choice: 0, text: "T" },
      { type: "text", choice: 0, text: "a" },
      { type: "finish", choice: 0, reason: "length", raw: "MAX_TOKENS" },
      { type: "end" },
    ]);
  });

  test("pitfall 50: ends in calls when it holds one, although Gemini says STOP", () => {
    const events = whole(
      candidate([{ functionCall: { name: "f", args: { a: 1 } } }, { functionCall: { id: "x", name: "g" } }], stop),
    );
    expect(events.slice(1)).toEqual([
      { type: "tool-call", choice: 0, call: 0, id: "call_abc_0", name: "f" },
      { type: "tool-arguments", choice: 0, call: 0, text: '{"a":1}' },
      { type: "tool-call", choice: 0, call: 1, id: "x", name: "g" },
      { type: "tool-arguments", choice: 0, call: 1, text: "{}" },
      { type: "finish", choice: 0, reason: "tool_calls", raw: "STOP" },
      { type: "end" },
    ]);
  });

  test("pitfall 41: a signature comes before the call that it is on, and behind the text", () => {
    const first = { functionCall: { id: "1", name: "f" }, thoughtSignature: "s" };
    const calls = [first, { functionCall: { id: "2", name: "g" } }];
    expect(whole(candidate(calls, stop)).map(({ type }) => type)).toEqual([
      "start",
      "reasoning-token",
      "tool-call",
      "tool-arguments",
      "tool-call",
      "tool-arguments",
      "finish",
      "end",
    ]);
    expect(whole(candidate([{ text: "a", thoughtSignature: "s" }])).slice(1, 3)).toEqual([
      { type: "text", choice: 0, text: "a" },
      token("s"),
    ]);
    expect(whole(candidate([{ text: "", thoughtSignature: "s" }])).slice(1, 2)).toEqual([token("s")]);
  });

  test("an answer that does not say why it ended has stopped, in calls where it made some", () => {
    const endOf = (part: object) => whole(candidate([part])).find(({ type }) => type === "finish");
    expect(endOf({ text: "a" })).toEqual({ type: "finish", choice: 0, reason: "stop", raw: "" });
    expect(endOf({ functionCall: { name: "f" } })).toMatchObject({ reason: "tool_calls" });
  });

  test("pitfall 67, T-21: what tools brought in is input, thoughts are output, zeros that are left out follow from the total", () => {
    expect(
      usageOf({
        promptTokenCount: 10,
        toolUsePromptTokenCount: 73,
        candidatesTokenCount: 30,
        thoughtsTokenCount: 109,
        cachedContentTokenCount: 4,
        totalTokenCount: 222,
      }),
    ).toEqual({ inputTokens: 83, cachedTokens: 4, outputTokens: 139, reasoningTokens: 109 });
    expect(usageOf({ promptTokenCount: 9, thoughtsTokenCount: 5, totalTokenCount: 14 })).toEqual({
      inputTokens: 9,
      outputTokens: 5,
      reasoningTokens: 5,
    });
    expect(usageOf({ promptTokenCount: 9 })).toEqual({ inputTokens: 9 });
    expect(usageOf({ promptTokenCount: 0, candidatesTokenCount: 0 })).toEqual({ inputTokens: 0, outputTokens: 0 });
    expect(usageOf({ trafficType: "ON_DEMAND", promptTokenCount: -1 })).toBeUndefined();
  });

  test("pitfall 68: a prompt that was blocked is a refusal, not a failure", () => {
    const blocked = { promptFeedback: { blockReason: "PROHIBITED_CONTENT" }, usageMetadata: { promptTokenCount: 4 } };
    for (const events of [whole(blocked), decodeStream(frames(blocked))]) {
      expect(events.slice(1)).toEqual([
        { type: "usage", usage: { inputTokens: 4 } },
        { type: "refusal", choice: 0, text: "The prompt was blocked (PROHIBITED_CONTENT)." },
        { type: "finish", choice: 0, reason: "content_filter", raw: "PROHIBITED_CONTENT" },
        { type: "end" },
      ]);
    }
  });

  test("pitfall 69: a broken call without anything usable is the provider's failure, so that another may answer", () => {
    for (const finishReason of [
      "MALFORMED_FUNCTION_CALL",
      "UNEXPECTED_TOOL_CALL",
      "TOO_MANY_TOOL_CALLS",
      "MALFORMED_RESPONSE",
    ]) {
      const value = candidate([{ text: "hm", thought: true }], { finishReason });
      expect(refusalOf(() => whole(value)).code).toBe("upstream_bad_response");
      expect(decodeStream(frames(value)).at(-1)).toMatchObject({
        type: "error",
        error: { code: "upstream_bad_response" },
      });
    }
    expect(
      answered(candidate([{ text: "a" }], { finishReason: "MALFORMED_FUNCTION_CALL" })).choices[0]?.finish?.reason,
    ).toBe("error");
  });

  test("is refused for every reason that Google has for it", () => {
    for (const finishReason of ["SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "IMAGE_SAFETY"]) {
      expect(answered(candidate([], { finishReason })).choices[0]?.finish).toEqual({
        reason: "content_filter",
        raw: finishReason,
      });
    }
    expect(answered(candidate([], { finishReason: "LANGUAGE" })).choices[0]?.finish?.reason).toBe("other");
    expect(answered(candidate([], { finishReason: "CONTINUATION" })).choices[0]?.finish?.reason).toBe("paused");
  });

  test("may hold several choices, and calls of all have ids of their own", () => {
    const parts = [{ functionCall: { name: "f" } }];
    const events = whole({
      candidates: [
        { content: { parts }, index: 1, ...stop },
        { content: { parts }, index: 0, ...stop },
      ],
    });
    expect(events.flatMap((event) => (event.type === "tool-call" ? [[event.choice, event.id]] : []))).toEqual([
      [1, "call_abc_0"],
      [0, "call_abc_1"],
    ]);
  });

  test("names what only bytes can carry", () => {
    const parts = [
      { executableCode: { code: "1" }, thoughtSignature: "s" },
      { codeExecutionResult: { output: "1" } },
      { inlineData: { mimeType: "image/png", data: "" } },
    ];
    expect(whole(candidate(parts)).flatMap((event) => (event.type === "opaque" ? [event.what] : []))).toEqual([
      "executableCode",
      "codeExecutionResult",
      "inlineData",
    ]);
  });

  test("tells how likely its tokens were", () => {
    const logprobsResult = {
      chosenCandidates: [{ token: "a", logProbability: -0.5 }, { token: "b" }],
      topCandidates: [
        {
          candidates: [
            { token: "a", logProbability: -0.5 },
            { token: "x", logProbability: -2 },
          ],
        },
        { candidates: [] },
      ],
    };
    const tokens = [
      {
        token: "a",
        logprob: -0.5,
        top: [
          { token: "a", logprob: -0.5 },
          { token: "x", logprob: -2 },
        ],
      },
      { token: "b", logprob: 0, top: [] },
    ];
    const events = whole(candidate([{ text: "ab" }], { ...stop, logprobsResult }));
    expect(events).toContainEqual({ type: "logprobs", choice: 0, tokens });
    expect(whole(JSON.parse(text(codec.encodeWhole(events, contextOf()))))).toContainEqual({
      type: "logprobs",
      choice: 0,
      tokens,
    });
  });

  test("that is cut, no JSON or no answer is a bad response", () => {
    for (const wrong of ["<html>", "", "[]", "{}", '{"candidates":[]}', '{"candidates":', "[1]", "null"]) {
      expect(refusalOf(() => codec.decodeWhole(bytes(wrong), options)).code).toBe("upstream_bad_response");
    }
  });

  test("may be a list of frames", () => {
    const list = [candidate([{ text: "a" }]), candidate([{ text: "b" }], stop)];
    expect(answered(list).choices[0]?.blocks).toMatchObject([{ type: "text", text: "ab" }]);
  });

  test("that is an error is thrown, with what it says", () => {
    const error = { error: { code: 503, message: "The model is overloaded.", status: "UNAVAILABLE" } };
    for (const value of [error, [error]]) expect(refusalOf(() => whole(value)).code).toBe("upstream_overloaded");
  });
});

describe("arguments in pieces, as Vertex streams them", () => {
  const piece = (functionCall: object, more: object = {}) => candidate([{ functionCall, ...more }]);
  const argument = (jsonPath: string, more: object) => ({ partialArgs: [{ jsonPath, ...more }], willContinue: true });
  const callsOf = (...values: readonly unknown[]) =>
    foldAnswer(decodeStream(frames(...values))).choices[0]?.blocks.flatMap((block) =>
      block.type === "tool-call" ? [[block.name, JSON.parse(block.argumentsText)]] : [],
    );

  test("become whole", () => {
    expect(
      callsOf(
        piece({ name: "f", willContinue: true }, { thoughtSignature: "s" }),
        piece(argument("$.a[0].b", { stringValue: "Bos", willContinue: true })),
        piece(argument("$.a[0].b", { stringValue: "ton" })),
        piece(argument("$.a[1]['c d']", { numberValue: 0.5 })),
        piece(argument("$.n", { nullValue: "NULL_VALUE" })),
        piece(argument("$.t", { boolValue: true })),
        piece({}),
        piece({ name: "g", willContinue: true }),
        piece(argument("$.a", { stringValue: "x", willContinue: true })),
        piece({ partialArgs: [{ jsonPath: "$.a", stringValue: "" }] }),
        candidate([{ text: "" }], stop),
      ),
    ).toEqual([
      ["f", { a: [{ b: "Boston" }, { "c d": 0.5 }], n: null, t: true }],
      ["g", { a: "x" }],
    ]);
  });

  test("end with the next call, with text or with the answer", () => {
    const open = (name: string) => piece({ name, ...argument("$.a", { numberValue: 1 }) });
    expect(callsOf(open("f"), open("g"), candidate([{ text: "so" }]), open("h"), candidate([], stop))).toEqual([
      ["f", { a: 1 }],
      ["g", { a: 1 }],
      ["h", { a: 1 }],
    ]);
  });

  test("cannot reach prototypes, nor fill memory by an index", () => {
    const wild = [
      "$.__proto__.polluted",
      "$.constructor.prototype.polluted",
      "$.a[999999999]",
      "$.",
      "a",
      "$[",
      "$.a[",
    ];
    const calls = callsOf(
      piece({ name: "f", willContinue: true }),
      ...wild.map((path) => piece(argument(path, { numberValue: 1 }))),
      candidate([], stop),
    );
    expect("polluted" in {}).toBe(false);
    expect(JSON.stringify(calls).length).toBeLessThan(200);
  });
});
