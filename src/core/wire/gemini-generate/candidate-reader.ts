import type { ChatEvent } from "#core/chat/event.ts";
import { GatewayError } from "#core/errors.ts";
import { finishReasonOf } from "#core/wire/gemini-generate/finish.ts";
import { citationsIn } from "#core/wire/gemini-generate/grounding.ts";
import { decodeLogprobs } from "#core/wire/gemini-generate/token-logprobs.ts";
import { PartialArguments } from "#core/wire/gemini-generate/partial-arguments.ts";
import { listOf, recordOf, textOf } from "#core/wire/json-value.ts";
import { madeCallId } from "#core/wire/made-id.ts";

type Fields = Readonly<Record<string, unknown>>;

/** What the candidates of one answer have in common. */
export interface AnswerState {
  /** Calls made so far, for the ids of those without one. */
  calls: number;
  /** Whether anything came that the caller can use. */
  usable: boolean;
}

/** Reads one candidate of an answer, frame by frame. */
export class CandidateReader {
  readonly #choice: number;
  readonly #requestId: string;
  readonly #answer: AnswerState;
  #calls = 0;
  #text = "";
  /** A call whose arguments come in pieces. */
  #open: { readonly call: number; readonly args: PartialArguments } | undefined;
  readonly #cited = new Set<string>();
  finished = false;

  constructor(choice: number, requestId: string, answer: AnswerState) {
    this.#choice = choice;
    this.#requestId = requestId;
    this.#answer = answer;
  }

  read(candidate: Fields, events: ChatEvent[]): void {
    const partOffsets: (number | undefined)[] = [];
    for (const value of listOf(recordOf(candidate["content"])?.["parts"])) {
      const part = recordOf(value) ?? {};
      partOffsets.push(typeof part["text"] === "string" && part["thought"] !== true ? this.#text.length : undefined);
      this.#readPart(part, events);
    }
    this.#readSources(candidate, partOffsets, events);
    if (candidate["logprobsResult"] !== undefined) {
      const tokens = decodeLogprobs(candidate["logprobsResult"]);
      if (tokens.length > 0) events.push({ type: "logprobs", choice: this.#choice, tokens });
    }
    const raw = textOf(candidate["finishReason"]);
    if (raw !== undefined && raw !== "FINISH_REASON_UNSPECIFIED" && !this.finished) this.#finish(raw, events);
  }

  /** A candidate of a whole answer that does not say why it ended has stopped. */
  end(events: ChatEvent[]): void {
    if (this.finished) return;
    this.#closeCall(events);
    this.finished = true;
    events.push({ type: "finish", choice: this.#choice, reason: finishReasonOf("STOP", this.#calls > 0), raw: "" });
  }

  #readPart(part: Fields, events: ChatEvent[]): void {
    const choice = this.#choice;
    const { text, functionCall, thoughtSignature } = part;
    const token = textOf(thoughtSignature);
    const call = recordOf(functionCall);
    if (call !== undefined) {
      this.#readCall(call, token, events);
      return;
    }
    this.#closeCall(events);
    if (typeof text === "string") {
      if (text !== "" && part["thought"] === true) events.push({ type: "reasoning", choice, text });
      else if (text !== "") {
        this.#text += text;
        this.#answer.usable = true;
        events.push({ type: "text", choice, text });
      }
    } else {
      const what = Object.keys(part).find((name) => !/^(thought|thoughtSignature|partMetadata)$/.test(name));
      if (what !== undefined) {
        this.#answer.usable = true;
        events.push({ type: "opaque", what });
        return;
      }
    }
    if (token !== undefined) this.#addToken(token, events);
  }

  #addToken(data: string, events: ChatEvent[]): void {
    events.push({ type: "reasoning-token", choice: this.#choice, token: { kind: "thought", data } });
  }

  #readCall(fields: Fields, token: string | undefined, events: ChatEvent[]): void {
    const name = textOf(fields["name"]);
    if (name === undefined) {
      // A piece of the call under way, or its end.
      this.#open?.args.add(fields["partialArgs"]);
      if (fields["willContinue"] !== true) this.#closeCall(events);
      return;
    }
    this.#closeCall(events);
    if (token !== undefined) this.#addToken(token, events);
    const choice = this.#choice;
    const call = this.#calls;
    const number = this.#answer.calls;
    this.#calls += 1;
    this.#answer.calls += 1;
    this.#answer.usable = true;
    const id = textOf(fields["id"]) ?? madeCallId(this.#requestId, number);
    events.push({ type: "tool-call", choice, call, id, name });
    if (fields["willContinue"] === true || fields["partialArgs"] !== undefined) {
      this.#open = { call, args: new PartialArguments() };
      this.#open.args.add(fields["partialArgs"]);
      if (fields["willContinue"] !== true) this.#closeCall(events);
    } else {
      events.push({ type: "tool-arguments", choice, call, text: JSON.stringify(fields["args"] ?? {}) });
    }
  }

  #closeCall(events: ChatEvent[]): void {
    if (this.#open === undefined) return;
    const { call, args } = this.#open;
    this.#open = undefined;
    events.push({ type: "tool-arguments", choice: this.#choice, call, text: args.json() });
  }

  #readSources(candidate: Fields, partOffsets: readonly (number | undefined)[], events: ChatEvent[]): void {
    if (candidate["groundingMetadata"] === undefined && candidate["citationMetadata"] === undefined) return;
    for (const citation of citationsIn(candidate, { text: this.#text, partOffsets })) {
      const key = JSON.stringify(citation);
      if (this.#cited.has(key)) continue;
      this.#cited.add(key);
      events.push({ type: "citation", choice: this.#choice, citation });
    }
  }

  #finish(raw: string, events: ChatEvent[]): void {
    this.#closeCall(events);
    this.finished = true;
    const reason = finishReasonOf(raw, this.#calls > 0);
    if (reason === "error" && !this.#answer.usable) {
      const error = new GatewayError("upstream_bad_response", `The model made no usable answer (${raw}).`, {
        details: { finish_reason: raw },
      });
      events.push({ type: "error", error });
    } else {
      events.push({ type: "finish", choice: this.#choice, reason, raw });
    }
  }
}
