import type { ChatEvent } from "#core/chat/event.ts";
import { type AnswerBlock, type FoldedChoice, foldAnswer, saidAs } from "#core/chat/fold.ts";
import { GatewayError } from "#core/errors.ts";
import type { DecodeOptions, EncodeContext } from "#core/wire/codec.ts";
import { geminiErrorInAnswer } from "#core/wire/gemini-error/read-error.ts";
import { AnswerReader } from "#core/wire/gemini-generate/answer-reader.ts";
import { argumentsJson } from "#core/wire/gemini-generate/arguments-json.ts";
import { type CandidateEnd, candidateEnd, candidateJson } from "#core/wire/gemini-generate/candidate-end.ts";
import { identityMembers } from "#core/wire/gemini-generate/identity.ts";
import { callPartJson, textPartJson } from "#core/wire/gemini-generate/part-json.ts";
import { encodeUsage } from "#core/wire/gemini-generate/token-usage.ts";
import { listOf, parseJson, recordOf } from "#core/wire/json-value.ts";
import { idBase } from "#core/wire/made-id.ts";

/**
 * A whole `GenerateContentResponse`, or a list of them, as events. Throws the error that the body holds, or
 * `upstream_bad_response` when it is cut, no JSON, has neither candidates nor a refusal, or nothing that can be used.
 */
export function decodeWholeAnswer(body: Uint8Array, { requestId }: DecodeOptions): ChatEvent[] {
  const value = parseJson(body);
  const reader = new AnswerReader(requestId);
  const events: ChatEvent[] = [];
  for (const entry of Array.isArray(value) ? listOf(value) : [value]) {
    const frame = recordOf(entry);
    if (frame === undefined) throw unreadable();
    const error = geminiErrorInAnswer(frame);
    if (error !== undefined) throw error;
    for (const event of reader.read(frame)) {
      if (event.type === "error") throw event.error;
      events.push(event);
    }
  }
  if (!reader.begun) throw unreadable();
  return [...events, ...reader.end()];
}

const encoder = new TextEncoder();

/** A whole `GenerateContentResponse` from the events of one answer. Throws the error of an `error` event. */
export function encodeWholeAnswer(events: readonly ChatEvent[], context: EncodeContext): Uint8Array {
  const { choices, usage } = foldAnswer(events);
  const candidates = choices.map((choice) => candidateJson(choice.choice, partsOf(choice.blocks), endOf(choice)));
  const counts = usage === undefined ? "" : `,"usageMetadata":${JSON.stringify(encodeUsage(usage))}`;
  const identity = identityMembers(context.model, idBase(context.requestId));
  return encoder.encode(`{"candidates":[${candidates.join(",")}]${counts}${identity}`);
}

/** A signature stands on the call behind it, else on the text before it, else on a text of its own. */
function partsOf(blocks: readonly AnswerBlock[]): string[] {
  const parts: string[] = [];
  blocks.forEach((block, index) => {
    const before = blocks[index - 1];
    const after = blocks[index + 1];
    switch (block.type) {
      case "text":
      case "refusal":
        if (block.text !== "") parts.push(textPartJson(block.text, false, signatureBehind(after, blocks[index + 2])));
        return;
      case "reasoning":
        if (block.text !== "") parts.push(textPartJson(block.text, true));
        if (block.token === undefined || after?.type === "tool-call") return;
        if (block.text !== "" || before === undefined || !isSaid(before)) {
          parts.push(textPartJson("", false, block.token.data));
        }
        return;
      case "tool-call":
        parts.push(
          callPartJson(
            block.id,
            block.name,
            argumentsJson(block.argumentsText).json,
            before?.type === "reasoning" ? before.token?.data : undefined,
          ),
        );
    }
  });
  return parts;
}

function signatureBehind(after: AnswerBlock | undefined, next: AnswerBlock | undefined): string | undefined {
  if (after?.type !== "reasoning" || after.text !== "" || next?.type === "tool-call") return undefined;
  return after.token?.data;
}

function isSaid(block: AnswerBlock): boolean {
  return (block.type === "text" || block.type === "refusal") && block.text !== "";
}

function endOf(choice: FoldedChoice): CandidateEnd {
  const texts = choice.blocks.filter((block) => block.type === "text");
  return candidateEnd({
    finish: choice.finish,
    refused: choice.blocks.some(({ type }) => type === "refusal"),
    citations: texts.flatMap(({ citations }) => citations),
    text: saidAs("text", choice),
    tokens: texts.flatMap(({ logprobs }) => logprobs),
  });
}

function unreadable(): GatewayError {
  return new GatewayError("upstream_bad_response", "The provider's answer is not a Gemini answer.");
}
