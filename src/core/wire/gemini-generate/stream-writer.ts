import type { ChatEvent } from "#core/chat/event.ts";
import type { Usage } from "#core/chat/usage.ts";
import type { GatewayError } from "#core/errors.ts";
import type { EncodeContext, StreamWriter } from "#core/wire/codec.ts";
import { renderGeminiStreamError } from "#core/wire/gemini-error/render-error.ts";
import { ChoiceWriter } from "#core/wire/gemini-generate/choice-writer.ts";
import { type Framing, framingOf } from "#core/wire/gemini-generate/framing.ts";
import { identityMembers } from "#core/wire/gemini-generate/identity.ts";
import { encodeUsage } from "#core/wire/gemini-generate/token-usage.ts";
import { idBase } from "#core/wire/made-id.ts";
import type { ReplyPiece } from "#core/wire/reply-piece.ts";

const encoder = new TextEncoder();
const nothing = new Uint8Array();

/**
 * Writes events as a stream of `GenerateContentResponse`, as server-sent events or as one JSON array. Why a choice ended
 * stands in its last frame, usage in the last frame of all. Opaque content cannot be written.
 */
export class GeminiStreamWriter implements StreamWriter {
  readonly contentType: string;
  readonly #context: EncodeContext;
  readonly #framing: Framing;
  readonly #choices: ChoiceWriter[] = [];
  readonly #tail: string;
  #usage: Usage | undefined;
  #over = false;

  constructor(context: EncodeContext) {
    this.#context = context;
    this.#framing = framingOf(context.address.jsonArray === true);
    this.contentType = this.#framing.contentType;
    this.#tail = identityMembers(context.model, idBase(context.requestId));
  }

  event(event: ChatEvent): Uint8Array {
    if (this.#over) return nothing;
    switch (event.type) {
      case "usage":
        this.#usage = { ...this.#usage, ...event.usage };
        return nothing;
      case "end":
        return this.#end();
      case "error":
        return this.fail(event.error);
      case "start":
      case "embedding":
      case "opaque":
        return nothing;
      default: {
        const candidate = this.#choice(event.choice).write(event);
        return candidate === undefined ? nothing : this.#frame([candidate]);
      }
    }
  }

  raw(piece: ReplyPiece & { readonly raw: Uint8Array }): Uint8Array {
    if (this.#over) return nothing;
    this.#over = piece.events.at(-1)?.type === "end";
    return this.#framing.raw(piece.raw, this.#over);
  }

  fail(error: GatewayError): Uint8Array {
    if (this.#over) return nothing;
    this.#over = true;
    return this.#framing.last(renderGeminiStreamError(error, this.#context.requestId));
  }

  heartbeat(): Uint8Array {
    return this.#over ? nothing : this.#framing.heartbeat;
  }

  comment(line: string): Uint8Array {
    return this.#framing.comment(line);
  }

  #choice(choice: number): ChoiceWriter {
    const known = this.#choices.find((writer) => writer.choice === choice);
    if (known !== undefined) return known;
    const writer = new ChoiceWriter(choice);
    this.#choices.push(writer);
    return writer;
  }

  #frame(candidates: readonly string[]): Uint8Array {
    return encoder.encode(this.#framing.element(this.#response(candidates)));
  }

  #response(candidates: readonly string[], usage: string = ""): string {
    return `{"candidates":[${candidates.join(",")}]${usage}${this.#tail}`;
  }

  #end(): Uint8Array {
    this.#over = true;
    const candidates = this.#choices.flatMap((writer) => writer.end() ?? []);
    const usage = this.#usage === undefined ? "" : `,"usageMetadata":${JSON.stringify(encodeUsage(this.#usage))}`;
    if (candidates.length === 0 && usage === "") return this.#framing.last(undefined);
    return this.#framing.last(this.#response(candidates, usage));
  }
}
