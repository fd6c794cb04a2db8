import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { ChatEvent } from "#core/chat/event.ts";
import { codecs } from "#core/wire/codecs.ts";
import { arbitraryError, orderlyEvents, wildEvents } from "./arbitrary-events.ts";
import { fuzzCases, fuzzRun, fuzzTimeoutMs } from "./fuzz-share.ts";
import { chatProtocols } from "../golden/pair-lane.ts";
import { contextOf, judge, writtenBy } from "./written-streams.ts";

const wish = fc.record({ streamUsage: fc.boolean(), jsonArray: fc.boolean(), logprobs: fc.boolean() });
const end: ChatEvent = { type: "end" };
const decoder = new TextDecoder();

/** Half of the cases are proper answers, the other half is anything. */
const answers = fc.oneof(
  orderlyEvents.map((events) => ({ events, orderly: true })),
  wildEvents.map((events) => ({ events: [...events, end], orderly: false })),
);

describe.each(chatProtocols)("%s", (protocol) => {
  test(
    "pitfalls 48, 53, 55: whatever events come, the stream keeps its grammar and ends as the answer did",
    () => {
      fc.assert(
        fc.property(answers, wish, ({ events, orderly }, asked) => {
          const stream = writtenBy(codecs[protocol].createWriter(contextOf(protocol, asked)), events);
          const verdict = judge(protocol, stream, asked, orderly);
          expect(verdict.broken).toBeUndefined();
          if (orderly) expect(verdict.end).toBe("cleanly");
        }),
        fuzzRun(`grammar of ${protocol}`),
      );
    },
    fuzzTimeoutMs(),
  );

  test(
    "pitfall 57, T-10: a failure at any point, once or twice, never looks like a clean end, and nothing follows it",
    () => {
      const cases = Math.ceil(fuzzCases / 4);
      fc.assert(
        fc.property(answers, wish, fc.nat(), arbitraryError, ({ events, orderly }, asked, at, error) => {
          const cut = at % events.length;
          const writer = codecs[protocol].createWriter(contextOf(protocol, asked));
          const before = writtenBy(writer, events.slice(0, cut));
          const failure = decoder.decode(writer.fail(error));
          const after = decoder.decode(writer.fail(error)) + writtenBy(writer, events.slice(cut));
          const verdict = judge(protocol, before + failure, asked, orderly);
          expect(verdict).toEqual({ broken: undefined, end: "with an error" });
          expect(after).toBe("");
        }),
        fuzzRun(`failing streams of ${protocol}`, cases),
      );
    },
    fuzzTimeoutMs(),
  );

  test("pitfalls 59, 61: heartbeats and comments between any two events mean nothing", () => {
    const line = fc.constantFrom("x-tokligence-dropped=seed", "data: [DONE]", "event: error", "");
    fc.assert(
      fc.property(orderlyEvents, wish, line, (events, asked, said) => {
        const writer = codecs[protocol].createWriter(contextOf(protocol, asked));
        const quiet = (): string => decoder.decode(writer.heartbeat()) + decoder.decode(writer.comment(said));
        const stream = events.map((event) => quiet() + writtenBy(writer, [event])).join("");
        expect(judge(protocol, stream, asked, true)).toEqual({ broken: undefined, end: "cleanly" });
      }),
    );
  });
});
