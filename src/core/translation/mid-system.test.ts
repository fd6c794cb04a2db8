import { expect, test } from "bun:test";
import type { Message } from "#core/chat/request.ts";
import { translated } from "#core/translation/lane.test-data.ts";

const message = (role: Message["role"], text: string): Message => ({ role, parts: [{ type: "text", text }] });

function told(messages: readonly Message[], midSystem: boolean): string[] {
  return translated({ messages }, { target: { traits: { midSystem } } }).chat.messages.map(
    ({ role, parts }) => `${role}: ${parts.map((part) => (part.type === "text" ? part.text : part.type)).join("|")}`,
  );
}

test("pitfall 9: a mid-conversation system message stays after the turn it followed", () => {
  const messages = [
    message("system", "be kind"),
    message("developer", "be short"),
    message("user", "hi"),
    message("system", "it is late"),
    message("assistant", "hello"),
    message("system", "<system-reminder>already</system-reminder>"),
  ];
  expect(told(messages, false)).toEqual([
    "system: be kind",
    "developer: be short",
    "user: hi",
    "user: <system-reminder>\nit is late\n</system-reminder>",
    "assistant: hello",
    "user: <system-reminder>already</system-reminder>",
  ]);
  expect(told(messages, true)[3]).toBe("system: it is late");
});

test("pitfall 9: between a call and its result it goes behind the result", () => {
  const messages: Message[] = [
    message("user", "hi"),
    { role: "assistant", parts: [{ type: "tool-call", id: "1", name: "f", form: "function", argumentsText: "" }] },
    message("system", "careful"),
    { role: "tool", parts: [{ type: "tool-result", callId: "1", parts: [] }] },
  ];
  expect(told(messages, false)).toEqual([
    "user: hi",
    "assistant: tool-call",
    "tool: tool-result",
    "user: <system-reminder>\ncareful\n</system-reminder>",
  ]);
});
