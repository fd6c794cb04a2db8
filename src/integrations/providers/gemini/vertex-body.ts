import { scanItems } from "#core/wire/json-items.ts";
import { type ByteEdit, editBytes } from "#core/wire/json-patch.ts";
import { scanObject, type Span } from "#core/wire/json-scan.ts";
import type { Draft } from "#integrations/providers/endpoint.ts";
import { hostedBody, hostedBytes } from "#integrations/providers/hosted-body.ts";

/** What Vertex counts, under both spellings of each name; it refuses a request for anything else. */
const counted = new Set([
  "contents",
  "systemInstruction",
  "system_instruction",
  "tools",
  "generationConfig",
  "generation_config",
]);
const wholeRequest = ["generateContentRequest", "generate_content_request"] as const;
const calls = ["functionCall", "function_call", "functionResponse", "function_response"] as const;

/**
 * The body of a call as Vertex takes it: a request to count says what is counted at its top, and models before Gemini 3
 * refuse calls and results that have an id.
 */
export function vertexBody({ protocol, model, body }: Draft): Uint8Array {
  const told = protocol === "gemini-count-tokens" ? countedBody(body) : body;
  return /gemini-[12]\b/.test(model) ? withoutCallIds(told) : told;
}

function countedBody(body: Uint8Array): Uint8Array {
  const members = scanObject(body, 0);
  const [whole] = wholeRequest.flatMap((name) => members.get(name) ?? []);
  return hostedBytes(body, (key) => counted.has(key), {}, whole?.start ?? 0);
}

function withoutCallIds(body: Uint8Array): Uint8Array {
  const contents = scanObject(body, 0).get("contents");
  const parts = itemsOf(body, contents).flatMap((content) => itemsOf(body, memberOf(body, content, "parts")));
  const edits = parts.flatMap((part) => calls.flatMap((name) => withoutId(body, memberOf(body, part, name))));
  return editBytes(body, edits);
}

function withoutId(body: Uint8Array, call: Span | undefined): ByteEdit[] {
  if (call === undefined || memberOf(body, call, "id") === undefined) return [];
  return [{ ...call, text: hostedBody(body, (key) => key !== "id", {}, call.start) }];
}

/** Items of a list; one thing in a list's place is taken for a list of it, as Google does. */
function itemsOf(body: Uint8Array, span: Span | undefined): readonly Span[] {
  if (span === undefined) return [];
  return body[span.start] === 0x5b ? scanItems(body, span.start) : [span];
}

function memberOf(body: Uint8Array, span: Span | undefined, name: string): Span | undefined {
  return span !== undefined && body[span.start] === 0x7b ? scanObject(body, span.start).get(name) : undefined;
}
