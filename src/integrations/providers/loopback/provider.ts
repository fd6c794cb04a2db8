import type { ChatRequest, EmbeddingRequest } from "#core/chat/request.ts";
import type { Clock } from "#core/effects/clock.ts";
import { GatewayError } from "#core/errors.ts";
import type { ProviderReply } from "#core/routing/provider-reply.ts";
import type { Provider, ProviderCall } from "#core/routing/provider.ts";
import { wait } from "#core/wait.ts";
import type { Codec, Protocol } from "#core/wire/codec.ts";
import { wrapToken } from "#core/wire/opaque-token.ts";
import type { ReplyPiece } from "#core/wire/reply-piece.ts";
import { composeAnswer, type LoopbackAnswer } from "#integrations/providers/loopback/answer.ts";
import { lastPrompt } from "#integrations/providers/loopback/conversation.ts";
import { type LoopbackScript, readScript } from "#integrations/providers/loopback/script.ts";
import { countInputTokens, countPromptTokens } from "#integrations/providers/loopback/token-count.ts";
import { defaultDimensions, embed } from "#integrations/providers/loopback/vector.ts";

/** What a loopback provider is made from. */
export interface LoopbackOptions {
  readonly name: string;
  readonly models: readonly string[];
  readonly clock: Clock;
  /** Gives a scripted refusal the meaning that a real provider's would have. */
  readonly codecs: Readonly<Record<Protocol, Codec>>;
}

/** Most numbers in the vectors of one answer. */
const mostNumbers = 2 ** 22;
/** Words after which a hasty answer lets others work. */
const wordsPerTurn = 256;

/**
 * A model without network, key or cost, in every protocol: it echoes the last user message word by word, calls tools when it
 * must, thinks and refuses when it is told to, embeds, counts, and obeys `[[loopback ...]]` markers (see `script.ts`). The same request always has the same answer.
 */
export function createLoopbackProvider({ name, models, clock, codecs }: LoopbackOptions): Provider {
  async function call(call: ProviderCall): Promise<ProviderReply> {
    call.signal.throwIfAborted();
    if (call.request.operation === "embeddings") {
      return { pieces: embeddingPieces(call.request.embedding, call.model) };
    }
    if (call.request.operation === "count") return { pieces: countPieces(call.request.chat, call.model) };
    const { script, text } = readScript(lastPrompt(call.request.chat));
    if (script.delayMs > 0) await wait(clock, script.delayMs, call.signal);
    if (script.failStatus !== undefined && script.failAfter === undefined) {
      throw refusal(codecs["openai-chat"], script.failStatus);
    }
    const token = wrapToken({ provider: name, kind: "signature", data: "loopback" });
    return { pieces: chatPieces(call, composeAnswer(call.request.chat, script, text, token), script, clock) };
  }

  return { name, type: "loopback", models, speaks: (protocol) => protocol, needsBytes: () => false, call };
}

async function* chatPieces(
  { model, request, signal }: ProviderCall,
  { steps, reason, usage }: LoopbackAnswer,
  script: LoopbackScript,
  clock: Clock,
): AsyncGenerator<ReplyPiece, void, undefined> {
  yield { events: [{ type: "start", model }] };
  if (script.silentMs > 0) await wait(clock, script.silentMs, signal);
  let said = 0;
  for (const events of steps) {
    breakIfTold(script, said);
    const pauseMs = said > 0 ? script.intervalMs : 0;
    if (pauseMs > 0 || said % wordsPerTurn === wordsPerTurn - 1) await wait(clock, pauseMs, signal);
    signal.throwIfAborted();
    yield { events };
    said += 1;
  }
  breakIfTold(script, said);
  const choices = request.operation === "chat" ? request.chat.choices : 1;
  const finishes = Array.from({ length: choices }, (_, choice) => choice);
  yield {
    events: [
      ...finishes.map((choice) => ({ type: "finish", choice, reason, raw: reason }) as const),
      { type: "usage", usage },
      { type: "end" },
    ],
  };
}

async function* countPieces(request: ChatRequest, model: string): AsyncGenerator<ReplyPiece, void, undefined> {
  const usage = { inputTokens: countPromptTokens(request) };
  yield { events: [{ type: "start", model }, { type: "usage", usage }, { type: "end" }] };
}

async function* embeddingPieces(request: EmbeddingRequest, model: string): AsyncGenerator<ReplyPiece, void, undefined> {
  const dimensions = request.dimensions ?? defaultDimensions;
  if (dimensions * request.inputs.length > mostNumbers) {
    throw new GatewayError("invalid_request", "The loopback model does not embed that much at once.", {
      details: { field: "input", max_numbers: mostNumbers },
    });
  }
  const embeddings = request.inputs.map(
    (input, index) => ({ type: "embedding", index, vector: embed(input, dimensions) }) as const,
  );
  yield {
    events: [
      { type: "start", model },
      ...embeddings,
      { type: "usage", usage: { inputTokens: countInputTokens(request.inputs), outputTokens: 0 } },
      { type: "end" },
    ],
  };
}

function breakIfTold({ failAfter, cutAfter }: LoopbackScript, said: number): void {
  if (failAfter !== undefined && said >= failAfter) {
    throw new GatewayError("upstream_error", "The loopback model failed as it was told to.");
  }
  if (cutAfter !== undefined && said >= cutAfter) {
    throw new GatewayError("upstream_truncated", "The loopback model broke off as it was told to.");
  }
}

function refusal(codec: Codec, status: number): GatewayError {
  const error = { message: "The loopback model refused as it was told to.", type: "loopback", param: null, code: null };
  const body = new TextEncoder().encode(JSON.stringify({ error }));
  return codec.readError(status, body, { contentType: "application/json" });
}
