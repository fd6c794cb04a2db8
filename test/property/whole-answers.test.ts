import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { ChatEvent } from "#core/chat/event.ts";
import { GatewayError } from "#core/errors.ts";
import { codecs } from "#core/wire/codecs.ts";
import { arbitraryError, orderlyEvents, wildEvents } from "./arbitrary-events.ts";
import { fuzzCases, fuzzRun, fuzzTimeoutMs } from "./fuzz-share.ts";
import { wholeAnswerFault } from "./grammar/whole-answer.ts";
import { chatProtocols } from "../golden/pair-lane.ts";
import { contextOf } from "./written-streams.ts";

const end: ChatEvent = { type: "end" };
const decoder = new TextDecoder();
const wish = { streamUsage: true, jsonArray: false, logprobs: false };
const cases = Math.ceil(fuzzCases / 2);

describe.each(chatProtocols)("%s", (protocol) => {
  const context = contextOf(protocol, wish);

  test(
    "whatever events come, the whole answer is one object that its readers understand, or a known error",
    () => {
      const answers = fc.oneof(
        orderlyEvents,
        wildEvents.map((events) => [...events, end]),
      );
      fc.assert(
        fc.property(answers, (events) => {
          let body: Uint8Array;
          try {
            body = codecs[protocol].encodeWhole(events, context);
          } catch (thrown) {
            expect(thrown).toBeInstanceOf(GatewayError);
            expect(events.some((event) => event.type === "finish" && event.reason === "error")).toBe(true);
            return;
          }
          expect(wholeAnswerFault(protocol, JSON.parse(decoder.decode(body)))).toBeUndefined();
        }),
        fuzzRun(`whole answers of ${protocol}`, cases),
      );
    },
    fuzzTimeoutMs(cases),
  );

  test("an answer that broke is never written as a whole one", () => {
    fc.assert(
      fc.property(wildEvents, arbitraryError, (events, error) => {
        expect(() => codecs[protocol].encodeWhole([...events, { type: "error", error }], context)).toThrow(
          GatewayError,
        );
      }),
    );
  });
});
