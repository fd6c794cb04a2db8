/** Answers of real services keep text, calls, end and usage in every other protocol, whole and streamed. */
import { describe, expect, test } from "bun:test";
import type { ChatEvent } from "#core/chat/event.ts";
import { foldAnswer } from "#core/chat/fold.ts";
import { codecs } from "#core/wire/codecs.ts";
import { joinBytes } from "#core/wire/join-bytes.ts";
import { callerOf, type Carried, carriedOf } from "./carried.ts";
import {
  answered,
  chatProtocols,
  type ChatProtocol,
  decodeStream,
  type Exchange,
  eventsOf,
  wholeEvents,
} from "./exchanges.ts";

test("there are recordings of every protocol, whole and streamed: RECORDED_DIR says where they lie", () => {
  const kinds = new Set(answered.map(({ protocol, streamed }) => `${protocol} ${streamed}`));
  expect([...kinds].toSorted()).toEqual(chatProtocols.flatMap((name) => [`${name} false`, `${name} true`]).toSorted());
});

/** The events of an answer, and what it must still say elsewhere; an error inside a 200 is its own end. */
function meaningOf(exchange: Exchange): { events: ChatEvent[]; carried: Carried } | { error: unknown } {
  try {
    const events = eventsOf(exchange);
    return { events, carried: carriedOf(foldAnswer(events)) };
  } catch (error) {
    return { error };
  }
}

/** Some protocols want words for a refusal that had none: they are the gateway's then. */
function expectSame(where: string, seen: Carried, carried: Carried): void {
  const silent = carried.finish === "refused" && carried.text === "";
  expect({ where, ...seen, ...(silent ? { text: "" } : {}) }).toEqual({ where, ...carried });
}

function writeStream(protocol: ChatProtocol, events: readonly ChatEvent[]): Uint8Array {
  const codec = codecs[protocol];
  const writer = codec.createWriter(callerOf(codec, protocol));
  return joinBytes(events.map((event) => writer.event(event)));
}

function writeWhole(protocol: ChatProtocol, events: readonly ChatEvent[]): Uint8Array {
  const codec = codecs[protocol];
  return codec.encodeWhole(events, callerOf(codec, protocol));
}

describe.each([...chatProtocols])("answers of %s", (from) => {
  for (const exchange of answered.filter(({ protocol }) => protocol === from)) {
    test(exchange.name, () => {
      const meaning = meaningOf(exchange);
      if ("error" in meaning) {
        expect(meaning.error).toMatchObject({ name: "GatewayError" });
        return;
      }
      const { events, carried } = meaning;
      for (const to of chatProtocols) {
        const whole = carriedOf(foldAnswer(wholeEvents(codecs[to], writeWhole(to, events))));
        expectSame(`${to}, whole`, whole, carried);
        const bytes = writeStream(to, events);
        const streamed = carriedOf(foldAnswer(decodeStream(codecs[to], bytes, [])));
        expectSame(`${to}, streamed`, streamed, carried);
      }
    });
  }
});
