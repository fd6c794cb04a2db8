/** Requests that real services accepted are understood, and written anew they still say everything. */
import { describe, expect, test } from "bun:test";
import { createCatalog } from "#core/catalog/catalog.ts";
import type { CanonicalRequest } from "#core/chat/canonical-request.ts";
import type { ChatRequest, Part } from "#core/chat/request.ts";
import type { EncodeTarget } from "#core/wire/codec.ts";
import { codecs } from "#core/wire/codecs.ts";
import { authorDialect } from "#core/wire/dialect.ts";
import { decodeJsonBody, type JsonBody } from "#core/wire/json-body.ts";
import { inputOf } from "./carried.ts";
import { answered, chatProtocols, type ChatProtocol, type Exchange } from "./exchanges.ts";

const catalog = createCatalog();

/** What a conversation holds; a picture may move from a result into the message behind it. */
interface Said {
  readonly texts: readonly string[];
  readonly calls: readonly unknown[];
  readonly results: number;
  readonly media: readonly string[];
}

function saidIn({ messages }: ChatRequest): Said {
  const outer = messages.flatMap(({ parts }) => parts);
  const parts = outer.flatMap((part): readonly Part[] => (part.type === "tool-result" ? part.parts : [part]));
  return {
    texts: parts.flatMap((part) => (part.type === "text" && part.text.trim() !== "" ? [part.text.trim()] : [])),
    calls: parts.flatMap((part) =>
      part.type === "tool-call" ? [{ name: part.name, input: inputOf(part.argumentsText) }] : [],
    ),
    results: outer.filter((part) => part.type === "tool-result").length,
    media: parts.flatMap((part) => (part.type === "media" ? [sourceOf(part)] : [])),
  };
}

function sourceOf({ kind, source }: Extract<Part, { type: "media" }>): string {
  switch (source.type) {
    case "data":
      return `${kind} ${source.base64}`;
    case "url":
      return `${kind} ${source.url}`;
    case "file":
      return `${kind} ${source.id}`;
  }
}

/** The tools that the caller runs, and whether the provider may search the web. */
function toolsIn({ tools }: ChatRequest): string[] {
  return tools.flatMap((tool) => {
    if (tool.kind !== "hosted") return [tool.name];
    return tool.webSearch === undefined ? [] : ["web search"];
  });
}

function chatOf(protocol: ChatProtocol, body: JsonBody, { address }: Exchange): ChatRequest {
  const request: CanonicalRequest = codecs[protocol].decodeRequest(body, address);
  if (request.operation !== "chat") throw new Error("a chat was expected");
  return request.chat;
}

describe.each([...chatProtocols])("requests of %s", (protocol) => {
  for (const exchange of answered.filter((one) => one.protocol === protocol && one.request !== undefined)) {
    test(exchange.name, () => {
      const body = decodeJsonBody(new TextEncoder().encode(JSON.stringify(exchange.request)));
      const chat = chatOf(protocol, body, exchange);
      const target: EncodeTarget = {
        model: chat.model,
        facts: catalog.factsOf(chat.model),
        dialect: authorDialect,
        note: () => undefined,
      };
      const written = codecs[protocol].encodeRequest({ operation: "chat", chat }, target);
      const again = chatOf(protocol, decodeJsonBody(written), exchange);
      const { texts, ...rest } = saidIn(chat);
      const seen = saidIn(again);
      expect(seen).toMatchObject(rest);
      const words = seen.texts.join("\n");
      expect(texts.filter((text) => !words.includes(text))).toEqual([]);
      expect(toolsIn(again)).toEqual(toolsIn(chat));
      expect([...again.asked.keys()].filter((feature) => !chat.asked.has(feature))).toEqual([]);
    });
  }
});
