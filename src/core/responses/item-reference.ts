import { asInput } from "#core/responses/previous-response.ts";
import type { ResponseStore } from "#core/responses/response-store.ts";
import { decodeJsonBody, type JsonBody } from "#core/wire/json-body.ts";
import { listOf, recordOf, textOf } from "#core/wire/json-value.ts";
import { refuseField } from "#core/wire/request-fields.ts";

const encoder = new TextEncoder();
/** Items that were written here are named after their response. */
const ownItemId = /^[a-z]+_(.+)_\d+$/;

/**
 * The request with the items that it only refers to (`item_reference`) in their place, as far as they are kept; the body
 * itself when none is. What is not found stays: its provider may know it. Throws `invalid_request`, as OpenAI does, where an
 * item is referred to twice.
 */
export async function withReferencedItems(body: JsonBody, tenant: string, store: ResponseStore): Promise<JsonBody> {
  const input = listOf(body.value["input"]);
  const ids = new Set<string>();
  for (const [index, item] of input.entries()) {
    const id = referenceOf(item);
    // However small a request is, it grows by what is kept, and by that once.
    if (id !== undefined && ids.has(id)) throw refuseField(`input[${index}].id`, "refers to an item a second time");
    if (id !== undefined) ids.add(id);
  }
  if (ids.size === 0) return body;
  const found = await keptItems(ids, tenant, store);
  if (found.size === 0) return body;
  const whole = input.flatMap((item) => {
    const kept = found.get(referenceOf(item) ?? "");
    return kept === undefined ? [item] : asInput(kept);
  });
  return decodeJsonBody(encoder.encode(JSON.stringify({ ...body.value, input: whole })));
}

function referenceOf(item: unknown): string | undefined {
  const fields = recordOf(item);
  return fields?.["type"] === "item_reference" ? textOf(fields["id"]) : undefined;
}

/** The items of these ids that are kept; each response is read once, however many of its items are meant. */
async function keptItems(
  ids: ReadonlySet<string>,
  tenant: string,
  store: ResponseStore,
): Promise<ReadonlyMap<string, unknown>> {
  const found = new Map<string, unknown>();
  for (const base of new Set([...ids].flatMap((id) => ownItemId.exec(id)?.[1] ?? []))) {
    const stored = await store.find(tenant, `resp_${base}`);
    for (const item of listOf(stored?.response["output"])) {
      const id = textOf(recordOf(item)?.["id"]);
      if (id !== undefined && ids.has(id)) found.set(id, item);
    }
  }
  return found;
}
