import type { Part, ToolResultPart } from "#core/chat/request.ts";
import { decodeArguments } from "#core/wire/anthropic-messages/arguments.ts";
import type { CacheMarks } from "#core/wire/anthropic-messages/cache-marks.ts";
import { encodeMedia } from "#core/wire/anthropic-messages/encode-media.ts";

/** A content block as Anthropic takes it. */
export type Block = Readonly<Record<string, unknown>>;

/** What the parts of a request are written with. */
export interface PartContext {
  readonly marks: CacheMarks;
  note(what: string): void;
}

/** The blocks of a part, possibly none: Anthropic refuses texts that are blank. */
export function encodePart(part: Part, context: PartContext): readonly Block[] {
  switch (part.type) {
    case "text":
      return isBlank(part.text) ? [] : [{ type: "text", text: part.text, ...context.marks.of(part) }];
    case "refusal":
      return isBlank(part.text) ? [] : [{ type: "text", text: part.text }];
    case "media":
      return [{ ...encodeMedia(part), ...context.marks.of(part) }];
    case "reasoning": {
      const { text, token } = part;
      // Thinking goes back signed or not at all.
      if (token === undefined) return [];
      if (token.kind === "redacted") return [{ type: "redacted_thinking", data: token.data }];
      return token.kind === "signature" ? [{ type: "thinking", thinking: text, signature: token.data }] : [];
    }
    case "tool-call": {
      const { input, broken } =
        part.form === "custom"
          ? { input: { input: part.argumentsText }, broken: false }
          : decodeArguments(part.argumentsText);
      if (broken) context.note(`arguments of ${part.id}`);
      return [{ type: "tool_use", id: part.id, name: part.name, input, ...context.marks.of(part) }];
    }
    case "tool-result":
      return [encodeResult(part, context)];
    case "foreign":
      return [];
  }
}

function encodeResult(part: ToolResultPart, context: PartContext): Block {
  const content = part.parts.flatMap((inner) => encodePart(inner, context));
  return {
    type: "tool_result",
    tool_use_id: part.callId,
    ...(content.length === 0 ? {} : { content }),
    ...(part.isError === true ? { is_error: true } : {}),
    ...context.marks.of(part),
  };
}

function isBlank(text: string): boolean {
  return text.trim() === "";
}
