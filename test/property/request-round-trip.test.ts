import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { chatOf } from "#core/chat/canonical-request.ts";
import type { ChatRequest, Message, Part } from "#core/chat/request.ts";
import { codecs } from "#core/wire/codecs.ts";
import { authorDialect } from "#core/wire/dialect.ts";
import { decodeJsonBody } from "#core/wire/json-body.ts";
import { ableFacts, plainChat } from "./able-model.ts";
import { arbitraryConversation, requestTongues, toolsOf } from "./arbitrary-conversation.ts";
import { arbitrarySettings } from "./arbitrary-settings.ts";
import { fuzzCases, fuzzRun, fuzzTimeoutMs } from "./fuzz-share.ts";
import { type ChatProtocol, chatProtocols } from "../golden/pair-lane.ts";

const cases = Math.ceil(fuzzCases / 8);

/** The request as it is read back from what is written of it, and what was noted on the way. */
function readBack(protocol: ChatProtocol, chat: ChatRequest): { readonly chat: ChatRequest; readonly notes: string[] } {
  const notes: string[] = [];
  // Chat's reasoning models refuse to stop, those of Responses alone know verbosity.
  const facts = { ...ableFacts, openAiReasoning: protocol === "openai-responses" };
  const target = { model: "able", facts, dialect: authorDialect, note: (what: string) => notes.push(what) };
  const body = codecs[protocol].encodeRequest({ operation: "chat", chat }, target);
  const address = { model: "able", stream: chat.stream };
  return { chat: chatOf(codecs[protocol].decodeRequest(decodeJsonBody(body), address)), notes };
}

/** What a request says, whatever message each part came in. */
function meaningOf(chat: ChatRequest): unknown {
  const { asked, unknownFields, streamUsage, messages, tools, ...settings } = chat;
  return JSON.parse(
    JSON.stringify({
      ...settings,
      tools: tools.map((tool) => (tool.kind === "function" ? { ...tool, strict: tool.strict === true } : tool)),
      messages: messages.reduce<Message[]>(joined, []).map(({ role, parts }) => ({ role, parts: parts.map(bare) })),
    }),
  );
}

function joined(all: Message[], message: Message): Message[] {
  const last = all.at(-1);
  if (last?.role !== message.role) return [...all, message];
  return [...all.slice(0, -1), { ...last, parts: [...last.parts, ...message.parts] }];
}

function bare(part: Part): unknown {
  switch (part.type) {
    case "tool-call":
      return { ...part, argumentsText: part.form === "custom" ? part.argumentsText : JSON.parse(part.argumentsText) };
    case "tool-result": {
      const { name, ...result } = part;
      return { ...result, parts: result.parts.map(bare) };
    }
    case "media": {
      const { path, filename, detail, ...medium } = part;
      return medium;
    }
    default:
      return part;
  }
}

describe.each(chatProtocols)("%s", (protocol) => {
  const tongue = requestTongues[protocol];

  test(
    "a request that the protocol can say is read back as it was meant, with nothing noted",
    () => {
      fc.assert(
        fc.property(arbitraryConversation(tongue), arbitrarySettings[protocol], (messages, settings) => {
          const chat: ChatRequest = { ...plainChat, ...settings, tools: toolsOf(tongue), messages };
          const read = readBack(protocol, chat);
          expect(read.notes).toEqual([]);
          expect(read.chat.unknownFields).toEqual([]);
          expect(meaningOf(read.chat)).toEqual(meaningOf(chat));
        }),
        fuzzRun(`requests of ${protocol} read back`, cases),
      );
    },
    fuzzTimeoutMs(cases),
  );
});
