import { expect, test } from "bun:test";
import { geminiCountTokensCodec as codec } from "#core/wire/gemini-count-tokens/codec.ts";
import {
  body,
  contextOf,
  json,
  options,
  refusalOf,
  targetOf,
  text,
} from "#core/wire/gemini-generate/gemini.test-data.ts";

const contents = [{ role: "user", parts: [{ text: "hi" }] }];
const system = { parts: [{ text: "s" }] };
const counted = (value: unknown) => codec.decodeRequest(body(value), { model: "m" });

test("a conversation is counted, alone or inside a whole request", () => {
  const messages = [{ role: "user", parts: [{ type: "text", text: "hi" }] }];
  expect(counted({ contents })).toMatchObject({ operation: "count", chat: { model: "m", messages } });
  expect(
    counted({ generate_content_request: { model: "models/m", contents, system_instruction: system } }),
  ).toMatchObject({
    operation: "count",
    chat: { messages: [{ role: "system" }, ...messages], unknownFields: [] },
  });
  expect(refusalOf(() => counted({})).details["field"]).toBe("contents");
});

test("T-05 what counts is sent whole, in the form that takes system text and tools", () => {
  const { target } = targetOf();
  const sent = JSON.parse(text(codec.encodeRequest(counted({ contents, systemInstruction: system }), target)));
  expect(sent).toEqual({
    generateContentRequest: { model: "models/gemini-2.5-flash", systemInstruction: system, contents },
  });
});

test("a count is read and written", () => {
  const events = codec.decodeWhole(json({ totalTokens: 31, promptTokensDetails: [] }), options);
  expect(events).toEqual([{ type: "usage", usage: { inputTokens: 31 } }, { type: "end" }]);
  expect(text(codec.encodeWhole(events, contextOf()))).toBe('{"totalTokens":31}');
  const writer = codec.createWriter(contextOf());
  expect(events.map((event) => text(writer.event(event))).join("")).toBe('{"totalTokens":31}');
});

test("no count is a bad response, an error is what it says", () => {
  for (const wrong of [{}, { totalTokens: -1 }, []]) {
    expect(refusalOf(() => codec.decodeWhole(json(wrong), options)).code).toBe("upstream_bad_response");
  }
  const error = { error: { code: 503, message: "Busy.", status: "UNAVAILABLE" } };
  expect(refusalOf(() => codec.decodeWhole(json(error), options)).code).toBe("upstream_overloaded");
  expect(refusalOf(() => codec.encodeWhole([{ type: "end" }], contextOf())).code).toBe("upstream_bad_response");
});
