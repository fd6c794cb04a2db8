import type { ChatEvent } from "#core/chat/event.ts";
import { fittingCallId } from "#core/translation/call-ids.ts";
import { RestoredChoice } from "#core/translation/restored-choice.ts";
import type { ToolNames } from "#core/translation/tool-names.ts";
import type { WireTraits } from "#core/wire/codec.ts";
import { wrapToken } from "#core/wire/opaque-token.ts";

/** What is needed to tell an answer in the words of the caller's conversation. */
export interface AnswerWords {
  readonly names: ToolNames;
  /** Rule of the caller's protocol for ids of calls. */
  readonly callId: WireTraits["callId"];
  /** Who answers. */
  readonly provider: string;
  /** Texts at which the gateway cuts for the provider. */
  readonly stops: readonly string[];
  /** How many alternative answers were asked for. */
  readonly choices: number;
}

const nothing: readonly ChatEvent[] = [];

/** Restores the events of one answer, in order. */
export class RestoredAnswer {
  readonly #words: AnswerWords;
  readonly #choices = new Map<number, RestoredChoice>();
  #isOver = false;

  constructor(words: AnswerWords) {
    this.#words = words;
  }

  /**
   * The events as the caller is to see them: the same array when there is nothing to restore. Once every choice has ended, one of
   * them by a cut, the answer ends at once with an `end` of ours, and nothing comes after it.
   */
  restore(events: readonly ChatEvent[]): readonly ChatEvent[] {
    if (this.#isOver) return nothing;
    const restored = this.#restored(events);
    if (this.#words.stops.length === 0 || restored.at(-1)?.type === "end" || !this.#isCutOff()) return restored;
    this.#isOver = true;
    return [...restored, { type: "end" }];
  }

  #restored(events: readonly ChatEvent[]): readonly ChatEvent[] {
    let out: ChatEvent[] | undefined;
    for (const [index, event] of events.entries()) {
      if (out === undefined && this.#staysAsItIs(event)) continue;
      out ??= events.slice(0, index);
      this.#write(event, out);
    }
    return out ?? events;
  }

  #staysAsItIs(event: ChatEvent): boolean {
    switch (event.type) {
      case "text":
        return this.#words.stops.length === 0 && this.#isQuiet(event.choice);
      case "reasoning":
        return this.#choices.get(event.choice)?.isOnlyThinking ?? false;
      case "tool-arguments":
      case "citation":
      case "logprobs":
        return this.#choices.get(event.choice)?.isAtRest ?? true;
      case "refusal":
        return this.#isQuiet(event.choice);
      case "start":
      case "usage":
      case "embedding":
      case "opaque":
        return true;
      case "reasoning-token":
      case "tool-call":
      case "finish":
      case "error":
      case "end":
        return false;
    }
  }

  #write(event: ChatEvent, out: ChatEvent[]): void {
    switch (event.type) {
      case "start":
      case "usage":
      case "embedding":
      case "opaque":
        out.push(event);
        return;
      case "error":
      case "end":
        for (const choice of this.#choices.values()) choice.settle(out);
        out.push(event);
        return;
      case "reasoning-token": {
        const { kind, data } = event.token;
        const token = { kind, data: wrapToken({ provider: this.#words.provider, kind, data }) };
        this.#choice(event.choice).thought({ ...event, token }, out);
        return;
      }
      case "reasoning":
        this.#choice(event.choice).thinking(event, out);
        return;
      case "text":
        this.#choice(event.choice).text(event, out);
        return;
      case "citation":
      case "logprobs":
        this.#choice(event.choice).aside(event, out);
        return;
      case "refusal":
        this.#choice(event.choice).refusal(event, out);
        return;
      case "tool-call": {
        const tool = this.#words.names.restored(event.name, event.namespace);
        const id = fittingCallId(event.id, this.#words.callId);
        this.#choice(event.choice).call(event, id, tool, out);
        return;
      }
      case "tool-arguments":
        this.#choice(event.choice).argumentsOf(event, out);
        return;
      case "finish":
        this.#choice(event.choice).finish(event, out);
        return;
    }
  }

  #isCutOff(): boolean {
    let isCut = false;
    let ended = 0;
    for (const choice of this.#choices.values()) {
      isCut ||= choice.isCut;
      if (choice.isFinished) ended += 1;
    }
    return isCut && ended >= this.#words.choices;
  }

  #isQuiet(choice: number): boolean {
    return this.#choices.get(choice)?.isQuiet ?? true;
  }

  #choice(choice: number): RestoredChoice {
    const known = this.#choices.get(choice);
    if (known !== undefined) return known;
    const made = new RestoredChoice(choice, this.#words);
    this.#choices.set(choice, made);
    return made;
  }
}
