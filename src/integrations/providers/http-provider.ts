import type { ModelFacts } from "#core/catalog/model-facts.ts";
import { isStreamed } from "#core/chat/canonical-request.ts";
import type { MediaPart } from "#core/chat/request.ts";
import type { Clock } from "#core/effects/clock.ts";
import type { UpstreamHttp, UpstreamResponse } from "#core/effects/upstream-http.ts";
import type { ProviderReply } from "#core/routing/provider-reply.ts";
import type { Provider, ProviderCall } from "#core/routing/provider.ts";
import { translate } from "#core/translation/translate.ts";
import type { Codec, Protocol } from "#core/wire/codec.ts";
import { type Dialect, limitFieldOf } from "#core/wire/dialect.ts";
import { answerKind, readRefusal, requestIdOf } from "#integrations/providers/answer-body.ts";
import {
  restoredPieces,
  streamAsEvents,
  streamPieces,
  understoodOnly,
  wholeAsEvents,
  wholePiece,
} from "#integrations/providers/answer-pieces.ts";
import type { Endpoint } from "#integrations/providers/endpoint.ts";
import { forwardedLane, type Lane } from "#integrations/providers/lane.ts";
import { upstreamLimits } from "#integrations/providers/upstream-limits.ts";

/** What every provider behind HTTP is made from, whatever it speaks. */
export interface HttpProviderParts {
  readonly name: string;
  readonly models: readonly string[];
  readonly http: UpstreamHttp;
  readonly clock: Clock;
  readonly codecs: Readonly<Record<Protocol, Codec>>;
  /** What is known of a model, by the name the provider is asked for. */
  readonly facts: (model: string) => ModelFacts;
  /** Whether what the provider says of its own limits is of use to anybody. */
  readonly readLimits?: boolean;
  readonly limits: {
    readonly connectTimeoutMs: number;
    readonly streamIdleTimeoutMs: number;
    /** Bytes of an unstreamed answer. */
    readonly maxAnswerBytes: number;
  };
}

/** What a type of provider adds. */
export interface HttpProviderKind extends Pick<Provider, "type" | "speaks" | "needsBytes"> {
  readonly dialect: Dialect;
  readonly endpoint: Endpoint;
}

/**
 * A provider behind HTTP. A caller of the protocol it speaks has its bytes forwarded with the model's name and the wish
 * for usage patched in; any other caller's request is written anew, and its answer carries meaning alone. The caller's own
 * credentials never go on.
 */
export function createHttpProvider(parts: HttpProviderParts, kind: HttpProviderKind): Provider {
  return new HttpProvider(parts, kind);
}

class HttpProvider implements Provider {
  readonly #parts: HttpProviderParts;
  readonly #kind: HttpProviderKind;

  constructor(parts: HttpProviderParts, kind: HttpProviderKind) {
    this.#parts = parts;
    this.#kind = kind;
  }

  get name(): string {
    return this.#parts.name;
  }

  get type(): string {
    return this.#kind.type;
  }

  get models(): readonly string[] {
    return this.#parts.models;
  }

  speaks(protocol: Protocol, model: string): Protocol | undefined {
    return this.#kind.speaks(protocol, model);
  }

  needsBytes(upstreamProtocol: Protocol, kind: MediaPart["kind"]): boolean {
    return this.#kind.needsBytes(upstreamProtocol, kind);
  }

