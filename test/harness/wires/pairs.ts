import { afterAll, beforeAll } from "bun:test";
import { postJson } from "../client.ts";
import { type FakeProvider, fourProviders } from "../four-providers.ts";
import { type GatewayUnderTest, startGateway } from "../gateway.ts";
import type { RecordedCall } from "../fake-upstream.ts";
import { anthropicWire } from "./anthropic-wire.ts";
import { chatWire } from "./chat-wire.ts";
import { geminiWire } from "./gemini-wire.ts";
import { responsesWire } from "./responses-wire.ts";
import { type Answer, type Fields, fieldsOf, framesIn, type Question, type Reply, type Wire } from "./wire.ts";

/** The four protocols, in the order of the four fake providers. */
export const fourWires: readonly Wire[] = [chatWire, responsesWire, anthropicWire, geminiWire];

/** What came back. */
export interface Told extends Answer {
  readonly status: number;
  readonly headers: Headers;
  /** The body as it came. */
  readonly raw: string;
  /** The error object of an answer that is none. */
  readonly error: Fields;
  /** Fields that could not be carried. */
  readonly dropped: readonly string[];
  /** The request's body without the model, for the next turn. */
  readonly body: Fields;
}

/** How a request is sent. */
export interface Sending {
  readonly streamed?: boolean;
  readonly strict?: boolean;
  /** Another model than the pair's own provider answers. */
  readonly model?: string;
}

/** A caller of one protocol in front of a provider of one. */
export interface Pair {
  readonly client: Wire;
  readonly provider: FakeProvider;
  /** The provider's protocol, to read what it was sent. */
  readonly upstream: Wire;
  /** Both speak the same, so that bytes pass through. */
  readonly isSame: boolean;
  ask(question: Question, sending?: Sending): Promise<Told>;
  /** Sends a body, complete but for the model. */
  send(body: Fields, sending?: Sending): Promise<Told>;
  /** The next turn of a conversation. */
  reply(told: Told, reply: Reply, sending?: Sending): Promise<Told>;
  /** The provider's last call for an answer. */
  heard(): RecordedCall;
  /** The conversation that the call held, a line for each thing said, thought or shown. */
  story(): string[];
  /** The same without thoughts and tokens. */
  said(): string[];
}

/** What all pairs of a file share. */
export interface SixteenPairs {
  /** With `client -> provider` as their names, for `test.each`. */
  readonly table: [string, Pair][];
  /** The same without pairs of one protocol, which pass bytes through. */
  readonly translated: [string, Pair][];
  readonly providers: readonly FakeProvider[];
  readonly gateway: GatewayUnderTest;
}

/**
 * Every protocol in front of every provider, through one gateway that runs while the tests of the file do. It repeats
 * nothing unless told to, so that a call is a call. `routes` are further lines of its configuration.
 */
export function sixteenPairs(
  routes?: (origins: Readonly<Record<string, string>>) => string,
  maxRetries = 0,
): SixteenPairs {
  const providers = fourProviders();
  let gateway: GatewayUnderTest | undefined;
  beforeAll(async () => {
    const origins = Object.fromEntries(providers.all.map(({ model, upstream }) => [model, upstream.origin]));
    gateway = await startGateway({
      ini: `[gateway]\nmax_retries = ${maxRetries}\n${providers.ini(routes?.(origins))}`,
    });
  });
  afterAll(async () => {
    await gateway?.[Symbol.asyncDispose]();
    providers.stop();
  });
  const running = (): GatewayUnderTest => {
    if (gateway === undefined) throw new Error("the gateway runs only while tests run");
    return gateway;
  };
  const table = fourWires.flatMap((client) =>
    providers.all.map((provider, index): [string, Pair] => {
      const upstream = fourWires[index] ?? client;
      return [`${client.name} -> ${upstream.name}`, pairOf(client, provider, upstream, () => running().url)];
    }),
  );
  return {
    table,
    translated: table.filter(([, pair]) => !pair.isSame),
    providers: providers.all,
    get gateway() {
      return running();
    },
  };
}

function pairOf(client: Wire, provider: FakeProvider, upstream: Wire, url: () => string): Pair {
  const send = async (body: Fields, sending: Sending = {}): Promise<Told> => {
    const { streamed = false, strict = false, model = provider.model } = sending;
    const sent = client.sent(body, model, streamed);
    const headers = strict ? { "x-tokligence-strict": "true" } : {};
    return told(client, body, await postJson(url() + client.path(model, streamed), sent, { headers }));
  };
  const heard = (): RecordedCall => {
    const call = provider.calls.at(-1);
    if (call === undefined) throw new Error("the provider was not asked");
    return call;
  };
  const story = (): string[] => wholeSentences(upstream.story(heard().json()));
  return {
    client,
    provider,
    upstream,
    isSame: client === upstream,
    send,
    ask: (question, sending) => send(client.begin(question), sending),
    reply: (before, next, sending) => send(client.goOn(before.body, before, next), sending),
    heard,
    story,
    said: () => story().filter((line) => !/^(token|thought:) /.test(line)),
  };
}

async function told(client: Wire, body: Fields, response: Response): Promise<Told> {
  const { status, headers } = response;
  // A connection that breaks leaves what came before.
  let raw = "";
  const decoder = new TextDecoder();
  try {
    for await (const bytes of response.body ?? []) raw += decoder.decode(bytes, { stream: true });
  } catch (error) {
    if (status !== 200) throw error;
  }
  const dropped = headers.get("x-tokligence-dropped")?.split(",").map(decodeURIComponent) ?? [];
  const both = { status, headers, raw, dropped, body };
  if (status !== 200) return { ...nothing, ...both, error: fieldsOf(JSON.parse(raw)["error"]) };
  const streamed = headers.get("content-type")?.startsWith("text/event-stream") === true;
  const answer = streamed ? client.streamed(framesIn(raw)) : client.whole(fieldsOf(JSON.parse(raw)));
  return { ...answer, ...both, error: {} };
}

/** Callers that read streams send the model's words back as they came: piece by piece, and empty ones too. */
function wholeSentences(story: readonly string[]): string[] {
  const model = "assistant: ";
  return story.reduce<string[]>((lines, line) => {
    const last = lines.at(-1);
    if (line === model) return lines;
    if (last?.startsWith(model) && line.startsWith(model)) lines[lines.length - 1] = last + line.slice(model.length);
    else lines.push(line);
    return lines;
  }, []);
}

const nothing: Answer = {
  text: "",
  thoughts: "",
  refusal: "",
  calls: [],
  tokens: [],
  end: "",
  usage: undefined,
  turn: [],
  isWhole: false,
};
