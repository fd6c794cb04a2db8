import { describe, expect, test } from "bun:test";
import type { Message, Part, ToolCallPart, ToolResultPart } from "#core/chat/request.ts";
import { adaptiveFacts, encoded } from "#core/wire/anthropic-messages/messages.test-data.ts";

const say = (role: Message["role"], ...texts: readonly string[]): Message => ({
  role,
  parts: texts.map((text) => ({ type: "text", text })),
});
const call = (id: string, argumentsText: string = "{}"): ToolCallPart => ({
  type: "tool-call",
  id,
  name: "f",
  form: "function",
  argumentsText,
});
const result = (callId: string, text: string): ToolResultPart => ({
  type: "tool-result",
  callId,
  parts: [{ type: "text", text }],
});
const image = (base64: string, mimeType: string = "image/png"): Part => ({
  type: "media",
  kind: "image",
  source: { type: "data", mimeType, base64 },
  path: "messages[0].content[0]",
});

describe("the conversation", () => {
  test("pitfall 10, 11: results of parallel calls are one turn of the user, before what it says", () => {
    const { body } = encoded({
      messages: [
        say("user", "hi"),
        { role: "assistant", parts: [call("a"), call("b")] },
        { role: "tool", parts: [result("a", "1")] },
        say("user", "and?"),
        { role: "tool", parts: [result("b", "2")] },
      ],
    });
    expect(body["messages"]).toEqual([
      { role: "user", content: [{ type: "text", text: "hi" }] },
      {
        role: "assistant",
        content: [
          { type: "tool_use", id: "a", name: "f", input: {} },
          { type: "tool_use", id: "b", name: "f", input: {} },
        ],
      },
      {
        role: "user",
        content: [
          { type: "tool_result", tool_use_id: "a", content: [{ type: "text", text: "1" }] },
          { type: "tool_result", tool_use_id: "b", content: [{ type: "text", text: "2" }] },
          { type: "text", text: "and?" },
        ],
      },
    ]);
  });

  test("pitfall 22: empty and blank texts of nobody become a block", () => {
    const { body } = encoded({
      messages: [
        say("system", " "),
        say("user", "hi", ""),
        { role: "assistant", parts: [{ type: "text", text: "\n" }, call("a")] },
        { role: "tool", parts: [result("a", "")] },
      ],
    });
    expect(body["system"]).toBeUndefined();
    expect(body["messages"]).toEqual([
      { role: "user", content: [{ type: "text", text: "hi" }] },
      { role: "assistant", content: [{ type: "tool_use", id: "a", name: "f", input: {} }] },
      { role: "user", content: [{ type: "tool_result", tool_use_id: "a" }] },
    ]);
  });

  test("leading system texts are blocks of their own, neighbours of one role are one turn", () => {
    const { body } = encoded({
      messages: [
        say("system", "A"),
        say("developer", "B"),
        say("user", "1"),
        say("user", "2"),
        say("assistant", "x "),
        say("user", "3"),
      ],
    });
    expect(body["system"]).toEqual([
      { type: "text", text: "A" },
      { type: "text", text: "B" },
    ]);
    expect(body["messages"]).toMatchObject([
      { role: "user", content: [{ text: "1" }, { text: "2" }] },
      { role: "assistant", content: [{ text: "x " }] },
      { role: "user", content: [{ text: "3" }] },
    ]);
  });

  test("pitfall 9: a system message in the middle stays behind the turn it followed", () => {
    const messages = [
      say("user", "1"),
      say("system", "S"),
      say("assistant", "a"),
      say("system", "T"),
      say("user", "2"),
    ];
    expect(encoded({ messages }).body["messages"]).toMatchObject([
      { role: "user", content: [{ text: "1" }] },
      { role: "system", content: [{ text: "S" }] },
      { role: "assistant", content: [{ text: "a" }] },
      { role: "user", content: [{ text: "<system-reminder>\nT\n</system-reminder>" }, { text: "2" }] },
    ]);
  });

  test("where only the system has spoken, its last words are the user's", () => {
    const { body } = encoded({ messages: [say("system", "A"), say("system", "B")] });
    expect(body["system"]).toEqual([{ type: "text", text: "A" }]);
    expect(body["messages"]).toEqual([{ role: "user", content: [{ type: "text", text: "B" }] }]);
  });

  test("an answer that the caller began is continued without trailing blanks, or refused by models that cannot", () => {
    const messages = [say("user", "hi"), say("assistant", "So: \n")];
    expect(encoded({ messages }).body["messages"]).toMatchObject([{}, { content: [{ text: "So:" }] }]);
    expect(() => encoded({ messages }, adaptiveFacts)).toThrow(
      expect.objectContaining({ code: "unsupported_value", details: { field: "messages" } }),
    );
  });

  test("T-11, T-12: thinking goes back signed, first in its turn where it does not begin it, and otherwise where it stood", () => {
    const thought = (data: string): Part => ({ type: "reasoning", text: "", token: { kind: "signature", data } });
    const hidden: Part = { type: "reasoning", text: "", token: { kind: "redacted", data: "r" } };
    const said: Part = { type: "text", text: "x" };
    const contentOf = (...parts: readonly Part[]): unknown =>
      encoded({ messages: [say("user", "hi"), { role: "assistant", parts }, say("user", "go")] }).body["messages"];
    expect(contentOf(said, thought("s"), call("a"))).toMatchObject([
      {},
      { content: [{ type: "thinking", thinking: "", signature: "s" }, { type: "text" }, { type: "tool_use" }] },
      {},
    ]);
    expect(contentOf(hidden, said, thought("s"), call("a"))).toMatchObject([
      {},
      {
        content: [
          { type: "redacted_thinking", data: "r" },
          { type: "text" },
          { type: "thinking" },
          { type: "tool_use" },
        ],
      },
      {},
    ]);
    expect(contentOf({ type: "reasoning", text: "Hm." }, said)).toMatchObject([
      {},
      { content: [{ type: "text" }] },
      {},
    ]);
  });

  test("pitfall 21: arguments that are empty, broken or no object reach the model as an object, and broken ones are named", () => {
    const parts = [call("a", ""), call("b", '{"x":'), call("c", "[1]"), call("d", '{"y":2}')];
    const { body, notes } = encoded({ messages: [say("user", "hi"), { role: "assistant", parts }, say("user", "go")] });
    expect(body["messages"]).toMatchObject([
      {},
      { content: [{ input: {} }, { input: { _raw: '{"x":' } }, { input: { _raw: "[1]" } }, { input: { y: 2 } }] },
      {},
    ]);
    expect(notes).toEqual(["arguments of b", "arguments of c"]);
  });

  test("who speaks is said in the text, and a failed tool is marked", () => {
    const failed: ToolResultPart = { ...result("a", "no"), isError: true };
    const { body } = encoded({
      messages: [
        { ...say("user", "hi"), name: "Ann" },
        { role: "assistant", parts: [call("a")] },
        { role: "tool", parts: [failed] },
      ],
    });
    expect(body["messages"]).toMatchObject([{ content: [{ text: "Ann: hi" }] }, {}, { content: [{ is_error: true }] }]);
  });

  test("pitfall 37, T-14: a longer conversation begins with the bytes of the shorter one", () => {
    const turns = [
      say("system", "S"),
      say("user", "1"),
      say("assistant", "a"),
      say("user", "2"),
      say("assistant", "b"),
    ];
    const textOf = (count: number): string => JSON.stringify(encoded({ messages: turns.slice(0, count) }).body);
    const shorter = textOf(2).slice(0, -2);
    expect(textOf(4).startsWith(shorter)).toBe(true);
    expect(textOf(5).startsWith(textOf(4).slice(0, -2))).toBe(true);
  });
});

