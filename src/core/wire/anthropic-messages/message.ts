import type { Message, Part, Role } from "#core/chat/request.ts";
import { decodeContent } from "#core/wire/anthropic-messages/content-block.ts";
import type { AskedFeatures } from "#core/wire/asked-features.ts";
import { listOf, recordOf, textOf } from "#core/wire/json-value.ts";
import { refuseField } from "#core/wire/request-fields.ts";

/**
 * The leading system text. The line with which Claude Code names a session for billing changes with every session and is
 * meant for Anthropic alone: elsewhere it would only spoil the prompt cache.
 */
export function decodeSystem(system: unknown, asked: AskedFeatures): readonly Message[] {
  const parts = decodeContent(system, "system", asked).filter(
    (part) => part.type !== "text" || !part.text.startsWith("x-anthropic-billing-header:"),
  );
  return parts.length === 0 ? [] : [{ role: "system", parts }];
}

/** The conversation: a list that is not empty, of objects with a `role`. Throws `invalid_request` with the path. */
export function decodeMessages(value: unknown, asked: AskedFeatures): Message[] {
  if (!Array.isArray(value) || value.length === 0) throw refuseField("messages", "must be a non-empty list");
  let spoken = false;
  return value.flatMap((entry: unknown, index) => {
    const path = `messages[${index}]`;
    const message = recordOf(entry);
    if (message === undefined) throw refuseField(path, "must be an object");
    const role = roleOf(message["role"], path);
    if (role === "system" && spoken) asked.add("mid_conversation_system", path);
    if (role !== "system") spoken = true;
    return splitResults(role, decodeContent(message["content"], `${path}.content`, asked));
  });
}

/** What the last message that says so asks of the effort from here on. */
export function effortInMessages(value: unknown): { readonly effort: unknown; readonly field: string } | undefined {
  const messages = listOf(value);
  const index = messages.findLastIndex((message) => effortOf(message) !== undefined);
  return index < 0
    ? undefined
    : { effort: effortOf(messages[index]), field: `messages[${index}].output_config.effort` };
}

function effortOf(message: unknown): string | undefined {
  return textOf(recordOf(recordOf(message)?.["output_config"])?.["effort"]);
}

function roleOf(role: unknown, path: string): Role {
  if (role === "user" || role === "assistant" || role === "system") return role;
  throw refuseField(`${path}.role`, "must be 'user', 'assistant' or 'system'");
}

/** The results of tools in a message of their own, before what the user says beside them. */
function splitResults(role: Role, parts: readonly Part[]): Message[] {
  const results = parts.filter((part) => part.type === "tool-result");
  const rest = parts.filter((part) => part.type !== "tool-result");
  return [
    ...(results.length === 0 ? [] : [{ role: "tool" as const, parts: results }]),
    ...(rest.length === 0 ? [] : [{ role, parts: rest }]),
  ];
}
