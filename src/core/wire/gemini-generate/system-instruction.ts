import type { Message, Part } from "#core/chat/request.ts";
import { type GeminiFields, fieldsOf } from "#core/wire/gemini-generate/fields.ts";

/** The `systemInstruction`, a text or parts of text, as the first message; empty when there is none. */
export function decodeSystemInstruction(body: GeminiFields): readonly Message[] {
  const value = body.value("systemInstruction");
  if (value === undefined) return [];
  const path = body.path("systemInstruction");
  if (typeof value === "string") return systemMessage([{ type: "text", text: value }]);
  const parts = fieldsOf(value, path)
    .list("parts")
    .map((part): Part => {
      const text = part.value("text");
      if (typeof text === "string") return { type: "text", text };
      return { type: "foreign", path: part.at, required: false };
    });
  return systemMessage(parts);
}

function systemMessage(parts: readonly Part[]): readonly Message[] {
  const said = parts.filter((part) => part.type !== "text" || part.text !== "");
  return said.length === 0 ? [] : [{ role: "system", parts: said }];
}
