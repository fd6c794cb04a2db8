import type { ChatRequest } from "#core/chat/request.ts";
import type { JsonBody } from "#core/wire/json-body.ts";
import { decodeChatRequest, mostChoices } from "#core/wire/openai-chat/request.ts";
import { optionalCount, refuseField } from "#core/wire/request-fields.ts";

/**
 * The meaning of a legacy completions request (OpenAI API reference, "Create completion") as far as an estimate needs it: the
 * prompts are one user message, token numbers are written out, every answer that is made counts as a choice. Throws `invalid_request`.
 */
export function decodeCompletionRequest(body: JsonBody): ChatRequest {
  const { prompt, ...fields } = body.value;
  const texts = (Array.isArray(prompt) ? prompt : [prompt ?? ""]).map(promptText);
  const tokens = Array.isArray(prompt) && prompt.every((item) => typeof item === "number");
  const content = texts.join(tokens ? " " : "\n");
  const value = { ...fields, messages: [{ role: "user", content }], logprobs: undefined };
  const chat = decodeChatRequest({ ...body, value });
  const perPrompt = Math.max(optionalCount(fields, "best_of", mostChoices) ?? 1, chat.choices);
  return { ...chat, choices: perPrompt * (tokens ? 1 : Math.max(1, texts.length)) };
}

function promptText(prompt: unknown): string {
  if (typeof prompt === "string") return prompt;
  if (typeof prompt === "number") return String(prompt);
  if (Array.isArray(prompt) && prompt.every((item) => typeof item === "number")) return prompt.join(" ");
  throw refuseField("prompt", "must be a string, a list of strings or lists of token numbers");
}
