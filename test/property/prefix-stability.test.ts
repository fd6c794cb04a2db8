import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { ChatRequest, Message, OpaqueToken, Part } from "#core/chat/request.ts";
import { GatewayError } from "#core/errors.ts";
import { codecs } from "#core/wire/codecs.ts";
import { authorDialect } from "#core/wire/dialect.ts";
import { wrapToken } from "#core/wire/opaque-token.ts";
import {
  bodyText,
  type ChatProtocol,
  chatProtocols,
  pairCall,
  provider,
  translated,
  usualModels,
} from "../golden/pair-lane.ts";
import { ableFacts, plainChat } from "./able-model.ts";
import { arbitraryConversation, requestTongues, toolsOf } from "./arbitrary-conversation.ts";
import { arbitrarySettings } from "./arbitrary-settings.ts";
import { fuzzCases, fuzzRun, fuzzTimeoutMs } from "./fuzz-share.ts";

const decoder = new TextDecoder();
const cases = Math.ceil(fuzzCases / 80);

/** Claude's models by budget must stop thinking behind a call whose signature another provider made; newer ones go on. */
const models: Readonly<Record<ChatProtocol, string>> = { ...usualModels, "anthropic-messages": "claude-opus-4-8" };

const tokenKinds: Readonly<Record<ChatProtocol, OpaqueToken["kind"]>> = {
  "openai-chat": "encrypted",
  "openai-responses": "encrypted",
  "anthropic-messages": "signature",
  "gemini-generate": "thought",
};

/** The body in which a client of this protocol would hold this conversation. */
function bodyOf(caller: ChatProtocol, chat: ChatRequest): string {
  const target = { model: "asked", facts: ableFacts, dialect: authorDialect, note: () => {} };
  const body = decoder.decode(codecs[caller].encodeRequest({ operation: "chat", chat }, target));
  // Names that hardly any protocol takes as they are.
  return body.replaceAll('"edit_file"', `"mcp__files.${"very_long_".repeat(8)}edit"`).replaceAll('"find"', '"fs.find"');
}

/** Tokens as they come back to us: wrapped, from this provider or from another one. */
function withWrapped(messages: readonly Message[], kind: OpaqueToken["kind"]): Message[] {
  const wrapped = (part: Part): Part => {
    if (part.type !== "reasoning" || part.token === undefined) return part;
    const { data } = part.token;
    const maker = data === "b3RoZXI=" ? "another" : provider;
    return { ...part, token: { ...part.token, data: wrapToken({ provider: maker, kind, data }) } };
  };
  return messages.map((message) => ({ ...message, parts: message.parts.map(wrapped) }));
}

/** Lengths at which a client sends the conversation: after the user, after results, or with a call left unanswered. */
function cutsOf(messages: readonly Message[]): number[] {
  return messages.flatMap(({ role }, at) => (at > 0 && (role === "user" || role === "tool") ? [at + 1] : []));
}

function settled(caller: ChatProtocol): fc.Arbitrary<Partial<ChatRequest>> {
  const format = fc.constantFrom<Pick<ChatRequest, "responseFormat">>({}, { responseFormat: { type: "json" } });
  return fc.tuple(arbitrarySettings[caller], format).map(([{ choices, topLogprobs, ...settings }, form]) => ({
    ...settings,
    ...form,
  }));
}

const pairs = chatProtocols.flatMap((caller) => chatProtocols.map((upstream) => [caller, upstream] as const));

describe.each(pairs)("%s to %s", (caller, upstream) => {
  const tongue = requestTongues[caller];
  const rendered = (chat: ChatRequest): string => {
    const call = pairCall(caller, bodyOf(caller, chat), { model: "asked", stream: false });
    try {
      return bodyText(translated(call, upstream, models[upstream]));
    } catch (thrown) {
      if (thrown instanceof GatewayError && thrown.code === "unsupported_value") return thrown.message;
      throw thrown;
    }
  };

  test(
    "pitfall 37, T-14: a conversation with one turn more begins with the same bytes, and twice it gives the same",
    () => {
      fc.assert(
        fc.property(arbitraryConversation(tongue), settled(caller), (said, settings) => {
          const messages = withWrapped(said, tokenKinds[upstream]);
          const base: ChatRequest = { ...plainChat, ...settings, tools: toolsOf(tongue), messages };
          const bodies = cutsOf(messages).map((length) => rendered({ ...base, messages: messages.slice(0, length) }));
          for (const [at, shorter] of bodies.entries()) {
            const longer = bodies[at + 1] ?? rendered(base);
            if (!shorter.startsWith("{") || !longer.startsWith("{")) continue;
            expect(shorter.slice(commonLength(shorter, longer))).toMatch(/^[\]}"]*$/);
          }
          expect(rendered(base)).toBe(rendered(base));
        }),
        fuzzRun(`prefixes from ${caller} to ${upstream}`, cases),
      );
    },
    fuzzTimeoutMs(cases * 8),
  );
});

function commonLength(one: string, other: string): number {
  let length = 0;
  while (length < one.length && one[length] === other[length]) length += 1;
  return length;
}
