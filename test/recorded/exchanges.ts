import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { ChatEvent } from "#core/chat/event.ts";
import type { Codec, DecodeOptions, RequestAddress } from "#core/wire/codec.ts";
import { codecs } from "#core/wire/codecs.ts";
import { recordedDirectory } from "./recorded-directory.ts";

/** Protocols of chat, which every recorded answer is carried between. */
export const chatProtocols = ["openai-chat", "openai-responses", "anthropic-messages", "gemini-generate"] as const;

/** One of them. */
export type ChatProtocol = (typeof chatProtocols)[number];

/** A request to a real service with what it answered. */
export interface Exchange {
  /** Where it was recorded, for the title of a test. */
  readonly name: string;
  readonly protocol: ChatProtocol;
  readonly status: number;
  readonly streamed: boolean;
  /** The body of the request; undefined where only the answer was recorded. */
  readonly request: Record<string, unknown> | undefined;
  readonly address: RequestAddress;
  readonly answer: Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
}

interface Line {
  readonly file: string;
  readonly i: number;
  readonly path: string;
  readonly request: unknown;
  readonly status: number;
  readonly response: unknown;
  readonly responseHeaders: Readonly<Record<string, string>>;
  readonly streamed: boolean;
}

/** Every recorded exchange of the four chat protocols. */
export const exchanges: readonly Exchange[] = readExchanges();

/** Exchanges with an answer, and those with an error. */
export const answered: readonly Exchange[] = exchanges.filter((exchange) => exchange.status === 200);
export const refused: readonly Exchange[] = exchanges.filter((exchange) => exchange.status !== 200);

const decoding: DecodeOptions = { keepUsage: true, requestId: "req_recorded" };

/** What an answer of a service means. */
export function eventsOf({ protocol, streamed, answer }: Exchange): ChatEvent[] {
  return streamed ? decodeStream(codecs[protocol], answer, [answer.length]) : wholeEvents(codecs[protocol], answer);
}

/** What a whole body means. */
export function wholeEvents(codec: Codec, body: Uint8Array): ChatEvent[] {
  return codec.decodeWhole(body, decoding);
}

/** What a stream means that arrives cut at these places, ascending. */
export function decodeStream(codec: Codec, bytes: Uint8Array, cuts: readonly number[]): ChatEvent[] {
  const decoder = codec.createDecoder(decoding);
  const events: ChatEvent[] = [];
  let from = 0;
  for (const to of [...cuts, bytes.length]) {
    if (to > from) for (const piece of decoder.push(bytes.subarray(from, to))) events.push(...piece.events);
    from = Math.max(from, to);
  }
  for (const piece of decoder.end()) events.push(...piece.events);
  return events;
}

function readExchanges(): Exchange[] {
  const folder = join(recordedDirectory, "recorded");
  const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".jsonl")) : [];
  return files.toSorted().flatMap((file) =>
    readFileSync(join(folder, file), "utf8")
      .split("\n")
      .filter((line) => line !== "")
      .flatMap((line) => exchangeOf(JSON.parse(line))),
  );
}

function exchangeOf(line: Line): Exchange[] {
  const protocol = protocolOf(line.path);
  if (protocol === undefined) return [];
  const text = typeof line.response === "string" ? line.response : JSON.stringify(line.response);
  const model = /\/models\/([^:]+):/.exec(line.path)?.[1];
  return [
    {
      name: `${line.file} ${line.i}`,
      protocol,
      status: line.status,
      streamed: line.streamed,
      request: requestOf(line.request),
      address: model === undefined ? {} : { model, stream: line.streamed },
      answer: new TextEncoder().encode(text),
      headers: line.responseHeaders,
    },
  ];
}

/** OpenRouter, DeepSeek, Groq and xAI speak chat completions, Vertex speaks Gemini; batches are nobody's chat. */
function protocolOf(path: string): ChatProtocol | undefined {
  if (path.endsWith("/chat/completions")) return "openai-chat";
  if (path.endsWith("/responses")) return "openai-responses";
  if (path.endsWith("/messages")) return "anthropic-messages";
  return /:(stream)?generateContent$/i.test(path) ? "gemini-generate" : undefined;
}

function requestOf(value: unknown): Record<string, unknown> | undefined {
  if (typeof value !== "object" || value === null || Object.keys(value).length === 0) return undefined;
  return value as Record<string, unknown>;
}
