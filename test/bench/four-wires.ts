import { anthropicSpeech } from "../harness/anthropic-speech.ts";
import { chatSpeech } from "../harness/chat-speech.ts";
import { geminiSpeech } from "../harness/gemini-speech.ts";
import { responsesSpeech } from "../harness/responses-speech.ts";
import type { ProviderSpeech } from "../harness/scripted-answer.ts";
import { anthropicWire } from "../harness/wires/anthropic-wire.ts";
import { chatWire } from "../harness/wires/chat-wire.ts";
import { geminiWire } from "../harness/wires/gemini-wire.ts";
import { responsesWire } from "../harness/wires/responses-wire.ts";
import type { Wire } from "../harness/wires/wire.ts";

/** The protocols of the bench by their short names. */
export const wireNames = ["chat", "responses", "anthropic", "gemini"] as const;
export type WireName = (typeof wireNames)[number];

/** One protocol: as callers speak it, as providers do, and how such a provider is configured. */
export interface BenchWire {
  readonly wire: Wire;
  readonly speech: ProviderSpeech;
  /** Lines of `[provider.NAME]`. */
  readonly settings: string;
  /** What follows the origin in `base_url`. */
  readonly base: string;
  /** What stands in the path of its calls for an answer, and of no other protocol's. */
  readonly mark: string;
  /** A model's name, for what the catalogue knows of it. */
  readonly model: string;
}

/** All of them. */
export const wires: Readonly<Record<WireName, BenchWire>> = {
  chat: {
    wire: chatWire,
    speech: chatSpeech,
    settings: "type = openai-compatible",
    base: "/v1",
    mark: "/chat/completions",
    model: "gpt-4o",
  },
  responses: {
    wire: responsesWire,
    speech: responsesSpeech,
    settings: "type = openai\napi = responses",
    base: "/v1",
    mark: "/responses",
    model: "gpt-5.5",
  },
  anthropic: {
    wire: anthropicWire,
    speech: anthropicSpeech,
    settings: "type = anthropic",
    base: "",
    mark: "/v1/messages",
    model: "claude-sonnet-4-5",
  },
  gemini: {
    wire: geminiWire,
    speech: geminiSpeech,
    settings: "type = gemini",
    base: "",
    mark: "/v1beta/",
    model: "gemini-3-pro-preview",
  },
};

/** A caller of one protocol in front of a provider of one. */
export interface WirePair {
  readonly client: WireName;
  readonly provider: WireName;
}

/** The pairs that are translated. */
export const translatedPairs: readonly WirePair[] = wireNames.flatMap((client) =>
  wireNames.filter((provider) => provider !== client).map((provider) => ({ client, provider })),
);

/** The pair that the bars of translation are set for. */
export const mainPair: WirePair = { client: "anthropic", provider: "chat" };

/** A pair in words. */
export function pairName({ client, provider }: WirePair): string {
  return `${client} client, ${provider} provider`;
}
