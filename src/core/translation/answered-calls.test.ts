import { expect, test } from "bun:test";
import fc from "fast-check";
import type { Message, Part, ToolCallPart, ToolResultPart } from "#core/chat/request.ts";
import { translated } from "#core/translation/lane.test-data.ts";

const call = (id: string, name: string = id): ToolCallPart => ({
  type: "tool-call",
  id,
  name,
  form: "function",
  argumentsText: "{}",
});
const said = (text: string): Part => ({ type: "text", text });
const result = (callId: string, text: string = `of ${callId}`): ToolResultPart => ({
  type: "tool-result",
  callId,
  parts: [{ type: "text", text }],
});
const assistant = (...parts: Part[]): Message => ({ role: "assistant", parts });
const tool = (...parts: Part[]): Message => ({ role: "tool", parts });
const user = (text: string): Message => ({ role: "user", parts: [said(text)] });

/** The repaired conversation, each part as one word. */
function repaired(
  messages: readonly Message[],
  answeredCalls: boolean = true,
): { shape: string[]; dropped: readonly string[] } {
  const { chat, dropped } = translated({ messages }, { target: { traits: { answeredCalls } } });
  return { shape: chat.messages.map(({ role, parts }) => `${role}: ${parts.map(word).join(", ")}`), dropped };
}

function word(part: Part): string {
  switch (part.type) {
    case "text":
      return part.text;
    case "tool-call":
      return `call ${part.id}`;
    case "tool-result":
      return `${part.isError === true ? "error" : "result"} ${part.callId} ${part.parts.map(word).join(" ")}`;
    default:
      return part.type;
  }
}

test("pitfall 18: a second result of the same call is dropped", () => {
  const messages = [
    user("go"),
    assistant(call("a"), call("b")),
    tool(result("a")),
    tool(result("b")),
    tool(result("a"), result("b")),
  ];
  expect(repaired(messages)).toEqual({
    shape: ["user: go", "assistant: call a, call b", "tool: result a of a, result b of b"],
    dropped: [],
  });
});

test("pitfall 19: a call that was never answered gets a result that says so, and is named", () => {
  const messages = [user("go"), assistant(call("a"), call("b")), tool(result("b")), user("stop")];
  expect(repaired(messages)).toEqual({
    shape: [
      "user: go",
      "assistant: call a, call b",
      "tool: error a (no result: interrupted), result b of b",
      "user: stop",
    ],
    dropped: ["messages (unanswered call)"],
  });
  expect(repaired(messages, false)).toEqual({
    shape: ["user: go", "assistant: call a, call b", "tool: result b of b", "user: stop"],
    dropped: [],
  });
});

test("pitfall 20: calls, a text and then the results of an old client become one turn", () => {
  const messages = [
    user("go"),
    assistant(call("a"), call("b")),
    assistant(said("working")),
    tool(result("a")),
    tool(result("b")),
  ];
  expect(repaired(messages).shape).toEqual([
    "user: go",
    "assistant: working, call a, call b",
    "tool: result a of a, result b of b",
  ]);
});

test("turns that results separate stay apart", () => {
  const messages = [
    assistant(call("a")),
    tool(result("a")),
    assistant(call("b")),
    tool(result("b")),
    assistant(said("done")),
  ];
  expect(repaired(messages).shape).toEqual([
    "assistant: call a",
    "tool: result a of a",
    "assistant: call b",
    "tool: result b of b",
    "assistant: done",
  ]);
});

test("results go right behind their calls and in their order, before anything the user says", () => {
  const messages = [assistant(call("a"), call("b")), user("hurry"), tool(result("b")), tool(result("a"))];
  expect(repaired(messages).shape).toEqual([
    "assistant: call a, call b",
    "tool: result a of a, result b of b",
    "user: hurry",
  ]);
});

test("a result without a call is told by the user", () => {
  expect(repaired([user("go"), tool(result("gone"))]).shape).toEqual(["user: go", "user: Result of gone:, of gone"]);
});

test("calls of several turns that share an id keep their own results and get ids of their own", () => {
  const messages = [
    assistant(call("0")),
    tool(result("0", "first")),
    assistant(call("0")),
    tool(result("0", "second")),
  ];
  const { chat } = translated({ messages });
  const ids = chat.messages.flatMap(({ parts }) => parts.map((part) => (part.type === "tool-call" ? part.id : "")));
  expect(new Set(ids.filter((id) => id !== "")).size).toBe(2);
  const answers = chat.messages.flatMap(({ parts }) =>
    parts.flatMap((part) => (part.type === "tool-result" ? [[part.callId, part.parts.map(word).join("")]] : [])),
  );
  expect(answers).toEqual([
    ["0", "first"],
    [ids[2] ?? "", "second"],
  ]);
});

test("pitfall 17: parallel calls that share an id keep their results apart in order", () => {
  const messages = [assistant(call("x", "f"), call("x", "f")), tool(result("x", "one"), result("x", "two"))];
  const results = translated({ messages }).chat.messages[1]?.parts ?? [];
  expect(results.map((part) => (part.type === "tool-result" ? part.parts.map(word).join("") : ""))).toEqual([
    "one",
    "two",
  ]);
  expect(new Set(results.map((part) => (part.type === "tool-result" ? part.callId : ""))).size).toBe(2);
});

test("property: no call and no result is lost, every call is answered once, and order is kept", () => {
  const id = fc.constantFrom("a", "b", "c", "d");
  const message = fc.oneof(
    fc.array(id, { minLength: 1, maxLength: 3 }).map((ids) => assistant(...ids.map((each) => call(each)))),
    fc.constant(assistant(said("text"))),
    fc.array(id, { minLength: 1, maxLength: 3 }).map((ids) => tool(...ids.map((each) => result(each)))),
    fc.constant(user("more")),
  );
  const partsOf = <Type extends Part["type"]>(
    messages: readonly Message[],
    type: Type,
  ): Extract<Part, { type: Type }>[] =>
    messages.flatMap(({ parts }) => parts.filter((part): part is Extract<Part, { type: Type }> => part.type === type));
  fc.assert(
    fc.property(fc.array(message, { maxLength: 12 }), (messages) => {
      const after = translated({ messages }).chat.messages;
      const calls = partsOf(after, "tool-call");
      expect(calls.map(({ name }) => name)).toEqual(partsOf(messages, "tool-call").map(({ name }) => name));
      expect(new Set(calls.map((each) => each.id)).size).toBe(calls.length);
      expect(partsOf(after, "tool-result").map(({ callId }) => callId)).toEqual(calls.map((each) => each.id));
      for (const [index, { role, parts }] of after.entries()) {
        const opened = parts.filter(({ type }) => type === "tool-call").length;
        if (opened > 0) expect(after[index + 1]).toMatchObject({ role: "tool", parts: { length: opened } });
        if (role === "assistant") expect(after[index + 1]?.role).not.toBe("assistant");
      }
    }),
  );
});
