import type { ChatRequest, Message, Part, ToolCallPart, ToolResultPart } from "#core/chat/request.ts";
import type { EncodeTarget } from "#core/wire/codec.ts";
import { BreakpointWriter, type MarkWriter } from "#core/wire/openai-chat/breakpoint-writer.ts";
import { encodeInputParts } from "#core/wire/openai-responses/encode-content.ts";
import { TurnEncoder } from "#core/wire/openai-responses/encode-turn.ts";
import { encodeTypedOutput, takesTyped } from "#core/wire/openai-responses/typed-tool.ts";

type Fields = Readonly<Record<string, unknown>>;

/** What is said to the model. */
export interface EncodedInput {
  readonly instructions?: string;
  readonly input: readonly Fields[];
}

/**
 * `instructions` and `input`. Items carry no ids: the service keeps none of them (`store: false`), and an id without its
 * follower is refused. The items of a longer conversation begin with those of the shorter one.
 */
export function encodeInput(request: ChatRequest, target: EncodeTarget): EncodedInput {
  const [first] = request.messages;
  const instructions = first === undefined ? undefined : instructionsOf(first, target);
  const encoder = new InputEncoder(request, target);
  for (const message of instructions === undefined ? request.messages : request.messages.slice(1)) encoder.add(message);
  return { ...(instructions === undefined ? {} : { instructions }), input: encoder.items };
}

/** The text of a leading system message, unless it marks where the prompt is to be cached. */
function instructionsOf({ role, parts }: Message, { facts }: EncodeTarget): string | undefined {
  if (role !== "system") return undefined;
  const texts: string[] = [];
  for (const part of parts) {
    if (part.type !== "text" || (part.cache !== undefined && facts.cacheBreakpoints)) return undefined;
    texts.push(part.text);
  }
  return texts.join("\n\n");
}

class InputEncoder {
  readonly items: Fields[] = [];
  readonly #target: EncodeTarget;
  readonly #mark: MarkWriter;
  readonly #typed = new Map<string, string>();
  readonly #calls = new Map<string, ToolCallPart>();
  readonly #turns: TurnEncoder;

  constructor(request: ChatRequest, target: EncodeTarget) {
    this.#target = target;
    this.#mark = new BreakpointWriter(request, target, false).write;
    for (const tool of request.tools) {
      if (tool.kind === "hosted" || tool.typed === undefined || !takesTyped(tool.typed, target)) continue;
      this.#typed.set(tool.name, tool.typed);
    }
    this.#turns = new TurnEncoder(target, this.#typed, this.items);
  }

  add({ role, parts, name }: Message): void {
    if (name !== undefined) this.#target.note("participant_name");
    switch (role) {
      case "assistant":
        for (const part of parts) if (part.type === "tool-call") this.#calls.set(part.id, part);
        this.#turns.add(parts);
        return;
      case "tool":
        for (const part of parts) if (part.type === "tool-result") this.#addResult(part);
        return;
      case "system":
      case "developer":
      case "user":
        this.#addMessage(role, parts);
    }
  }

  #addMessage(role: "system" | "developer" | "user", parts: readonly Part[]): void {
    const content = encodeInputParts(parts, this.#mark);
    if (content.length === 0) return;
    const known = role === "developer" && !this.#target.dialect.developerRole ? "system" : role;
    this.items.push({ type: "message", role: known, content });
  }

  #addResult({ callId, parts: said, isError = false, cache }: ToolResultPart): void {
    const last = said.at(-1);
    const parts = cache === undefined || last === undefined ? said : [...said.slice(0, -1), { ...last, cache }];
    const call = this.#calls.get(callId);
    const typed = call === undefined ? undefined : this.#typed.get(call.name);
    const content = encodeInputParts(parts, this.#mark);
    const plain =
      parts.every((part) => part.type === "text") && content.every((part) => Object.keys(part).length === 2);
    const text = plain ? parts.map((part) => (part.type === "text" ? part.text : "")).join("\n") : undefined;
    const own = typed === undefined || text === undefined ? undefined : encodeTypedOutput(typed, callId, text, isError);
    const mixed = isError ? [{ type: "input_text", text: "Error:" }, ...content] : content;
    this.items.push(
      own ?? {
        type: call?.form === "custom" ? "custom_tool_call_output" : "function_call_output",
        call_id: callId,
        output: text === undefined ? mixed : isError ? `Error: ${text}` : text,
      },
    );
  }
}
