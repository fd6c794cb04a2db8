import type { ResponseFormat } from "#core/chat/request.ts";

/** The form of an answer as an instruction, for a model that has no other way to be told it. */
export function jsonInWords(format: ResponseFormat): string {
  if (format.type === "json") return "Answer with one JSON object and nothing else: no other text, no code fence.";
  return `Answer with one JSON value that fits this JSON Schema, and nothing else: no other text, no code fence.\n${JSON.stringify(format.schema)}`;
}
