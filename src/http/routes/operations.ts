import { deskHandlers } from "#core/administration/desk-handlers.ts";
import { statusHandlers } from "#core/administration/status-handlers.ts";
import { deskOperations } from "#core/api/desk-operations.ts";
import type { Caller, HandlersOf, Operation, OperationTable } from "#core/api/operation.ts";
import { operations } from "#core/api/operations.ts";
import { parseInput } from "#core/api/parse-input.ts";
import { statusOperations } from "#core/api/status.ts";
import { routeOf } from "#http/api-door.ts";
import { jsonResponse } from "#http/json-response.ts";
import { operationInput } from "#http/operation-input.ts";
import type { DoorParts, GuardedRoute } from "#http/route.ts";

type Handle = (input: unknown, caller: Caller) => Promise<unknown>;

/** Every operation of `core/api` as a door: who may enter, where its input comes from, and what is answered. */
export function operationRoutes(parts: DoorParts): GuardedRoute[] {
  return [
    ...routesOf(operations, parts.handlers, parts),
    ...routesOf(deskOperations, deskHandlers(parts.scheduling), parts),
    ...routesOf(statusOperations, statusHandlers({ ...parts.process, ...parts }), parts),
  ];
}

function routesOf<Table extends OperationTable>(
  table: Table,
  handlers: HandlersOf<Table>,
  parts: DoorParts,
): GuardedRoute[] {
  return Object.entries(table).map(([name, operation]) =>
    operationRoute(name, operation, handlers[name] as unknown as Handle, parts),
  );
}

function operationRoute(
  name: string,
  operation: Operation,
  handle: Handle,
  { limits, clock }: DoorParts,
): GuardedRoute {
  const { input, status = 200 } = operation;
  return {
    ...routeOf(operation),
    operation: name,
    handle: async (visit, principal) => {
      // Checking all books may take longer than a connection is left silent.
      visit.keepOpen();
      const given = parseInput(input, await operationInput(operation, visit, limits, clock));
      return jsonResponse(visit.requestId, await handle(given, { principal, requestId: visit.requestId }), status);
    },
  };
}
