import { GatewayError } from "#core/errors.ts";
import type { ModelInfo } from "#core/model-call.ts";
import { jsonResponse } from "#http/json-response.ts";
import type { DoorParts, Route } from "#http/route-table.ts";
import type { Visit } from "#http/visit.ts";

/** `GET /v1/models` and `GET /v1/models/{id}` as OpenAI answers them; ids may hold slashes. */
export function modelRoutes({ gateway }: DoorParts): Route[] {
  const route = (path: string, answer: (visit: Visit) => unknown): Route => ({
    method: "GET",
    path,
    permission: "models:read",
    errors: "openai-chat",
    handle: (visit) => jsonResponse(visit.requestId, answer(visit)),
  });
  return [
    route("/v1/models", () => ({ object: "list", data: gateway.models().map(modelView) })),
    route("/v1/models/:id{.+}", ({ parameter }) => {
      const id = decodeId(parameter);
      const listed = gateway.models().find((model) => model.id === id);
      // A name that only a pattern takes is not listed, yet it can be asked for.
      if (listed === undefined) gateway.checkModel(id);
      return modelView(listed ?? { id, ownedBy: "tokligence" });
    }),
  ];
}

/** `created` is 0: nobody told when the model was made, and clients only want a number there. */
function modelView({ id, ownedBy }: ModelInfo) {
  return { id, object: "model", created: 0, owned_by: ownedBy };
}

function decodeId(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new GatewayError("model_not_found", "This is no model name.");
  }
}
