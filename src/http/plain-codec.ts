import type { CanonicalRequest, Operation } from "#core/chat/canonical-request.ts";
import type { ChatRequest } from "#core/chat/request.ts";
import { GatewayError } from "#core/errors.ts";
import type { Codec, Protocol, RequestAddress } from "#core/wire/codec.ts";
import type { JsonBody } from "#core/wire/json-body.ts";

const encoder = new TextEncoder();

/** Bytes of a text. */
export const bytes = (text: string): Uint8Array => encoder.encode(text);

/**
 * A codec that is easy to read in a test: a stream event is its text, an error is `error:CODE`, and `messages: 0` is no
 * request.
 */
export function plainCodec(protocol: Protocol): Codec {
  return {
    protocol,
    operation: operationOf(protocol),
    family: protocol.startsWith("openai") ? "openai" : protocol.startsWith("gemini") ? "gemini" : "anthropic",
    decodeRequest: (body, address) => plainRequest(operationOf(protocol), body, address),
    forwardRequest: ({ bytes: forwarded }) => forwarded,
    replaceTokens: () => undefined,
    traits: notAsked,
    encodeRequest: notAsked,
    decodeWhole: () => [],
    encodeWhole: (events, context) => bytes(JSON.stringify({ model: context.model, events: events.length })),
    createDecoder: () => ({ push: () => [], end: () => [] }),
    createWriter: () => ({
      contentType: "text/event-stream",
      event(event) {
        if (event.type === "citation") throw new TypeError("Not to be written.");
        return bytes(event.type === "text" ? event.text : "");
      },
      raw: ({ raw }) => raw,
      fail: (error) => bytes(`error:${error.code}`),
      heartbeat: () => bytes(":hb"),
      comment: (line) => bytes(`:${line}:`),
    }),
    renderError: (error, requestId) => ({
      status: error.status,
      headers: { "content-type": "application/json" },
      body: bytes(JSON.stringify({ error: { code: error.code, protocol, message: error.message, requestId } })),
    }),
    readError: () => new GatewayError("upstream_error", "It failed."),
    forwardedHeaders: ["openai-beta"],
  };
}

function operationOf(protocol: Protocol): Operation {
  if (protocol.endsWith("embeddings")) return "embeddings";
  return protocol.endsWith("count-tokens") ? "count" : "chat";
}

function plainRequest(operation: Operation, body: JsonBody, address: RequestAddress): CanonicalRequest {
  const model = address.model ?? body.value["model"];
  if (typeof model !== "string" || body.value["messages"] === 0) {
    throw new GatewayError("invalid_request", "Not a request.", { details: { field: "messages" } });
  }
  if (operation === "embeddings") return { operation, embedding: { model, inputs: [], encoding: "float" } };
  const chat: ChatRequest = {
    model,
    messages: [],
    tools: [],
    toolChoice: { type: "auto" },
    stream: address.stream ?? body.value["stream"] === true,
    streamUsage: false,
    stop: [],
    choices: 1,
    asked: new Map(),
    unknownFields: [],
  };
  return { operation, chat };
}

function notAsked(): never {
  throw new TypeError("The doors do not ask for this.");
}

/** A plain codec for every protocol. */
export const plainCodecs: Readonly<Record<Protocol, Codec>> = {
  "openai-chat": plainCodec("openai-chat"),
  "openai-responses": plainCodec("openai-responses"),
  "openai-completions": plainCodec("openai-completions"),
  "openai-embeddings": plainCodec("openai-embeddings"),
  "openai-count-tokens": plainCodec("openai-count-tokens"),
  "anthropic-messages": plainCodec("anthropic-messages"),
  "anthropic-count-tokens": plainCodec("anthropic-count-tokens"),
  "gemini-generate": plainCodec("gemini-generate"),
  "gemini-count-tokens": plainCodec("gemini-count-tokens"),
  "gemini-embeddings": plainCodec("gemini-embeddings"),
};
