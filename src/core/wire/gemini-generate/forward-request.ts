import type { Forwarding } from "#core/wire/codec.ts";
import type { JsonBody } from "#core/wire/json-body.ts";
import { scanItems } from "#core/wire/json-items.ts";
import { type ByteEdit, editBytes, setMember } from "#core/wire/json-patch.ts";
import { scanObject, type Span } from "#core/wire/json-scan.ts";
import { listOf, recordOf } from "#core/wire/json-value.ts";

/** Where a request to count tokens holds the whole of what it counts, in both of Google's spellings. */
export const countedRequestNames = ["generateContentRequest", "generate_content_request"] as const;

/**
 * The caller's body byte for byte: the model stands in the address. Where the body names it too, or a request inside it does,
 * it is changed, with `models/` before it if it had that; a limit of the answer is added where it names none.
 */
export function forwardGeminiRequest(body: JsonBody, { model, outputLimit }: Forwarding): Uint8Array {
  const { bytes, value, spans } = body;
  const edits = modelEdit(value, spans, model);
  if (outputLimit !== undefined) edits.push(limitEdit(body, outputLimit));
  for (const name of countedRequestNames) {
    const request = recordOf(value[name]);
    const at = spans.get(name);
    if (request !== undefined && at !== undefined)
      edits.push(...modelEdit(request, scanObject(bytes, at.start), model));
  }
  const requests = listOf(value["requests"]);
  const list = spans.get("requests");
  if (requests.length > 0 && list !== undefined) {
    scanItems(bytes, list.start).forEach((at, index) => {
      const request = recordOf(requests[index]);
      if (request !== undefined) edits.push(...modelEdit(request, scanObject(bytes, at.start), model));
    });
  }
  return edits.length === 0 ? bytes : editBytes(bytes, edits);
}

function modelEdit(
  value: Readonly<Record<string, unknown>>,
  spans: ReadonlyMap<string, Span>,
  model: string,
): ByteEdit[] {
  const { model: named } = value;
  const at = spans.get("model");
  if (typeof named !== "string" || at === undefined) return [];
  const wanted = named.startsWith("models/") ? `models/${model}` : model;
  return wanted === named ? [] : [{ ...at, text: JSON.stringify(wanted) }];
}

/** In both of Google's spellings, the one that it reads first. */
const configNames = ["generationConfig", "generation_config"] as const;
const limitNames = ["maxOutputTokens", "max_output_tokens"] as const;

/** Throws `invalid_request` where the configuration of an answer says a key twice: of two limits Google might obey the other one. */
export function refuseTwiceConfigured({ bytes, value, spans }: JsonBody): void {
  for (const name of configNames) {
    const at = spans.get(name);
    if (at !== undefined && recordOf(value[name]) !== undefined) scanObject(bytes, at.start);
  }
}

function limitEdit({ bytes, value, spans }: JsonBody, tokens: number): ByteEdit {
  for (const name of configNames) {
    const at = spans.get(name);
    if (at === undefined || recordOf(value[name]) === undefined) continue;
    const members = scanObject(bytes, at.start);
    const limit = limitNames.find((known) => members.has(known)) ?? limitNames[0];
    return setMember(bytes.subarray(0, at.end), members, at.start, limit, String(tokens));
  }
  return setMember(bytes, spans, 0, configNames[0], `{"${limitNames[0]}":${tokens}}`);
}

/**
 * The caller's headers that go upstream in Gemini's protocol. A closed list of none: `x-goog-api-client` tells of the caller's
 * machine, `x-goog-user-project` bills it, `x-goog-api-key` is its key, and the protocol has no versions or betas in headers.
 */
export const geminiForwardedHeaders: readonly string[] = [];
