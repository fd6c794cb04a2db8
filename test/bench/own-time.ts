import type { ScriptedAnswer } from "../harness/scripted-answer.ts";
import { createCatalog } from "#core/catalog/catalog.ts";
import { translate } from "#core/translation/translate.ts";
import type { Codec, EncodeContext, Protocol } from "#core/wire/codec.ts";
import { codecs } from "#core/wire/codecs.ts";
import { authorDialect } from "#core/wire/dialect.ts";
import { decodeJsonBody } from "#core/wire/json-body.ts";
import { PieceWriter } from "#http/reply-encoding.ts";
import { callerBody } from "./caller-request.ts";
import { mainPair, pairName, translatedPairs, type WireName, type WirePair, wires } from "./four-wires.ts";
import type { Row } from "./report.ts";
import { interleave } from "./rounds.ts";
import { callAnswer, framesOf, textAnswer } from "./scripted-streams.ts";

const events = 200;
/** Most of a TCP segment on Ethernet. */
const segmentBytes = 1_448;
const barMicroseconds = 5;
const warmUps = 300;
const repetitions = 100;

const protocols: Readonly<Record<WireName, Protocol>> = {
  chat: "openai-chat",
  responses: "openai-responses",
  anthropic: "anthropic-messages",
  gemini: "gemini-generate",
};

/** One way to cut a stream into chunks. */
interface Cut {
  readonly name: string;
  cut(frames: readonly Uint8Array[]): readonly Uint8Array[];
}

const cuts: readonly Cut[] = [
  { name: "one event a chunk", cut: (frames) => frames },
  { name: `chunks of ${segmentBytes} bytes`, cut: (frames) => segments(Buffer.concat(frames)) },
];

/** What streams are made of, and between whom; Gemini has no pieces of arguments. */
const answers: readonly {
  readonly name: string;
  readonly answer: ScriptedAnswer;
  readonly pairs: readonly WirePair[];
}[] = [
  { name: "text", answer: textAnswer(events), pairs: translatedPairs },
  {
    name: "arguments",
    answer: callAnswer(events),
    pairs: translatedPairs.filter(({ provider }) => provider !== "gemini"),
  },
];

/**
 * Microseconds of the gateway's own work for one event of a translated stream: decoded, restored, written, in this process.
 * Of each kind of stream a row for the pair of the bar, and one for the slowest of the others.
 */
export async function ownTime(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const { name, answer, pairs } of answers) {
    for (const cut of cuts) {
      const prepared = new Map(pairs.map((pair) => [pairName(pair), translationOf(pair, answer, cut)]));
      const times = await interleave([...prepared.keys()], (pair) => measured(prepared.get(pair)));
      const others = Object.entries(times)
        .map(([pair, { microseconds }]) => ({ pair, microseconds }))
        .filter(({ pair }) => pair !== pairName(mainPair))
        .toSorted((one, other) => other.microseconds - one.microseconds);
      const what = `own time per event of ${name}, ${cut.name}`;
      const [slowest] = others;
      const main = { pair: pairName(mainPair), microseconds: times[pairName(mainPair)]?.microseconds ?? Number.NaN };
      rows.push(rowOf(`${what}: ${main.pair}`, main.microseconds));
      if (slowest !== undefined) rows.push(rowOf(`${what}: slowest other, ${slowest.pair}`, slowest.microseconds));
    }
  }
  return rows;
}

function rowOf(what: string, microseconds: number): Row {
  return { what, unit: "us", gateway: microseconds, bar: { atMost: barMicroseconds } };
}

async function measured(prepare: (() => () => number) | undefined): Promise<{ microseconds: number }> {
  if (prepare === undefined) throw new Error("There is no such pair.");
  for (let time = 0; time < warmUps; time += 1) prepare()();
  const prepared = Array.from({ length: repetitions }, prepare);
  Bun.gc(true);
  const before = process.cpuUsage();
  for (const run of prepared) run();
  // Processor time, which others on the machine do not lengthen as they do the clock's.
  const { user, system } = process.cpuUsage(before);
  return { microseconds: (user + system) / repetitions / events };
}

/**
 * Prepares to carry one stream from the provider's bytes to the caller's, as the gateway does: the request is translated
 * then, and what is given back does the rest once. It gives the number of bytes written.
 */
function translationOf({ client, provider }: WirePair, answer: ScriptedAnswer, { cut }: Cut): () => () => number {
  const codec = codecs[protocols[provider]];
  const caller = codecs[protocols[client]];
  const chunks = cut(framesOf(provider, answer));
  const open = opened(client, caller, codec, wires[provider].model);
  return () => {
    const { restore, context } = open();
    return () => {
      const decoder = codec.createDecoder({ keepUsage: true, requestId: context.requestId });
      const writer = new PieceWriter(caller.createWriter(context), caller, { rawProtocol: undefined });
      let bytes = 0;
      for (const chunk of chunks) {
        for (const piece of decoder.push(chunk)) {
          const restored = restore(piece.events);
          if (restored.length > 0) bytes += writer.write({ events: restored }).byteLength;
        }
      }
      return bytes;
    };
  };
}

/** What a stream is translated with, made anew for each. */
function opened(client: WireName, caller: Codec, codec: Codec, model: string) {
  const asked = { client, model: "bench", streamed: true, conversation: "short" } as const;
  const body = decodeJsonBody(Buffer.from(callerBody(asked)));
  const address = { model: "bench", stream: true };
  const request = caller.decodeRequest(body, address);
  const target = { model, provider: "bench", dialect: authorDialect, facts: createCatalog().factsOf(model) };
  const call = {
    requestId: "req_0123456789",
    protocol: caller.protocol,
    upstreamProtocol: codec.protocol,
    translate: false,
    body,
    address,
    request,
    model,
    headers: {},
    strict: false,
    tokenMaker: () => undefined,
    signal: new AbortController().signal,
    headTimeoutMs: 1_000,
  };
  const context: EncodeContext = {
    model: "bench",
    requestId: call.requestId,
    createdSeconds: 1_700_000_000,
    nowSeconds: () => 1_700_000_000,
    streamUsage: true,
    embeddingEncoding: "float",
    request,
    body,
    address,
  };
  return () => ({ restore: translate(codec, caller, call, target).restore, context });
}

function segments(bytes: Uint8Array): Uint8Array[] {
  const count = Math.ceil(bytes.length / segmentBytes);
  return Array.from({ length: count }, (_, at) => bytes.slice(at * segmentBytes, (at + 1) * segmentBytes));
}