  async call(call: ProviderCall): Promise<ProviderReply> {
    const codec = this.#parts.codecs[call.upstreamProtocol];
    const streamed = isStreamed(call.request);
    const lane = this.#laneOf(codec, call, streamed);
    const response = await this.#send(codec, call, lane.body, streamed);
    if (response.status < 200 || response.status > 299) {
      throw await readRefusal(response, codec, call.signal, this.#parts.clock);
    }
    const kind = await kindOrClose(response, streamed);
    const requestId = requestIdOf(response);
    const limits = this.#parts.readLimits === true ? upstreamLimits(response, this.#parts.clock.now()) : undefined;
    return {
      ...(requestId === undefined ? {} : { upstreamRequestId: requestId }),
      ...(limits === undefined ? {} : { limits }),
      ...(lane.dropped.length === 0 ? {} : { dropped: lane.dropped }),
      ...this.#answer(response, kind, codec, call, lane),
    };
  }

  #laneOf(codec: Codec, call: ProviderCall, streamed: boolean): Lane {
    const { codecs, facts, name } = this.#parts;
    const { dialect } = this.#kind;
    if (codec.protocol === call.protocol && !call.translate) {
      const known = facts(call.model);
      return forwardedLane(codec, call, name, {
        askUsage: streamed && dialect.streamOptions,
        renameLimit: dialect.maxTokensField !== "by-model" || known.openAiReasoning,
        limitField: limitFieldOf(dialect, known),
        ...(call.outputLimit === undefined ? {} : { outputLimit: call.outputLimit }),
      });
    }
    const target = { provider: name, model: call.model, facts: facts(call.model), dialect };
    return translate(codec, codecs[call.protocol], call, target);
  }

  #send(codec: Codec, call: ProviderCall, body: Uint8Array, streamed: boolean): Promise<UpstreamResponse> {
    const { codecs, http, limits, name } = this.#parts;
    const { endpoint } = this.#kind;
    const related = codecs[call.protocol].family === codec.family;
    const headers: Record<string, string> = related ? allowed(codec.forwardedHeaders, call.headers) : {};
    headers["content-type"] = "application/json";
    headers["accept"] = streamed ? "text/event-stream" : "application/json";
    const draft = { protocol: codec.protocol, model: call.model, streamed, headers, body };
    const sending = http.send({
      method: "POST",
      peer: name,
      ...endpoint.address(draft),
      signal: call.signal,
      limits: {
        connectTimeoutMs: limits.connectTimeoutMs,
        headTimeoutMs: call.headTimeoutMs,
        idleTimeoutMs: limits.streamIdleTimeoutMs,
        maxBodyBytes: streamed ? Number.POSITIVE_INFINITY : limits.maxAnswerBytes,
      },
    });
    const { receive } = endpoint;
    return receive === undefined ? sending : sending.then(receive);
  }

  #answer(
    response: UpstreamResponse,
    kind: "stream" | "whole",
    codec: Codec,
    call: ProviderCall,
    { restore }: Lane,
  ): Pick<ProviderReply, "pieces" | "rawProtocol"> {
    const streamed = isStreamed(call.request);
    const keepUsage = restore !== undefined || (call.request.operation === "chat" && call.request.chat.streamUsage);
    const options = { keepUsage, requestId: call.requestId };
    const whole = { codec, options, maxBytes: this.#parts.limits.maxAnswerBytes };
    const asked = (kind === "stream") === streamed;
    const stream = () => streamPieces(response, codec.createDecoder(options), this.#parts.clock);
    if (restore === undefined && asked) {
      return { rawProtocol: codec.protocol, pieces: streamed ? stream() : wholePiece(response, whole) };
    }
    const other = () => (kind === "stream" ? streamAsEvents(response, whole) : wholeAsEvents(response, whole));
    if (restore === undefined) return { pieces: understoodOnly(other()) };
    return { pieces: restoredPieces(asked && streamed ? stream() : other(), restore) };
  }
}

function allowed(names: readonly string[], given: Readonly<Record<string, string>>): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const name of names) {
    const value = given[name];
    if (value !== undefined) headers[name] = value;
  }
  return headers;
}

async function kindOrClose(response: UpstreamResponse, streamed: boolean): Promise<"stream" | "whole"> {
  try {
    return answerKind(response, streamed ? "stream" : "whole");
  } catch (thrown) {
    await response.body.return();
    throw thrown;
  }
}
