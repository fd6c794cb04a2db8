import { asInput } from "#core/responses/previous-response.ts";
import type { ResponseStore } from "#core/responses/response-store.ts";
import { decodeJsonBody, type JsonBody } from "#core/wire/json-body.ts";
import { listOf, recordOf, textOf } from "#core/wire/json-value.ts";

const encoder = new TextEncoder();
/** Items that were written here are named after their response. */
const ownItemId = /^[a-z]+_(.+)_\d+$/;

/**
 * The request with the items that it only refers to (`item_reference`) in their place, as far as they are kept; the body
 * itself when none is. What is not found stays: its provider may know it.
 */
export async function withReferencedItems(body: JsonBody, tenant: string, store: ResponseStore): Promise<JsonBody> {
  const input = listOf(body.value["input"]);
  if (!input.some((item) => recordOf(item)?.["type"] === "item_reference")) return body;
  const found = await Promise.all(input.map((item) => referenced(item, tenant, store)));
  if (found.every((item) => item === undefined)) return body;
  const whole = input.flatMap((item, index) => {
    const referred = found[index];
    return referred === undefined ? [item] : asInput(referred);
  });
  return decodeJsonBody(encoder.encode(JSON.stringify({ ...body.value, input: whole })));
}

async function referenced(item: unknown, tenant: string, store: ResponseStore): Promise<unknown> {
  const fields = recordOf(item);
  const id = fields?.["type"] === "item_reference" ? textOf(fields["id"]) : undefined;
  const base = ownItemId.exec(id ?? "")?.[1];
  if (base === undefined) return undefined;
  const stored = await store.find(tenant, `resp_${base}`);
  return listOf(stored?.response["output"]).find((output) => recordOf(output)?.["id"] === id);
}
