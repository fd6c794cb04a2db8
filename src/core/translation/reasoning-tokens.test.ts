import { expect, test } from "bun:test";
import type { ChatEvent } from "#core/chat/event.ts";
import type { Message, OpaqueToken, Part, ReasoningPart } from "#core/chat/request.ts";
import { restoredOneByOne, translated } from "#core/translation/lane.test-data.ts";
import { unwrapToken, wrapToken } from "#core/wire/opaque-token.ts";

const anthropic = { family: "anthropic", protocol: "anthropic-messages" } as const;

function thinking(text: string, data?: string, kind: OpaqueToken["kind"] = "signature"): ReasoningPart {
  return { type: "reasoning", text, ...(data === undefined ? {} : { token: { kind, data } }) };
}

/** The thinking that is left of an assistant turn on its way to the provider `p`. */
function left(part: ReasoningPart, more: Parameters<typeof translated>[1] = {}): readonly Part[] {
  const messages: Message[] = [{ role: "assistant", parts: [part, { type: "text", text: "so" }] }];
  return (translated({ messages }, more).chat.messages[0]?.parts ?? []).slice(0, -1);
}

test("pitfall 39, pitfall 42, T-11: the provider's own token goes back to it unwrapped, an empty thinking with it", () => {
  for (const text of ["hm", ""]) {
    const wrapped = wrapToken({ provider: "p", kind: "redacted", data: "raw" });
    expect(left(thinking(text, wrapped, "signature"))).toEqual([thinking(text, "raw", "redacted")]);
  }
});

test("pitfall 38, T-18: thinking that another provider signed is dropped whole", () => {
  const wrapped = wrapToken({ provider: "q", kind: "signature", data: "raw" });
  expect(left(thinking("hm", wrapped), { dialect: { reasoningField: "reasoning_content" } })).toEqual([]);
  expect(left(thinking("hm", "raw"), { call: { tokenMaker: () => "q" } })).toEqual([]);
});

test("a token in its maker's form is kept only within its family and for its maker", () => {
  const both = { target: anthropic, caller: anthropic };
  expect(left(thinking("hm", "raw"), both)).toEqual([thinking("hm", "raw")]);
  expect(left(thinking("hm", "raw"), { ...both, call: { tokenMaker: () => "p" } })).toEqual([thinking("hm", "raw")]);
  expect(left(thinking("hm", "raw"), { target: anthropic })).toEqual([]);
  expect(left(thinking("hm", "raw"), { ...both, target: { ...anthropic, traits: { tokens: ["thought"] } } })).toEqual(
    [],
  );
});

test("thinking without a token goes only to servers that want it back, and of what we marked only the maker's own", () => {
  const wanting = { dialect: { reasoningField: "reasoning_content" } } as const;
  expect(left(thinking("hm"))).toEqual([]);
  expect(left(thinking("hm"), wanting)).toEqual([thinking("hm")]);
  const marked = (provider: string): string => wrapToken({ provider, kind: "unsigned", data: "" });
  expect(left(thinking("hm", marked("p")), wanting)).toEqual([thinking("hm")]);
  expect(left(thinking("hm", marked("q")), wanting)).toEqual([]);
  expect(left(thinking("hm", marked("p")))).toEqual([]);
});

test("dropped thinking is named where the caller wrote it", () => {
  const messages: Message[] = [{ role: "assistant", parts: [thinking("hm", "raw")] }];
  const asked = new Map([["reasoning_history", "messages[0].content[0]"] as const]);
  expect(translated({ messages, asked }, { target: anthropic }).dropped).toEqual(["messages[0].content[0]"]);
  expect(translated({ messages }, { target: anthropic }).dropped).toEqual([]);
});

const answer = (...events: ChatEvent[]): ChatEvent[] => restoredOneByOne(translated({}), events);

test("an answer's tokens carry their maker's name", () => {
  const token = { kind: "thought", data: "raw" } as const;
  const [, event] = answer({ type: "reasoning", choice: 0, text: "hm" }, { type: "reasoning-token", choice: 0, token });
  expect(event).toMatchObject({ type: "reasoning-token", token: { kind: "thought" } });
  expect(event?.type === "reasoning-token" ? unwrapToken(event.token.data) : undefined).toEqual({
    provider: "p",
    kind: "thought",
    data: "raw",
  });
});

test("thoughts that their maker left unsigned are marked as its own where they end", () => {
  const thought = { type: "reasoning", choice: 0, text: "hm" } as const;
  const ends: ChatEvent[] = [
    { type: "text", choice: 0, text: "so" },
    { type: "tool-call", choice: 0, call: 0, id: "1", name: "f" },
    { type: "refusal", choice: 0, text: "no" },
    { type: "finish", choice: 0, reason: "stop", raw: "stop" },
    { type: "end" },
  ];
  for (const end of ends) {
    const events = answer(thought, thought, end);
    expect(events.map(({ type }) => type)).toEqual(["reasoning", "reasoning", "reasoning-token", end.type]);
    const mark = events[2];
    expect(mark?.type === "reasoning-token" ? unwrapToken(mark.token.data) : undefined).toEqual({
      provider: "p",
      kind: "unsigned",
      data: "",
    });
  }
});
