/** The translation lane from one protocol to another without a gateway around it: bytes in, bytes out. */
import { createCatalog } from "#core/catalog/catalog.ts";
import type { ChatEvent } from "#core/chat/event.ts";
import type { ProviderCall } from "#core/routing/provider.ts";
import { translate, type Translation, type TranslationTarget } from "#core/translation/translate.ts";
import type { EncodeContext, RequestAddress } from "#core/wire/codec.ts";
import { codecs } from "#core/wire/codecs.ts";
import { authorDialect } from "#core/wire/dialect.ts";
import { decodeJsonBody, type JsonBody } from "#core/wire/json-body.ts";

/** The protocols that conversations are held in. */
export const chatProtocols = ["openai-chat", "openai-responses", "anthropic-messages", "gemini-generate"] as const;

/** One of them. */
export type ChatProtocol = (typeof chatProtocols)[number];

/** The name of the provider that every call here goes to. */
export const provider = "upstream";

/** A model that each protocol's own author serves. */
export const usualModels: Readonly<Record<ChatProtocol, string>> = {
  "openai-chat": "gpt-4.1",
  "openai-responses": "gpt-5.5",
  "anthropic-messages": "claude-sonnet-4-5",
  "gemini-generate": "gemini-3-pro-preview",
};

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const catalog = createCatalog();

/** A call as its caller made it. */
export interface PairCall {
  readonly caller: ChatProtocol;
  readonly address: RequestAddress;
  readonly body: JsonBody;
}

/** A call from the text of its body. */
export function pairCall(caller: ChatProtocol, body: string, address: RequestAddress): PairCall {
  return { caller, address, body: decodeJsonBody(encoder.encode(body)) };
}

/** The call as a provider of this protocol gets it. Throws `GatewayError` where it cannot be said there. */
export function translated({ caller, body, address }: PairCall, upstream: ChatProtocol, model: string): Translation {
  const request = codecs[caller].decodeRequest(body, address);
  const call: ProviderCall = {
    requestId: "req_own",
    protocol: caller,
    upstreamProtocol: upstream,
    translate: true,
    body,
    address,
    request,
    model,
    headers: {},
    strict: false,
    tokenMaker: () => undefined,
    signal: new AbortController().signal,
    headTimeoutMs: 1000,
  };
  const target: TranslationTarget = { model, facts: catalog.factsOf(model), dialect: authorDialect, provider };
  return translate(codecs[upstream], codecs[caller], call, target);
}

/** The bytes of a translated request as text. */
export function bodyText({ body }: Pick<Translation, "body">): string {
  return decoder.decode(body);
}

/** What a writer of the caller's protocol is told. */
export function contextOf({ caller, body, address }: PairCall, streamUsage: boolean): EncodeContext {
  const request = codecs[caller].decodeRequest(body, address);
  return {
    model: request.operation === "embeddings" ? "" : request.chat.model,
    requestId: "req_own",
    createdSeconds: 1_790_000_000,
    nowSeconds: () => 1_790_000_002,
    streamUsage,
    embeddingEncoding: "float",
    request,
    body,
    address,
  };
}

/** The events of a provider's answer, as its protocol's decoder reads them. */
export function eventsOf(upstream: ChatProtocol, answer: Uint8Array, streamed: boolean): readonly ChatEvent[] {
  const options = { keepUsage: true, requestId: "req_own" };
  if (!streamed) return codecs[upstream].decodeWhole(answer, options);
  const stream = codecs[upstream].createDecoder(options);
  return [...stream.push(answer), ...stream.end()].flatMap(({ events }) => events);
}
