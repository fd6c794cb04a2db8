import type { ChatEvent } from "#core/chat/event.ts";
import { foldAnswer, saidAs } from "#core/chat/fold.ts";
import type { EncodeContext } from "#core/wire/codec.ts";
import { finishWord } from "#core/wire/openai-chat/finish.ts";
import { encodeUsage } from "#core/wire/openai-chat/token-usage.ts";
import { headOf, spoken } from "#core/wire/openai-completions/stream-writer.ts";

const encoder = new TextEncoder();

/** A `text_completion` body from events; only text has a place in it. Throws the error of an `error` event. */
export function encodeWholeCompletion(events: readonly ChatEvent[], context: EncodeContext): Uint8Array {
  const { id, createdSeconds, choices, usage } = foldAnswer(events);
  const body = {
    ...headOf(context, id, createdSeconds),
    choices: choices.map((folded) => ({
      text: saidAs("text", folded),
      index: folded.choice,
      logprobs: null,
      finish_reason: folded.finish === undefined ? null : finishWord(folded.finish.reason, spoken),
    })),
    usage: usage === undefined ? undefined : encodeUsage(usage),
  };
  return encoder.encode(JSON.stringify(body));
}
