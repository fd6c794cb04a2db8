/** Conversations that a protocol can say, all of them valid: calls are answered, turns alternate. */
import fc from "fast-check";
import type { CallableTool, MediaPart, Message, OpaqueToken, Part } from "#core/chat/request.ts";
import type { ChatProtocol } from "../golden/pair-lane.ts";

/** What a protocol can say of a conversation. */
export interface RequestTongue {
  readonly token: OpaqueToken["kind"] | undefined;
  readonly customTools: boolean;
  readonly namespaces: boolean;
  readonly midSystem: boolean;
  readonly resultMedia: boolean;
  readonly resultErrors: boolean;
  readonly mediaUrls: boolean;
  readonly refusals: boolean;
}

/** What each protocol can say, its author's own dialect and newest models taken. */
export const requestTongues: Readonly<Record<ChatProtocol, RequestTongue>> = {
  "openai-chat": {
    token: undefined,
    customTools: true,
    namespaces: false,
    midSystem: true,
    resultMedia: false,
    resultErrors: false,
    mediaUrls: true,
    refusals: true,
  },
  "openai-responses": {
    token: "encrypted",
    customTools: true,
    namespaces: true,
    midSystem: true,
    resultMedia: true,
    resultErrors: false,
    mediaUrls: true,
    refusals: true,
  },
  "anthropic-messages": {
    token: "signature",
    customTools: false,
    namespaces: false,
    midSystem: true,
    resultMedia: true,
    resultErrors: true,
    mediaUrls: true,
    refusals: false,
  },
  "gemini-generate": {
    token: "thought",
    customTools: false,
    namespaces: false,
    midSystem: false,
    resultMedia: true,
    resultErrors: true,
    mediaUrls: false,
    refusals: false,
  },
};

const words = fc
  .oneof(
    fc.constantFrom("Look. ", 'He said "no"\n', "\u{1F600}é", "{}"),
    fc.string({ unit: "grapheme", maxLength: 12 }),
  )
  .filter((text) => text.trim() !== "");
const text = words.map((said): Part => ({ type: "text", text: said }));
const input = fc.dictionary(fc.string({ maxLength: 4 }), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 3 });

function mediaOf({ mediaUrls }: RequestTongue): fc.Arbitrary<MediaPart> {
  const bytes = fc.uint8Array({ minLength: 1, maxLength: 9 });
  const picture = bytes.map((data): MediaPart => ({
    type: "media",
    kind: "image",
    source: { type: "data", mimeType: "image/png", base64: begunWith("\x89PNG\r\n\x1a\n", data) },
    path: "",
  }));
  const document = bytes.map((data): MediaPart => ({
    type: "media",
    kind: "file",
    source: { type: "data", mimeType: "application/pdf", base64: begunWith("%PDF-1.7\n", data) },
    path: "",
  }));
  const linked = fc.webUrl({ validSchemes: ["https"] }).map((url): MediaPart => ({
    type: "media",
    kind: "image",
    source: { type: "url", url },
    path: "",
  }));
  return mediaUrls ? fc.oneof(picture, document, linked) : fc.oneof(picture, document);
}

/** Bytes that begin as such a medium does: a codec may look at what it really is. */
function begunWith(head: string, data: Uint8Array): string {
  return new Uint8Array([...[...head].map((letter) => letter.charCodeAt(0)), ...data]).toBase64();
}

interface Call {
  readonly name: string;
  readonly custom: boolean;
  readonly spaced: boolean;
  readonly input: Readonly<Record<string, unknown>>;
  readonly answer: readonly Extract<Part, { type: "text" | "media" }>[];
  readonly isError: boolean;
}