describe("pictures and files", () => {
  test("a PDF is a document, a text file its text", () => {
    const file = (mimeType: string, base64: string): Part => ({
      type: "media",
      kind: "file",
      source: { type: "data", mimeType, base64 },
      filename: "f",
      path: "p",
    });
    const { body } = encoded({
      messages: [{ role: "user", parts: [file("application/pdf", "JVBERi0xLjQ="), file("text/csv", "YSxi")] }],
    });
    expect(body["messages"]).toMatchObject([
      {
        content: [
          { type: "document", title: "f", source: { type: "base64", media_type: "application/pdf" } },
          { type: "document", title: "f", source: { type: "text", media_type: "text/plain", data: "a,b" } },
        ],
      },
    ]);
  });

  test("what no model of Anthropic's takes is refused by its path", () => {
    const sound: Part = {
      type: "media",
      kind: "audio",
      source: { type: "data", mimeType: "audio/wav", base64: "UklGRg==" },
      path: "messages[0].content[0]",
    };
    const stored: Part = {
      type: "media",
      kind: "file",
      source: { type: "file", id: "file-1" },
      path: "messages[0].content[0]",
    };
    for (const part of [sound, stored, image("Qk0=", "image/bmp")]) {
      expect(() => encoded({ messages: [{ role: "user", parts: [part] }] })).toThrow(
        expect.objectContaining({ code: "unsupported_value", details: { field: "messages[0].content[0]" } }),
      );
    }
  });
});
