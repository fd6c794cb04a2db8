import { GatewayError } from "#core/errors.ts";
import { type Principal, rootPrincipal } from "#core/identity/principal.ts";
import { addressGroup } from "#core/limits/caller-rates.ts";
import type { DoorState } from "#http/door-state.ts";
import { isLoopbackAddress } from "#http/host-rule.ts";
import type { HttpParts } from "#http/http-parts.ts";
import { presentedKey } from "#http/presented-key.ts";
import type { GuardedRoute, Route } from "#http/route.ts";
import { sessionPrincipal } from "#http/session-door.ts";
import type { Visit } from "#http/visit.ts";

type EntranceParts = Pick<
  HttpParts,
  "auditRefusal" | "auditTriedKeys" | "authenticator" | "clock" | "pageOrigins" | "sessions"
>;
/** Who has tried what so far. */
type TriedSoFar = Pick<DoorState, "failedKeys" | "audited" | "auditedAddresses">;

/** Whose refusals addresses are counted as. */
const allAddresses = "addresses";

/** The only way to a handler: whoever may not use the route is refused here. */
export class Entrance {
  readonly #parts: EntranceParts;
  readonly #tried: TriedSoFar;

  constructor(parts: EntranceParts, tried: TriedSoFar) {
    this.#parts = parts;
    this.#tried = tried;
  }

  /** Lets the visit in and gives what the handler answers. Rejects with `unauthenticated`, `permission_denied` and whatever the handler throws. */
  async enter(route: Route, visit: Visit): Promise<Response> {
    if (route.permission === "public") return route.handle(visit);
    const principal = await this.#identify(visit);
    visit.principal = principal;
    if (route.operation === undefined || route.method === "GET") return handled(route, visit, principal);
    return this.#handledOrAudited(route, route.operation, visit, principal);
  }

  /** Whoever tries to change what they may not leaves a trace. */
  async #handledOrAudited(
    route: GuardedRoute,
    operation: string,
    visit: Visit,
    principal: Principal,
  ): Promise<Response> {
    try {
      return await handled(route, visit, principal);
    } catch (thrown) {
      const isRefusal = thrown instanceof GatewayError && thrown.code === "permission_denied";
      const { kind, keyId, userId } = principal;
      if (isRefusal && this.#tried.audited.take(keyId ?? userId ?? kind) === 0) {
        await this.#parts.auditRefusal({ principal, requestId: visit.requestId }, operation, visit.parameters);
      }
      throw thrown;
    }
  }

  #identify(visit: Visit): Principal | Promise<Principal> {
    const { connection, request, target } = visit;
    if (connection.root) return rootPrincipal;
    const isOwnApi = target.path.startsWith("/api/");
    // A key in the query string is for SDKs of models alone; elsewhere `key` is a field like any other.
    const presented = presentedKey(request.headers, isOwnApi ? "" : target.query);
    if (presented !== undefined) return this.#byKey(visit, presented);
    return isOwnApi ? this.#bySession(visit) : this.#byKey(visit, undefined);
  }

  async #bySession(visit: Visit): Promise<Principal> {
    return (await sessionPrincipal(this.#parts, visit)) ?? this.#byKey(visit, undefined);
  }

  #byKey(visit: Visit, presented: string | undefined): Principal | Promise<Principal> {
    const { connection } = visit;
    const refuse = (thrown: unknown): Promise<never> => this.#refuseKey(visit, presented, thrown);
    try {
      const principal = this.#parts.authenticator.authenticate({
        presented,
        // Asked only where it decides: looking the peer up is dear.
        get address() {
          return connection.address;
        },
        get fromLoopback() {
          return isLoopbackAddress(connection.address);
        },
      });
      return principal instanceof Promise ? principal.catch(refuse) : principal;
    } catch (thrown) {
      return refuse(thrown);
    }
  }

  async #refuseKey({ connection, requestId }: Visit, presented: string | undefined, thrown: unknown): Promise<never> {
    const isRefusal = thrown instanceof GatewayError && thrown.code === "unauthenticated";
    if (presented === undefined || !isRefusal) throw thrown;
    const address = addressGroup(connection.address);
    // A key that is good is never held up: nobody can lock out whoever shares the address.
    const { audited, auditedAddresses, failedKeys } = this.#tried;
    const retryAfterMs = failedKeys.take(address);
    if (retryAfterMs === 0) throw thrown;
    if (auditedAddresses.take(address) === 0 && audited.take(allAddresses) === 0) {
      await this.#parts.auditTriedKeys(address, requestId);
    }
    throw new GatewayError("rate_limited", "Too many keys from this address were not accepted.", { retryAfterMs });
  }
}

function handled(route: GuardedRoute, visit: Visit, principal: Principal): Response | Promise<Response> {
  if (principal.permissions.has(route.permission)) return route.handle(visit, principal);
  throw new GatewayError("permission_denied", `This needs the permission ${route.permission}.`, {
    details: { permission: route.permission },
  });
}
