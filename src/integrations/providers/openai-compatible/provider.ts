import type { ProviderReply } from "#core/chat/reply.ts";
import type { Clock } from "#core/effects/clock.ts";
import type { UpstreamHttp, UpstreamResponse } from "#core/effects/upstream-http.ts";
import type { Provider, ProviderCall } from "#core/routing/provider.ts";
import type { Secret } from "#core/secret.ts";
import { isStreamed } from "#core/wire/canonical-request.ts";
import type { Codec, Protocol } from "#core/wire/codec.ts";
import { patchJsonBody } from "#core/wire/json-patch.ts";
import { answerKind, readRefusal } from "#integrations/providers/openai-compatible/answer-body.ts";
import {
  streamAsEvents,
  streamPieces,
  wholeAsEvents,
  wholePiece,
} from "#integrations/providers/openai-compatible/answer-pieces.ts";
import { credentialHeaders, endpointUrl } from "#integrations/providers/openai-compatible/endpoint.ts";

/** What a provider is made from. */
export interface OpenAiCompatibleOptions {
  readonly name: string;
  readonly type: string;
  /** Up to and including the version, such as `https://api.openai.com/v1`. */
  readonly baseUrl: string;
  readonly apiKey?: Secret;
  /** `authorization` for a bearer token, else the header that carries the bare key, such as Azure's `api-key`. */
  readonly authHeader: string;
  readonly organization?: string;
  /** Query parameters added to every call. */
  readonly query: Readonly<Record<string, string>>;
  readonly models: readonly string[];
  readonly http: UpstreamHttp;
  readonly clock: Clock;
  readonly codecs: Readonly<Record<Protocol, Codec>>;
  readonly limits: {
    readonly connectTimeoutMs: number;
    readonly streamIdleTimeoutMs: number;
    /** Bytes of an unstreamed answer. */
    readonly maxAnswerBytes: number;
  };
}

/**
 * A provider that speaks OpenAI's protocols: OpenAI, vLLM, Ollama, OpenRouter, Groq, DeepSeek, Azure. The caller's bytes
 * are forwarded with the model's name and the wish for usage patched in. Throws `config_invalid` on a bad base URL.
 */
export function createOpenAiCompatibleProvider(options: OpenAiCompatibleOptions): Provider {
  const { name, type, models, http, codecs, limits } = options;
  const urls: Readonly<Record<Protocol, string>> = {
    "openai-chat": endpointUrl(options.baseUrl, "openai-chat", options.query),
    "openai-embeddings": endpointUrl(options.baseUrl, "openai-embeddings", options.query),
  };
  const credentials = credentialHeaders(options.authHeader, options.apiKey, options.organization);

  async function call(call: ProviderCall): Promise<ProviderReply> {
    const codec = codecs[call.protocol];
    const streamed = isStreamed(call.request);
    const response = await http.send({
      method: "POST",
      peer: name,
      url: urls[call.protocol],
      headers: {
        ...call.headers,
        "content-type": "application/json",
        accept: streamed ? "text/event-stream" : "application/json",
        ...credentials,
      },
      body: patchJsonBody(call.body, { model: call.model, streamUsage: streamed }),
      signal: call.signal,
      limits: {
        connectTimeoutMs: limits.connectTimeoutMs,
        headTimeoutMs: call.headTimeoutMs,
        idleTimeoutMs: limits.streamIdleTimeoutMs,
        maxBodyBytes: streamed ? Number.POSITIVE_INFINITY : limits.maxAnswerBytes,
      },
    });
    if (response.status < 200 || response.status > 299) throw await readRefusal(response, codec, call.signal);
    return openReply(response, codec, call, streamed);
  }

  async function openReply(
    response: UpstreamResponse,
    codec: Codec,
    call: ProviderCall,
    streamed: boolean,
  ): Promise<ProviderReply> {
    const requestId = response.header("x-request-id");
    const identity = requestId === undefined ? {} : { upstreamRequestId: requestId };
    const kind = await kindOrClose(response, streamed);
    const carried = { ...identity, rawProtocol: call.protocol };
    if (kind === "stream" && streamed) {
      const keepUsage = call.request.operation === "chat" && call.request.chat.streamUsage;
      return { ...carried, pieces: streamPieces(response, codec.createDecoder({ keepUsage }), options.clock) };
    }
    const most = limits.maxAnswerBytes;
    if (kind === "stream") return { ...identity, pieces: streamAsEvents(response, codec, most) };
    if (streamed) return { ...identity, pieces: wholeAsEvents(response, codec, most) };
    return { ...carried, pieces: wholePiece(response, codec, most) };
  }

  return { name, type, models, protocols: ["openai-chat", "openai-embeddings"], call };
}

async function kindOrClose(response: UpstreamResponse, streamed: boolean): Promise<"stream" | "whole"> {
  try {
    return answerKind(response, streamed ? "stream" : "whole");
  } catch (thrown) {
    await response.body.return();
    throw thrown;
  }
}
