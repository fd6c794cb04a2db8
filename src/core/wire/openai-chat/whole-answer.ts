import type { ChatEvent, FinishReason } from "#core/chat/event.ts";
import { type FoldedChoice, foldAnswer, saidAs, type ToolCallBlock } from "#core/chat/fold.ts";
import { wordlessRefusal } from "#core/chat/wordless-refusal.ts";
import { GatewayError } from "#core/errors.ts";
import { CodePoints } from "#core/wire/code-points.ts";
import type { DecodeOptions, EncodeContext } from "#core/wire/codec.ts";
import { listOf } from "#core/wire/json-value.ts";
import { answerId } from "#core/wire/made-id.ts";
import { encodeAnnotation } from "#core/wire/openai-chat/annotation.ts";
import { ChunkReader } from "#core/wire/openai-chat/chunk-reader.ts";
import { finishWord } from "#core/wire/openai-chat/finish.ts";
import { encodeLogprobs } from "#core/wire/openai-chat/token-logprobs.ts";
import { encodeUsage } from "#core/wire/openai-chat/token-usage.ts";
import { openAiErrorInAnswer } from "#core/wire/openai-error/read-error.ts";
import { parsedAnswer } from "#core/wire/parsed-answer.ts";

/**
 * A `chat.completion` body, or a legacy `text_completion`, as events. Throws the error that the body holds, or
 * `upstream_bad_response` when it is cut, no JSON (a login page) or has no choices.
 */
export function decodeWholeChat(body: Uint8Array, { requestId }: DecodeOptions): ChatEvent[] {
  const answer = parsedAnswer(body, openAiErrorInAnswer);
  if (answer === undefined || listOf(answer["choices"]).length === 0) {
    throw new GatewayError("upstream_bad_response", "The provider's answer is not a chat completion.");
  }
  const reader = new ChunkReader(requestId);
  return [...reader.read(answer), ...reader.end()];
}

const encoder = new TextEncoder();

/** A `chat.completion` body from the events of one answer. Throws the error of an `error` event. */
export function encodeWholeChat(events: readonly ChatEvent[], context: EncodeContext): Uint8Array {
  const answer = foldAnswer(events);
  return encoder.encode(
    JSON.stringify({
      id: answerId("chatcmpl-", answer.id, context.requestId),
      object: "chat.completion",
      created: answer.createdSeconds ?? context.createdSeconds,
      model: context.model,
      choices: answer.choices.map(encodeChoice),
      usage: answer.usage === undefined ? undefined : encodeUsage(answer.usage),
      system_fingerprint: null,
    }),
  );
}

function encodeChoice(folded: FoldedChoice): unknown {
  const { choice, blocks, finish } = folded;
  const text = saidAs("text", folded);
  const reasoning = saidAs("reasoning", folded);
  const calls = blocks.filter((block) => block.type === "tool-call");
  const spoken = saidAs("refusal", folded);
  const wordless = finish?.reason === "refusal" && text + spoken === "" && calls.length === 0;
  const refusal = wordless ? wordlessRefusal : spoken;
  const refused = refusal !== "";
  const silent = text === "" && (calls.length > 0 || refused);
  const said = { calls: calls.length > 0, refusal: spoken !== "" };
  return {
    index: choice,
    message: {
      role: "assistant",
      content: silent ? null : text,
      refusal: refused ? refusal : null,
      reasoning_content: reasoning === "" ? undefined : reasoning,
      annotations: annotationsOf(folded, text),
      tool_calls: calls.length === 0 ? undefined : calls.map((call) => encodeCall(call, finish?.reason)),
    },
    logprobs: encodeLogprobs(blocks.flatMap((block) => (block.type === "text" ? block.logprobs : []))),
    finish_reason: finish === undefined ? null : finishWord(finish.reason, said),
  };
}

function encodeCall({ id, name, form, argumentsText }: ToolCallBlock, reason: FinishReason | undefined): unknown {
  if (form === "custom") return { id, type: form, custom: { name, input: argumentsText } };
  // Some servers leave the arguments of a call without any empty; callers parse them.
  const isBare = argumentsText === "" && reason === "tool_calls";
  return { id, type: form, function: { name, arguments: isBare ? "{}" : argumentsText } };
}

function annotationsOf({ blocks }: FoldedChoice, text: string): readonly unknown[] | undefined {
  const citations = blocks.flatMap((block) => (block.type === "text" ? block.citations : []));
  if (citations.length === 0) return undefined;
  const points = new CodePoints();
  points.add(text);
  const annotations = citations.map((citation) => encodeAnnotation(citation, points));
  const known = annotations.filter((annotation) => annotation !== undefined);
  return known.length === 0 ? undefined : known;
}
