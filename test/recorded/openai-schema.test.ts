/** Answers of every service, written for OpenAI callers, are what OpenAI's published schema says. */
import { describe, expect, test } from "bun:test";
import type { ChatEvent } from "#core/chat/event.ts";
import { codecs } from "#core/wire/codecs.ts";
import { dataLines } from "../harness/chat-text.ts";
import { callerOf } from "./carried.ts";
import { answered, type ChatProtocol, chatProtocols, type Exchange, eventsOf } from "./exchanges.ts";
import { mistakes, openAiSchema, responsesEventSchemas } from "./openai-schema.ts";

const eventSchemas = responsesEventSchemas();
const chunkSchema = openAiSchema("CreateChatCompletionStreamResponse");

const shapes = [
  {
    protocol: "openai-chat",
    whole: openAiSchema("CreateChatCompletionResponse"),
    // The document has calls of custom tools in whole answers only; the service streams them too.
    eventMistakes: (event: unknown) =>
      JSON.stringify(event).includes('"type":"custom"') ? [] : mistakes(chunkSchema, event),
  },
  {
    protocol: "openai-responses",
    whole: openAiSchema("Response"),
    eventMistakes: (event: unknown) => {
      const { type } = event as { type: string };
      return mistakes(eventSchemas.get(type), event).map((mistake) => `${type} ${mistake}`);
    },
  },
] as const;

/** The events of an answer; nothing when it holds an error. */
function eventsIn(exchange: Exchange): ChatEvent[] {
  try {
    const events = eventsOf(exchange);
    return events.some((event) => event.type === "error") ? [] : events;
  } catch {
    return [];
  }
}

function streamOf(protocol: ChatProtocol, events: readonly ChatEvent[]): unknown[] {
  const writer = codecs[protocol].createWriter(callerOf(codecs[protocol], protocol));
  const text = events.map((event) => new TextDecoder().decode(writer.event(event))).join("");
  const lines = dataLines(text.replaceAll(/^event: .*\n/gm, ""));
  return lines.filter((line) => line !== "[DONE]").map((line) => JSON.parse(line));
}

describe.each([...shapes])("$protocol", ({ protocol, whole, eventMistakes }) => {
  test.each([...chatProtocols])("answers of %s are valid, whole and streamed", (from) => {
    const wrong = answered
      .filter((one) => one.protocol === from)
      .flatMap((exchange) => {
        const events = eventsIn(exchange);
        if (events.length === 0) return [];
        const body = codecs[protocol].encodeWhole(events, callerOf(codecs[protocol], protocol));
        const seen = [
          ...mistakes(whole, JSON.parse(new TextDecoder().decode(body))),
          ...streamOf(protocol, events).flatMap(eventMistakes),
        ];
        return [...new Set(seen)].map((mistake) => `${exchange.name}: ${mistake}`);
      });
    expect(wrong).toEqual([]);
  });
});
