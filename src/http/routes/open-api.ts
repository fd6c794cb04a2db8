import { apiDoors, openApiDoor } from "#core/api/api-doors.ts";
import { openApiDocument } from "#core/api/open-api.ts";
import { routeOf } from "#http/api-door.ts";
import { jsonResponse } from "#http/json-response.ts";
import type { DoorParts, PublicRoute } from "#http/route.ts";

/** The description of `/api/v1`, written at the first question: it is the same for everybody and holds nothing of anybody. */
export function openApiRoutes({ version }: Pick<DoorParts, "version">): PublicRoute[] {
  let document: ReturnType<typeof openApiDocument> | undefined;
  return [
    {
      ...routeOf(openApiDoor),
      handle: ({ requestId }) => {
        document ??= openApiDocument(apiDoors, version);
        return jsonResponse(requestId, document);
      },
    },
  ];
}
