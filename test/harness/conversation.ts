import type { RecordedCall } from "./fake-upstream.ts";
import type { ProviderSpeech, ScriptedAnswer } from "./scripted-answer.ts";
import { cutOff, type UpstreamScript } from "./upstream-script.ts";

/** One turn of the model: what it says, whether that is cut off, or any other script. */
export type Turn = (ScriptedAnswer & { readonly cut?: boolean }) | { readonly script: UpstreamScript };

/**
 * A provider that holds a conversation: it answers with the turn that comes next, by the number of turns of the model
 * that the request repeats, whole or streamed as asked; the last turn stays. Requests without tools (titles, routing
 * of a client's own) get `aside` where it is given, and calls that count tokens get a number.
 */
export function conversation(
  speech: ProviderSpeech,
  turns: readonly Turn[],
  aside?: ScriptedAnswer,
): (call: RecordedCall) => UpstreamScript {
  return (call) => {
    if (/:countTokens|\/count_tokens|\/input_tokens/.test(call.path)) return speech.counted(42);
    const declined = speech.declines?.(call);
    if (declined !== undefined) return declined;
    const write = (turn: ScriptedAnswer) => (speech.isStreamed(call) ? speech.stream(turn) : speech.whole(turn));
    if (aside !== undefined && speech.tools(call).length === 0) return write(aside);
    const turn = turns[Math.min(speech.turns(call), turns.length - 1)] ?? { text: "" };
    if ("script" in turn) return turn.script;
    return turn.cut ? cutOff(write(turn)) : write(turn);
  };
}
