import type { ChatEvent } from "#core/chat/event.ts";
import type { ReasoningPart } from "#core/chat/request.ts";

/** What was thought on the way to a call: before the text in front of it, and right before the call itself. */
export interface KeptReasoning {
  readonly beforeText: readonly ReasoningPart[];
  readonly beforeCall: readonly ReasoningPart[];
}

interface Thinking {
  /** Thoughts under way that no token has ended. */
  open: string;
  beforeText: ReasoningPart[];
  beforeCall: ReasoningPart[];
}

/** Watches one answer for calls with thinking before them and tells each such call to `found`. */
export class ReasoningWatch {
  readonly #found: (callId: string, kept: KeptReasoning) => void;
  readonly #choices = new Map<number, Thinking>();

  constructor(found: (callId: string, kept: KeptReasoning) => void) {
    this.#found = found;
  }

  see(event: ChatEvent): void {
    switch (event.type) {
      case "reasoning":
        this.#thinking(event.choice).open += event.text;
        return;
      case "reasoning-token": {
        const thinking = this.#thinking(event.choice);
        thinking.beforeCall.push({ type: "reasoning", text: thinking.open, token: event.token });
        thinking.open = "";
        return;
      }
      case "text": {
        const thinking = this.#choices.get(event.choice);
        if (thinking === undefined) return;
        settle(thinking);
        if (thinking.beforeCall.length === 0) return;
        thinking.beforeText.push(...thinking.beforeCall);
        thinking.beforeCall = [];
        return;
      }
      case "tool-call": {
        const thinking = this.#choices.get(event.choice);
        if (thinking === undefined) return;
        this.#choices.delete(event.choice);
        settle(thinking);
        // Without a token nobody asks for it back.
        const signed = [...thinking.beforeText, ...thinking.beforeCall].some(({ token }) => token !== undefined);
        if (signed) this.#found(event.id, { beforeText: thinking.beforeText, beforeCall: thinking.beforeCall });
        return;
      }
      case "start":
      case "refusal":
      case "citation":
      case "logprobs":
      case "tool-arguments":
      case "finish":
      case "embedding":
      case "usage":
      case "opaque":
      case "error":
      case "end":
        return;
    }
  }

  #thinking(choice: number): Thinking {
    const known = this.#choices.get(choice) ?? { open: "", beforeText: [], beforeCall: [] };
    this.#choices.set(choice, known);
    return known;
  }
}

function settle(thinking: Thinking): void {
  if (thinking.open === "") return;
  thinking.beforeCall.push({ type: "reasoning", text: thinking.open });
  thinking.open = "";
}
