import type { StoredResponse } from "#core/responses/response-store.ts";
import { recordOf, textOf } from "#core/wire/json-value.ts";
import { refuseField } from "#core/wire/request-fields.ts";

/** What of the items is wanted, as the query says it. */
export interface ItemListQuery {
  readonly order?: string;
  readonly limit?: string;
  /** The id of the item behind which the list begins. */
  readonly after?: string;
}

/** A page of items, as `GET /v1/responses/{id}/input_items` answers. */
export interface ItemList {
  readonly object: "list";
  readonly data: readonly Readonly<Record<string, unknown>>[];
  readonly first_id: string | null;
  readonly last_id: string | null;
  readonly has_more: boolean;
}

const defaultLimit = 20;
const mostItems = 100;

/**
 * The items that a response was made from, the last first unless `asc` is asked for. Those that came without an id get one
 * that stays the same. Throws `invalid_request` naming the parameter.
 */
export function listInputItems({ response, input }: StoredResponse, query: ItemListQuery): ItemList {
  const order = query.order ?? "desc";
  if (order !== "asc" && order !== "desc") throw refuseField("order", "must be asc or desc");
  const limit = Number(query.limit ?? defaultLimit);
  if (!Number.isInteger(limit) || limit < 1 || limit > mostItems) {
    throw refuseField("limit", `must be an integer from 1 to ${mostItems}`);
  }
  const base = (textOf(response["id"]) ?? "").replace(/^resp_/, "");
  const items = input.map((item, index) => namedItem(recordOf(item) ?? {}, base, index));
  if (order === "desc") items.reverse();
  const after = query.after === undefined ? -1 : items.findIndex(({ id }) => id === query.after);
  if (query.after !== undefined && after < 0) throw refuseField("after", "is not the id of an item");
  const data = items.slice(after + 1, after + 1 + limit);
  return {
    object: "list",
    data,
    first_id: data[0]?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
    has_more: after + 1 + limit < items.length,
  };
}

type NamedItem = Readonly<Record<string, unknown>> & { readonly id: string };

function namedItem(item: Readonly<Record<string, unknown>>, base: string, index: number): NamedItem {
  const type = textOf(item["type"]) ?? "message";
  const id = textOf(item["id"]) ?? `${prefixes[type] ?? "item"}_${base}_in_${index}`;
  if (type !== "message") return { ...item, id };
  const content = item["content"];
  const said = item["role"] === "assistant" ? "output_text" : "input_text";
  const parts = typeof content === "string" ? [{ type: said, text: content }] : content;
  return { status: "completed", ...item, id, type, content: parts };
}

const prefixes: Readonly<Record<string, string>> = {
  message: "msg",
  reasoning: "rs",
  function_call: "fc",
  function_call_output: "fco",
  custom_tool_call: "ctc",
  custom_tool_call_output: "ctco",
};
