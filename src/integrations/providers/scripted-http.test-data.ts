import type { ModelFacts } from "#core/catalog/model-facts.ts";
import { plainFacts } from "#core/catalog/plain-facts.test-data.ts";
import type { UpstreamHttp, UpstreamRequest } from "#core/effects/upstream-http.ts";
import { VirtualClock } from "#core/effects/virtual-clock.ts";
import { type GatewayError, toGatewayError } from "#core/errors.ts";
import type { Provider, ProviderCall } from "#core/routing/provider.ts";
import type { Protocol, RequestAddress } from "#core/wire/codec.ts";
import { codecs } from "#core/wire/codecs.ts";
import { decodeJsonBody } from "#core/wire/json-body.ts";
import type { ReplyPiece } from "#core/wire/reply-piece.ts";

const encoder = new TextEncoder();

/** What an upstream answers. */
export interface Script {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly chunks?: readonly (string | Uint8Array)[];
  /** Thrown after the chunks in place of the end. */
  readonly failure?: GatewayError;
}

/** An upstream that records requests and plays a script. */
export class ScriptedHttp implements UpstreamHttp {
  readonly requests: UpstreamRequest[] = [];
  pulled = 0;
  ended = false;
  closed = false;
  readonly #script: Script;

  constructor(script: Script = {}) {
    this.#script = script;
  }

  /** The request that was sent last. */
  get sent(): { readonly url: string; readonly headers: Readonly<Record<string, string>>; readonly body: string } {
    const request = this.requests.at(-1);
    if (request === undefined) throw new Error("Nothing was sent.");
    return { url: request.url, headers: request.headers, body: new TextDecoder().decode(request.body) };
  }

  async send(request: UpstreamRequest) {
    this.requests.push(request);
    const headers = this.#script.headers ?? { "content-type": "application/json" };
    return { status: this.#script.status ?? 200, header: (name: string) => headers[name], body: this.#body() };
  }

  async *#body(): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      for (const chunk of this.#script.chunks ?? []) {
        this.pulled += 1;
        yield typeof chunk === "string" ? encoder.encode(chunk) : chunk;
      }
      if (this.#script.failure !== undefined) throw this.#script.failure;
      this.ended = true;
    } finally {
      this.closed = true;
    }
  }
}

/** Facts of a model about which nothing is special; a name that begins with `responses` prefers that API. */
export const factsOf = (model: string): ModelFacts =>
  plainFacts({
    model,
    preferredApi: model.startsWith("responses") ? "responses" : "chat",
    toolsInChat: model !== "responses-tools",
  });

/** What every provider under test is made from. */
export function partsWith(http: UpstreamHttp) {
  return {
    name: "eu",
    models: [],
    http,
    clock: new VirtualClock(),
    codecs,
    facts: factsOf,
    limits: { connectTimeoutMs: 1, streamIdleTimeoutMs: 2, maxAnswerBytes: 2000 },
  };
}

/** A call of `protocol` with this body, to be answered in the same protocol unless `more` says otherwise. */
export function callOf(
  fields: object,
  protocol: Protocol = "openai-chat",
  more: Partial<ProviderCall> & { readonly address?: RequestAddress } = {},
): ProviderCall {
  const body = decodeJsonBody(encoder.encode(JSON.stringify({ model: "alias", ...fields })));
  const address = more.address ?? {};
  return {
    requestId: "req_1",
    protocol,
    upstreamProtocol: protocol,
    translate: false,
    body,
    address,
    request: codecs[protocol].decodeRequest(body, address),
    model: "real",
    headers: {},
    strict: false,
    tokenMaker: () => undefined,
    signal: new AbortController().signal,
    headTimeoutMs: 3,
    ...more,
  };
}

/** All pieces of an answer. */
export async function collect(pieces: AsyncGenerator<ReplyPiece, void, undefined>): Promise<ReplyPiece[]> {
  return await Array.fromAsync(pieces);
}

/** The error a call ends with, before or inside its answer; fails when there is none. */
export async function failure(provider: Provider, call: ProviderCall): Promise<GatewayError> {
  try {
    await collect((await provider.call(call)).pieces);
  } catch (thrown) {
    return toGatewayError(thrown);
  }
  throw new Error("did not fail");
}