/** A turn of the user, or a round of a tool loop: thinking, words, calls, and what each of them brought. */
function roundOf(tongue: RequestTongue): fc.Arbitrary<(round: number) => Message[]> {
  const media = mediaOf(tongue);
  const inner = words.map((said) => ({ type: "text" as const, text: said }));
  const picture = media.filter((part) => part.kind === "image");
  const call: fc.Arbitrary<Call> = fc.record({
    name: fc.constantFrom("find", "edit_file"),
    custom: tongue.customTools ? fc.boolean() : fc.constant(false),
    spaced: tongue.namespaces ? fc.boolean() : fc.constant(false),
    input,
    answer: tongue.resultMedia ? fc.oneof(fc.tuple(inner), fc.tuple(inner, picture)) : fc.tuple(inner),
    isError: tongue.resultErrors ? fc.boolean() : fc.constant(false),
  });
  const thought = fc.record({ said: words, token: fc.constantFrom("c2lnbmVk", "b3RoZXI=") });
  const said = fc.array(fc.oneof({ weight: 2, arbitrary: text }, media), { minLength: 1, maxLength: 3 });
  const system = fc.option(words, { nil: undefined });
  return fc
    .record({ thought, spoken: words, calls: fc.array(call, { maxLength: 3 }), said, system })
    .map((parts) => (round: number) => messagesOf(tongue, parts, round));
}

interface Round {
  readonly thought: { readonly said: string; readonly token: string };
  readonly spoken: string;
  readonly calls: readonly Call[];
  readonly said: readonly Part[];
  readonly system: string | undefined;
}

function messagesOf(tongue: RequestTongue, { thought, spoken, calls, said, system }: Round, round: number): Message[] {
  const { token } = tongue;
  const thoughts: Part[] = token === undefined || calls.length === 0 ? [] : [thinking(token, thought)];
  const made = calls.map(({ name, custom, spaced, ...call }, at): Part => ({
    type: "tool-call",
    id: `call_${round}_${at}`,
    name: custom ? "patch" : name,
    ...(spaced && !custom ? { namespace: "files" } : {}),
    form: custom ? "custom" : "function",
    argumentsText: custom ? `*** ${JSON.stringify(call.input)}\n` : JSON.stringify(call.input),
  }));
  const results = calls.map(({ answer, isError }, at): Part => ({
    type: "tool-result",
    callId: `call_${round}_${at}`,
    parts: answer,
    ...(isError ? { isError: true } : {}),
  }));
  const words: Part = { type: "text", text: spoken };
  // Claude thinks before it speaks, the others sign the call.
  const parts = token === "signature" ? [...thoughts, words, ...made] : [words, ...thoughts, ...made];
  const assistant: Message = { role: "assistant", parts };
  return [
    assistant,
    ...(results.length === 0 ? [] : [{ role: "tool" as const, parts: results }]),
    { role: "user", parts: said },
    ...(system === undefined || !tongue.midSystem
      ? []
      : [{ role: "system" as const, parts: [{ type: "text" as const, text: system }] }]),
  ];
}

/** Gemini's signatures stand on calls alone; the words of its thoughts do not go back. */
function thinking(kind: OpaqueToken["kind"], { said, token }: Round["thought"]): Part {
  return { type: "reasoning", text: kind === "thought" ? "" : said, token: { kind, data: token } };
}

/** A conversation that begins with the system and the user, then goes on for some rounds. */
export function arbitraryConversation(tongue: RequestTongue): fc.Arbitrary<Message[]> {
  return fc
    .record({ system: words, first: words, rounds: fc.array(roundOf(tongue), { maxLength: 3 }) })
    .map(({ system, first, rounds }) => [
      { role: "system", parts: [{ type: "text", text: system }] },
      { role: "user", parts: [{ type: "text", text: first }] },
      ...rounds.flatMap((round, at) => round(at)),
    ]);
}

/** The tools of every conversation here. */
export function toolsOf({ customTools, namespaces }: RequestTongue): CallableTool[] {
  const parameters = {
    type: "object",
    properties: { path: { type: "string" }, depth: { type: "integer", minimum: 1 } },
    required: ["path"],
    additionalProperties: false,
  };
  const declared = ["find", "edit_file"].map((name): CallableTool => ({
    kind: "function",
    name,
    description: `Tool ${name}`,
    parameters,
  }));
  return [
    ...declared,
    ...(customTools ? [{ kind: "custom" as const, name: "patch", description: "Free text" }] : []),
    ...(namespaces ? declared.map((tool) => ({ ...tool, namespace: "files" })) : []),
  ];
}
