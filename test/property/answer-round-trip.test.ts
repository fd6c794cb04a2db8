import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { ChatEvent, FinishReason } from "#core/chat/event.ts";
import { type FoldedAnswer, foldAnswer } from "#core/chat/fold.ts";
import type { OpaqueToken } from "#core/chat/request.ts";
import { codecs } from "#core/wire/codecs.ts";
import { joinBytes } from "#core/wire/join-bytes.ts";
import { arbitrarySaid, arbitraryUsage, eventsOfChoice, type Said } from "./arbitrary-events.ts";
import { fuzzCases, fuzzRun, fuzzTimeoutMs } from "./fuzz-share.ts";
import { type ChatProtocol, chatProtocols } from "../golden/pair-lane.ts";
import { contextOf } from "./written-streams.ts";

/** What a protocol can say of an answer. */
interface Tongue {
  readonly token: OpaqueToken["kind"] | undefined;
  readonly choices: number;
  /** Whether text, thoughts and calls keep their order; chat sorts them. */
  readonly ordered: boolean;
  /** Whether cache writes have a count of their own. */
  readonly cacheWrites: boolean;
  readonly ends: readonly FinishReason[];
}

const tongues: Readonly<Record<ChatProtocol, Tongue>> = {
  "openai-chat": {
    token: undefined,
    choices: 3,
    ordered: false,
    cacheWrites: true,
    ends: ["stop", "length", "content_filter"],
  },
  "openai-responses": {
    token: "encrypted",
    choices: 1,
    ordered: true,
    cacheWrites: true,
    ends: ["stop", "length", "content_filter"],
  },
  "anthropic-messages": {
    token: "signature",
    choices: 1,
    ordered: true,
    cacheWrites: true,
    ends: ["stop", "length", "context_full", "refusal", "paused"],
  },
  "gemini-generate": {
    token: "thought",
    choices: 3,
    ordered: true,
    cacheWrites: false,
    ends: ["stop", "length", "content_filter"],
  },
};

const cases = Math.ceil(fuzzCases / 4);
const options = { keepUsage: true, requestId: "req_own" };
const wish = { streamUsage: true, jsonArray: false, logprobs: false };

function arbitraryAnswer({ token, choices, ends }: Tongue): fc.Arbitrary<ChatEvent[]> {
  const kind = token === "redacted" ? undefined : token;
  const choice = fc.record({ blocks: fc.array(arbitrarySaid, { maxLength: 4 }), end: fc.constantFrom(...ends) });
  return fc
    .record({ said: fc.array(choice, { minLength: 1, maxLength: choices }), usage: arbitraryUsage })
    .map(({ said, usage }) => [
      ...said.flatMap(({ blocks, end }, at): ChatEvent[] => {
        const called = blocks.some((block: Said) => block.kind === "calls");
        const reason = called && end === "stop" ? "tool_calls" : end;
        return [...eventsOfChoice(at, blocks, kind), { type: "finish", choice: at, reason, raw: "" }];
      }),
      { type: "usage", usage },
      { type: "end" },
    ]);
}

/** What an answer says, as far as this protocol can say it. */
function carried(events: readonly ChatEvent[], { ordered, cacheWrites }: Tongue): unknown {
  const answer: FoldedAnswer = foldAnswer(events);
  const { cacheWriteTokens, ...usage } = answer.usage ?? {};
  return {
    usage: cacheWrites ? { cacheWriteTokens, ...usage } : usage,
    choices: answer.choices.map(({ choice, blocks, finish }) => {
      const said = blocks.map((block) => {
        switch (block.type) {
          case "tool-call":
            return { ...block, argumentsText: JSON.stringify(JSON.parse(block.argumentsText)) };
          case "reasoning":
            return { type: block.type, text: block.text, token: block.token?.data };
          default:
            return { type: block.type, text: block.text };
        }
      });
      const texts = said.map((block) => ("text" in block ? [block.type, block.text] : []));
      const joined = ["text", "reasoning"].map((type) =>
        texts.map(([own, text]) => (own === type ? text : "")).join(""),
      );
      const calls = said.filter((block) => block.type === "tool-call");
      return { choice, end: finish?.reason, said: ordered ? mergedThoughts(said) : [joined, calls] };
    }),
  };
}

/** Thoughts without a token have no border between them. */
function mergedThoughts(said: readonly { type: string; text?: string; token?: string | undefined }[]): unknown[] {
  const merged: { type: string; text?: string; token?: string | undefined }[] = [];
  for (const block of said) {
    const last = merged.at(-1);
    if (block.type === "reasoning" && last?.type === "reasoning" && last.token === undefined) {
      merged[merged.length - 1] = { ...block, text: `${last.text}${block.text}` };
    } else {
      merged.push(block);
    }
  }
  return merged;
}

describe.each(chatProtocols)("%s", (protocol) => {
  const tongue = tongues[protocol];
  const codec = codecs[protocol];

  test(
    "pitfall 65: what is written as a stream, cut anywhere, means the same when it is read",
    () => {
      fc.assert(
        fc.property(
          arbitraryAnswer(tongue),
          fc.integer({ min: 1, max: 300 }),
          fc.boolean(),
          (events, size, jsonArray) => {
            const writer = codec.createWriter(contextOf(protocol, { ...wish, jsonArray }));
            const bytes = joinBytes(events.map((event) => writer.event(event)));
            const stream = codec.createDecoder(options);
            const read: ChatEvent[] = [];
            for (let at = 0; at < bytes.length; at += size) {
              for (const piece of stream.push(bytes.slice(at, at + size))) read.push(...piece.events);
            }
            for (const piece of stream.end()) read.push(...piece.events);
            expect(carried(read, tongue)).toEqual(carried(events, tongue));
          },
        ),
        fuzzRun(`streams of ${protocol} read back`, cases),
      );
    },
    fuzzTimeoutMs(cases),
  );

  test(
    "pitfall 65: what is written as a body means the same when it is read",
    () => {
      fc.assert(
        fc.property(arbitraryAnswer(tongue), (events) => {
          const read = codec.decodeWhole(codec.encodeWhole(events, contextOf(protocol, wish)), options);
          expect(carried(read, tongue)).toEqual(carried(events, tongue));
        }),
        fuzzRun(`bodies of ${protocol} read back`, cases),
      );
    },
    fuzzTimeoutMs(cases),
  );
});
