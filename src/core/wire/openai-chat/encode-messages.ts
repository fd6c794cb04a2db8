import type { MediaPart, Message, Part, TextPart, ToolCallPart, ToolResultPart } from "#core/chat/request.ts";
import type { EncodeTarget } from "#core/wire/codec.ts";
import type { MarkWriter } from "#core/wire/openai-chat/breakpoint-writer.ts";
import { encodeMedia, encodeTexts, encodeUserContent } from "#core/wire/openai-chat/encode-content.ts";

type Fields = Readonly<Record<string, unknown>>;

/**
 * The conversation as chat messages; it grows at its end alone when the conversation does. System messages at the beginning are
 * one; pictures in results follow in a user's message behind all results of the turn.
 */
export function encodeMessages(
  messages: readonly Message[],
  instruction: string | undefined,
  target: EncodeTarget,
  mark: MarkWriter,
): readonly Fields[] {
  const from = messages.findIndex((message) => !isOpening(message));
  const opening = from < 0 ? messages : messages.slice(0, from);
  const spoken = opening.flatMap(({ parts }) => parts);
  if (instruction !== undefined) spoken.push({ type: "text", text: instruction });
  const encoded = spoken.length === 0 ? [] : encodeSystem({ role: "system", parts: spoken }, target, mark);
  let shown: Fields[] = [];
  const flush = (): void => {
    if (shown.length > 0) encoded.push({ role: "user", content: shown });
    shown = [];
  };
  for (const message of messages.slice(opening.length)) {
    if (message.role !== "tool") flush();
    switch (message.role) {
      case "system":
      case "developer":
        encoded.push(...encodeSystem(message, target, mark));
        break;
      case "user":
        encoded.push({
          role: "user",
          content: encodeUserContent(message.parts, mark),
          ...nameOf(message, target),
        });
        break;
      case "assistant":
        encoded.push(encodeAssistant(message, target, mark));
        break;
      case "tool":
        for (const part of message.parts) {
          if (part.type === "tool-result") encoded.push(encodeResult(part, shown, mark));
        }
    }
  }
  flush();
  return encoded;
}

/** A system message holds text alone; what it shows beside that follows as the user's. */
function encodeSystem(message: Message, target: EncodeTarget, mark: MarkWriter): Fields[] {
  const role = target.facts.openAiReasoning && target.dialect.developerRole ? "developer" : "system";
  const said = { role, content: encodeTexts(textsOf(message.parts), "\n\n", mark), ...nameOf(message, target) };
  const media = message.parts.filter((part) => part.type === "media");
  return media.length === 0 ? [said] : [said, { role: "user", content: encodeUserContent(media, mark) }];
}

function isOpening({ role, name }: Message): boolean {
  return (role === "system" || role === "developer") && name === undefined;
}

function nameOf({ name }: Message, { dialect }: EncodeTarget): Fields {
  return name === undefined || dialect.lacks.includes("participant_name") ? {} : { name };
}

function textsOf(parts: readonly Part[]): TextPart[] {
  return parts.filter((part) => part.type === "text");
}

/** Text, then calls: the protocol cannot say them in another order. Opaque tokens have no place in it. */
function encodeAssistant(message: Message, target: EncodeTarget, mark: MarkWriter): Fields {
  const { reasoningField, reasoningStandIn, developerRole } = target.dialect;
  const texts: TextPart[] = [];
  const calls: Fields[] = [];
  let reasoning = "";
  let refusal = "";
  let joins = false;
  for (const part of message.parts) {
    // Gemini's streams end in one, which comes back behind the calls.
    if (part.type === "text" && part.text === "") continue;
    const joined = joins;
    joins = part.type === "text";
    switch (part.type) {
      case "text":
        // What stood on both sides of a call or thought must not run together.
        texts.push(joined || texts.length === 0 ? part : { ...part, text: `\n\n${part.text}` });
        break;
      case "reasoning":
        reasoning += part.text;
        break;
      case "refusal":
        // Only OpenAI's own kind of server knows the field.
        if (developerRole) refusal += part.text;
        else texts.push({ type: "text", text: part.text });
        break;
      case "tool-call":
        calls.push(encodeCall(part));
        break;
      case "media":
        target.note(part.path);
        break;
      case "foreign":
      case "tool-result":
        break;
    }
  }
  const thoughts = reasoning === "" && calls.length > 0 ? reasoningStandIn : reasoning || undefined;
  const silent = texts.length === 0 && (calls.length > 0 || refusal !== "");
  return {
    role: "assistant",
    content: silent ? null : encodeTexts(texts, "", mark),
    ...nameOf(message, target),
    ...(refusal === "" ? {} : { refusal }),
    ...(reasoningField === undefined || thoughts === undefined ? {} : { [reasoningField]: thoughts }),
    ...(calls.length === 0 ? {} : { tool_calls: calls }),
  };
}

function encodeCall({ id, name, form, argumentsText }: ToolCallPart): Fields {
  if (form === "custom") return { id, type: form, custom: { name, input: argumentsText } };
  // Servers parse the arguments of the history, and nothing is no JSON.
  return { id, type: form, function: { name, arguments: argumentsText === "" ? "{}" : argumentsText } };
}

/** The text of a result; its pictures are put behind those already shown, introduced by the call's id. */
function encodeResult({ callId, parts, isError, cache }: ToolResultPart, shown: Fields[], mark: MarkWriter): Fields {
  const texts = textsOf(parts);
  const media = parts.filter((part): part is MediaPart => part.type === "media");
  if (media.length > 0) {
    const kind = media.every((part) => part.kind === "image") ? "image" : "file";
    texts.push({ type: "text", text: `(${kind} in the next message)` });
    shown.push({ type: "text", text: `Result of the call ${callId}:` }, ...media.map(encodeMedia));
  }
  const [first, ...rest] = texts;
  const said = isError === true ? [{ type: "text" as const, text: `Error: ${first?.text ?? ""}` }, ...rest] : texts;
  const last = said.at(-1);
  const marked = cache === undefined || last === undefined ? said : [...said.slice(0, -1), { ...last, cache }];
  return { role: "tool", tool_call_id: callId, content: encodeTexts(marked, "\n", mark) };
}
