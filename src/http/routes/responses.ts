import { GatewayError } from "#core/errors.ts";
import type { Principal } from "#core/identity/principal.ts";
import { listInputItems } from "#core/responses/input-item-list.ts";
import { withReferencedItems } from "#core/responses/item-reference.ts";
import { withPreviousResponse } from "#core/responses/previous-response.ts";
import type { StoredResponse } from "#core/responses/response-store.ts";
import type { JsonBody } from "#core/wire/json-body.ts";
import { jsonResponse } from "#http/json-response.ts";
import { ResponseKeeper } from "#http/kept-response.ts";
import type { DoorParts, GuardedRoute } from "#http/route.ts";
import { callModel } from "#http/routes/model-call.ts";
import type { Visit } from "#http/visit.ts";

/** OpenAI's Responses: making them, going on from them, and asking for those that were kept. */
export function responseRoutes(parts: DoorParts): GuardedRoute[] {
  const { responses } = parts;
  const route = (method: GuardedRoute["method"], suffix: string, handle: GuardedRoute["handle"]): GuardedRoute => ({
    method,
    path: `/v1/responses${suffix}`,
    permission: "models:call",
    errors: "openai-responses",
    handle,
  });
  const door = {
    codec: parts.codecs["openai-responses"],
    address: {},
    complete: async (asked: JsonBody, { tenantId }: Principal) => {
      refuseBackground(asked);
      const { body, provider } = await withPreviousResponse(asked, tenantId, responses);
      const completed = (some: JsonBody) => withReferencedItems(some, tenantId, responses);
      if (provider === undefined) return { body: await completed(body) };
      return { body: await completed(body), shortBody: { provider, body: await completed(asked) } };
    },
    keeper: (body: JsonBody, { tenantId }: Principal) =>
      body.value["store"] === false || !responses.keepsAny ? undefined : new ResponseKeeper(responses, tenantId, body),
  };
  const find = async ({ parameters: { id = "" } }: Visit, { tenantId }: Principal): Promise<StoredResponse> =>
    (await responses.find(tenantId, id)) ?? notFound(id);

  return [
    route("POST", "", (visit, principal) => callModel(parts, door, visit, principal)),
    route("POST", "/compact", refuseCompaction),
    route("GET", "", refuseUpgrade),
    route("GET", "/:id", async (visit, principal) => {
      refuseReplay(visit);
      return jsonResponse(visit.requestId, (await find(visit, principal)).response);
    }),
    route("GET", "/:id/input_items", async (visit, principal) => {
      const query = Object.fromEntries(new URLSearchParams(visit.target.query));
      return jsonResponse(visit.requestId, listInputItems(await find(visit, principal), query));
    }),
    route("DELETE", "/:id", async ({ requestId, parameters: { id = "" } }, { tenantId }) => {
      if (!(await responses.delete(tenantId, id))) notFound(id);
      return jsonResponse(requestId, { id, object: "response", deleted: true });
    }),
  ];
}

/** The answer would have to be fetched from the provider later, by an id that only the provider knows. */
function refuseBackground({ value }: JsonBody): void {
  if (value["background"] !== true) return;
  throw new GatewayError("unsupported_value", "'background' is not served here; ask for a stream.", {
    details: { field: "background" },
  });
}

/** What was streamed is kept as the response that it was, not event by event. */
function refuseReplay({ target }: Visit): void {
  if (new URLSearchParams(target.query).get("stream") !== "true") return;
  throw new GatewayError("unsupported_value", "A response is not streamed again; read it whole.", {
    details: { field: "stream" },
  });
}

/** Only who made an encrypted summary can read it, and answers here may come from anybody. */
function refuseCompaction(): never {
  throw new GatewayError("not_found", "Conversations are not compacted here; send them whole, or ask for a summary.");
}

function notFound(id: string): never {
  const shown = /^[\w-]{1,100}$/.test(id) ? ` with id '${id}'` : "";
  throw new GatewayError("not_found", `Response${shown} not found.`);
}

/** Clients that would rather have a WebSocket turn to POST at once when they are told so, and only then. */
function refuseUpgrade({ request, requestId }: Visit): Response {
  if (request.headers.get("upgrade")?.toLowerCase() !== "websocket") {
    throw new GatewayError("method_not_allowed", "This path does not take this method.", {
      details: { allow: "POST" },
    });
  }
  const error = { message: "WebSockets are not served here; use POST.", type: "invalid_request_error", param: null };
  return jsonResponse(requestId, { error: { ...error, code: "upgrade_required" } }, 426);
}
