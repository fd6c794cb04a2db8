import { GatewayError } from "#core/errors.ts";
import type { ResponseStore, StoredResponse } from "#core/responses/response-store.ts";
import { decodeJsonBody, type JsonBody } from "#core/wire/json-body.ts";
import { listOf, recordOf, textOf } from "#core/wire/json-value.ts";

const encoder = new TextEncoder();

/** A request that says everything itself. */
export interface WholeRequest {
  readonly body: JsonBody;
  /** The provider that has stored what the request went on from: only it needs none of that said. */
  readonly provider?: string;
}

/**
 * The request with everything that was said before in front of its own input, and no `previous_response_id`; the body itself
 * when it names none. Throws `previous_response_not_found`, as OpenAI does, when the response is not kept.
 */
export async function withPreviousResponse(
  body: JsonBody,
  tenant: string,
  store: ResponseStore,
): Promise<WholeRequest> {
  const id = textOf(body.value["previous_response_id"]);
  if (id === undefined) return { body };
  const stored = await store.find(tenant, id);
  if (stored === undefined) throw previousResponseNotFound(id);
  const { previous_response_id: _, input, ...rest } = body.value;
  const whole = { ...rest, input: [...earlierItems(stored), ...inputItems(input)] };
  const { provider } = stored;
  return {
    body: decodeJsonBody(encoder.encode(JSON.stringify(whole))),
    ...(provider === undefined ? {} : { provider }),
  };
}

/** The items of a request's `input`; a text is a message of the user. */
export function inputItems(input: unknown): readonly unknown[] {
  if (typeof input !== "string") return listOf(input);
  return [{ type: "message", role: "user", content: [{ type: "input_text", text: input }] }];
}

function earlierItems({ response, input }: StoredResponse): readonly unknown[] {
  return [...input, ...listOf(response["output"]).flatMap(asInput)];
}

/**
 * An item that was answered, as it may be sent again. The ids are not the provider's that will read it, or it keeps nothing under
 * them; and thinking of which nothing encrypted is left says nothing to it.
 */
export function asInput(item: unknown): unknown[] {
  const fields = recordOf(item);
  switch (fields?.["type"]) {
    case "reasoning": {
      if (textOf(fields["encrypted_content"]) === undefined) return [];
      const { id: _, status: __, ...rest } = fields;
      return [rest];
    }
    case "message":
    case "function_call":
    case "custom_tool_call": {
      const { id: _, ...rest } = fields;
      return [rest];
    }
    default:
      return [item];
  }
}

function previousResponseNotFound(id: string): GatewayError {
  const shown = /^[\w-]{1,100}$/.test(id) ? ` with id '${id}'` : "";
  return new GatewayError("previous_response_not_found", `Previous response${shown} not found.`, {
    details: { field: "previous_response_id" },
  });
}
