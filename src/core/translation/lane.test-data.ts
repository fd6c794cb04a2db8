/** A codec that writes the canonical request itself, so that tests see what `encodeRequest` is given. */
import { createCatalog } from "#core/catalog/catalog.ts";
import type { ChatEvent } from "#core/chat/event.ts";
import { type Feature, features } from "#core/chat/feature.ts";
import { plainChat } from "#core/chat/plain-chat.test-data.ts";
import type { ChatRequest } from "#core/chat/request.ts";
import type { ProviderCall } from "#core/routing/provider.ts";
import { translate, type Translation } from "#core/translation/translate.ts";
import type { Codec, WireTraits } from "#core/wire/codec.ts";
import { authorDialect, type Dialect } from "#core/wire/dialect.ts";
import type { Treatment } from "#core/wire/fidelity.ts";
import { decodeJsonBody } from "#core/wire/json-body.ts";
import { openAiEmbeddingsCodec } from "#core/wire/openai-embeddings/codec.ts";

/** A protocol that can say everything. */
export const ableTraits: WireTraits = {
  toolName: { pattern: /^[A-Za-z0-9_-]+$/, most: 64 },
  callId: { pattern: /^[A-Za-z0-9_-]+$/, most: 40 },
  namespaces: true,
  customTools: true,
  midSystem: true,
  resultMedia: true,
  heic: true,
  answeredCalls: true,
  tokens: ["signature", "redacted", "encrypted", "thought"],
  stops: true,
};

/** What a test says of one side. */
export interface Side {
  readonly traits?: Partial<WireTraits>;
  readonly takes?: Partial<Record<Feature, Treatment["kind"]>>;
  readonly family?: Codec["family"];
  readonly protocol?: Codec["protocol"];
  readonly notes?: readonly string[];
}

/** A codec whose bodies are the canonical request as JSON. */
export function plainCodec({
  traits,
  takes = {},
  family = "openai",
  protocol = "openai-chat",
  notes = [],
}: Side): Codec {
  const treated = features.map((feature) => [feature, { kind: takes[feature] ?? "carry" }]);
  return {
    ...openAiEmbeddingsCodec,
    protocol,
    operation: "chat",
    family,
    fidelity: { fields: {}, takes: Object.fromEntries(treated) },
    traits: () => ({ ...ableTraits, ...traits }),
    encodeRequest(request, target) {
      for (const what of notes) target.note(what);
      return new TextEncoder().encode(JSON.stringify(request.operation === "embeddings" ? request : request.chat));
    },
  };
}

/** A call of a chat with these properties. */
export function callOf(chat: Partial<ChatRequest>, more: Partial<ProviderCall> = {}): ProviderCall {
  return {
    requestId: "req_1",
    protocol: "openai-chat",
    upstreamProtocol: "openai-chat",
    translate: true,
    body: decodeJsonBody(new TextEncoder().encode("{}")),
    address: {},
    request: { operation: "chat", chat: plainChat({ stream: true, ...chat }) },
    model: "m",
    headers: {},
    strict: false,
    tokenMaker: () => undefined,
    signal: new AbortController().signal,
    headTimeoutMs: 1_000,
    ...more,
  };
}

/** What `encodeRequest` was given, and the translation. */
export interface Translated extends Translation {
  readonly chat: ChatRequest;
}

/** Translates a chat between two such protocols for the provider `p`. */
export function translated(
  chat: Partial<ChatRequest>,
  {
    target = {},
    caller = {},
    dialect = {},
    call = {},
  }: { target?: Side; caller?: Side; dialect?: Partial<Dialect>; call?: Partial<ProviderCall> } = {},
): Translated {
  const translation = translate(plainCodec(target), plainCodec(caller), callOf(chat, call), {
    model: "m",
    facts: createCatalog().factsOf("m"),
    dialect: { ...authorDialect, ...dialect },
    provider: "p",
  });
  return { ...translation, chat: JSON.parse(new TextDecoder().decode(translation.body)) };
}

/** Events of an answer restored one by one, as they come in a stream. */
export function restoredOneByOne({ restore }: Translation, events: readonly ChatEvent[]): ChatEvent[] {
  return events.flatMap((event) => [...restore([event])]);
}
