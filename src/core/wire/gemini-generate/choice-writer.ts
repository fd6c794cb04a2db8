import type { ChatEvent, TokenLogprob } from "#core/chat/event.ts";
import type { Citation } from "#core/chat/request.ts";
import { argumentsJson } from "#core/wire/gemini-generate/arguments-json.ts";
import { candidateEnd, candidateJson } from "#core/wire/gemini-generate/candidate-end.ts";
import { callPartJson, textPartJson } from "#core/wire/gemini-generate/part-json.ts";
import { encodeLogprobs } from "#core/wire/gemini-generate/token-logprobs.ts";

interface HeldCall {
  readonly id: string;
  readonly name: string;
  readonly signature: string | undefined;
  argumentsText: string;
}

/** Events of one choice. */
export type ChoiceEvent = Extract<ChatEvent, { readonly choice: number }>;

/**
 * Turns the events of one choice into parts. Text and thoughts pass at once; calls wait until nothing can be added to their
 * arguments, since Gemini has no other than whole ones; a signature waits for the call that it belongs to.
 */
export class ChoiceWriter {
  readonly choice: number;
  readonly #calls: (HeldCall | undefined)[] = [];
  readonly #citations: Citation[] = [];
  #signature: string | undefined;
  #text = "";
  #refused = false;
  #finish: Extract<ChatEvent, { type: "finish" }> | undefined;

  constructor(choice: number) {
    this.choice = choice;
  }

  /** The candidate that this event brings, as JSON; undefined while there is nothing to write. */
  write(event: ChoiceEvent): string | undefined {
    switch (event.type) {
      case "text":
      case "refusal":
        if (event.text === "") return undefined;
        if (event.type === "text") this.#text += event.text;
        else this.#refused = true;
        return this.#candidate(textPartJson(event.text, false));
      case "reasoning":
        return event.text === "" ? undefined : this.#candidate(textPartJson(event.text, true));
      case "reasoning-token":
        return this.#holdSignature(event.token.data);
      case "citation":
        this.#citations.push(event.citation);
        return undefined;
      case "logprobs":
        return this.#likelihoods(event.tokens);
      case "tool-call":
        this.#calls[event.call] = { ...event, signature: this.#signature, argumentsText: "" };
        this.#signature = undefined;
        return undefined;
      case "tool-arguments": {
        const call = this.#calls[event.call];
        if (call !== undefined) call.argumentsText += event.text;
        return undefined;
      }
      case "finish": {
        this.#finish = event;
        const parts = this.#held();
        return parts.length === 0 ? undefined : candidateJson(this.choice, parts);
      }
    }
  }

  /** The last candidate of the choice, with why it ended and its sources; undefined when there is nothing left to say. */
  end(): string | undefined {
    const parts = this.#held();
    const end = candidateEnd({
      finish: this.#finish,
      refused: this.#refused,
      citations: this.#citations,
      text: this.#text,
      tokens: [],
    });
    return parts.length === 0 && Object.keys(end).length === 0 ? undefined : candidateJson(this.choice, parts, end);
  }

  #candidate(part: string): string {
    const held = this.#held();
    return candidateJson(this.choice, held.length === 0 ? [part] : [...held, part]);
  }

  /** What had to wait and need not any more: calls, and a signature that no call claimed. */
  #held(): string[] {
    const parts: string[] = [];
    if (this.#calls.length > 0) {
      for (const call of this.#calls) {
        if (call === undefined) continue;
        const { json } = argumentsJson(call.argumentsText);
        parts.push(callPartJson(call.id, call.name, json, call.signature));
      }
      this.#calls.length = 0;
    }
    if (this.#signature !== undefined) {
      parts.push(textPartJson("", false, this.#signature));
      this.#signature = undefined;
    }
    return parts;
  }

  /** A second signature in a row belongs to something else: what waited before it goes first. */
  #holdSignature(signature: string): string | undefined {
    const held = this.#signature === undefined ? [] : this.#held();
    this.#signature = signature;
    return held.length === 0 ? undefined : candidateJson(this.choice, held);
  }

  #likelihoods(tokens: readonly TokenLogprob[]): string {
    return candidateJson(this.choice, this.#held(), { logprobsResult: encodeLogprobs(tokens) });
  }
}
