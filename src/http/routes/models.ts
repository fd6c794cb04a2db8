import type { ErrorFamily } from "#core/errors.ts";
import type { Principal } from "#core/identity/principal.ts";
import { checkModelAllowed, isModelAllowed } from "#core/limits/allowed-models.ts";
import type { ModelInfo } from "#core/model-call.ts";
import { callerFamily } from "#http/caller-family.ts";
import { familyEnvelopes } from "#http/error-response.ts";
import { jsonResponse } from "#http/json-response.ts";
import { modelListings } from "#http/model-listing.ts";
import { decodeModelName } from "#http/model-name.ts";
import type { DoorParts, Route } from "#http/route.ts";
import type { Visit } from "#http/visit.ts";

const folders: readonly { readonly path: string; readonly family: (visit: Visit) => ErrorFamily }[] = [
  { path: "/v1", family: ({ request, target }) => callerFamily(request.headers, target.query) },
  { path: "/anthropic/v1", family: () => "anthropic" },
  { path: "/v1beta", family: () => "gemini" },
  { path: "/v1alpha", family: () => "gemini" },
];

type ModelAnswer = (visit: Visit, caller: Principal, as: ErrorFamily) => unknown;

/** `GET .../models` and `GET .../models/{id}` as each family answers them; ids may hold slashes. */
export function modelRoutes({ gateway }: DoorParts): Route[] {
  return folders.flatMap(({ path, family }) => {
    const route = (suffix: string, answer: ModelAnswer): Route => ({
      method: "GET",
      path: `${path}/models${suffix}`,
      permission: "models:read",
      errors: (visit) => familyEnvelopes[family(visit)],
      handle: (visit, principal) => {
        const as = family(visit);
        return jsonResponse(visit.requestId, answer(visit, principal, as), 200, as);
      },
    });
    return [
      route("", (_, caller, as) =>
        modelListings[as].all(gateway.models().filter(({ id }) => isModelAllowed(caller, id))),
      ),
      route("/:id{.+}", ({ parameters: { id = "" } }, caller, as) => {
        const model = findModel(decodeModelName(id));
        checkModelAllowed(caller, model.id);
        return modelListings[as].one(model);
      }),
    ];
  });

  /** A name that only a pattern takes is not listed, yet it can be asked for. */
  function findModel(id: string): ModelInfo {
    const listed = gateway.models().find((model) => model.id === id);
    if (listed === undefined) gateway.checkModel(id);
    return listed ?? { id, ownedBy: "tokligence" };
  }
}
