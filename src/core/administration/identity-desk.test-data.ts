import { Levels } from "#core/admission/level.ts";
import { keyOperations } from "#core/api/api-key.ts";
import { auditHandlers } from "#core/administration/audit-administration.ts";
import { auditOperations } from "#core/api/audit.ts";
import { keyHandlers } from "#core/administration/key-administration.ts";
import type { AskedOf, Caller } from "#core/api/operation.ts";
import { parseInput } from "#core/api/parse-input.ts";
import { teamHandlers } from "#core/administration/team-administration.ts";
import { teamOperations } from "#core/api/team.ts";
import { userHandlers } from "#core/administration/user-administration.ts";
import { userOperations } from "#core/api/user.ts";
import type { BudgetId, EventId, Ids, KeyId, NodeId, RequestId, SessionId, TeamId, UserId } from "#core/effects/ids.ts";
import { pureDigest } from "#core/effects/pure-digest.ts";
import { SequenceRandom } from "#core/effects/sequence-random.ts";
import { VirtualClock } from "#core/effects/virtual-clock.ts";
import { GatewayError } from "#core/errors.ts";
import { type Change, MemoryChangeFeed } from "#core/feed.ts";
import { type LifecycleEventType, lifecycleEventTypes } from "#core/hooks/lifecycle-event.ts";
import { hashKeyText } from "#core/identity/key-digest.ts";
import { principalOf } from "#core/identity/key-lookup.ts";
import { type Principal, rootPrincipal } from "#core/identity/principal.ts";
import { permissionsOf } from "#core/identity/role-permissions.ts";
import { openInThread } from "#integrations/stores/sqlite/in-thread.ts";

const operations = { ...userOperations, ...teamOperations, ...keyOperations, ...auditOperations };
type Desk = AskedOf<typeof operations>;

/** The operations of identity on real stores in memory, asked by whom a test likes. */
export class IdentityDesk {
  readonly stores = openInThread();
  readonly clock = new VirtualClock(Date.UTC(2026, 10, 21, 12));
  readonly feed = new MemoryChangeFeed();
  readonly changes: Change[] = [];
  readonly pepper = new Uint8Array(32).fill(7);
  readonly parts = {
    ...this.stores,
    ids: countingIds(),
    digest: pureDigest,
    pepper: this.pepper,
    random: new SequenceRandom(3),
    clock: this.clock,
    feed: this.feed,
    keyKind: "live" as const,
    levels: new Levels({
      count: 10,
      defaultLevel: 5,
      enabled: true,
      rules: [
        { pattern: "vip-*", level: 0 },
        { pattern: "boss@example.com", level: 1 },
      ],
    }),
    toldEvents: new Set<LifecycleEventType>(lifecycleEventTypes),
    ruledNames: () => ["night-*", "bulk-*", "eve@example.com", "*"],
    maxKeysPerUser: 20,
  };
  readonly #handlers = {
    ...userHandlers(this.parts),
    ...teamHandlers(this.parts),
    ...keyHandlers(this.parts),
    ...auditHandlers(this.parts),
  };
  /** What the control socket asks. */
  readonly root: Desk = this.as(rootPrincipal);

  constructor() {
    this.feed.subscribe("identity.changed", (change) => this.changes.push(change));
  }

  /** What a principal asks; permission was looked at by whoever let it in. */
  as(principal: Principal): Desk {
    const caller: Caller = { principal, requestId: "req_1" };
    const asked = Object.entries(operations).map(([name, { input }]) => {
      const handle = this.#handlers[name as keyof Desk] as (input: unknown, caller: Caller) => Promise<unknown>;
      return [name, async (given: unknown) => handle(parseInput(input, given), caller)];
    });
    return Object.fromEntries(asked) as Desk;
  }

  /** A login of a user. */
  async session(email: string): Promise<Principal> {
    const user = await this.stores.identity.findUser(email);
    if (user === undefined) throw new Error(`There is no user ${email}.`);
    const memberships = await this.stores.identity.membershipsOf(user.id);
    const adminOf = memberships.filter(({ membership }) => membership.role === "admin").map(({ team }) => team.id);
    const permissions = [...permissionsOf(user.role)].filter((permission) => permission !== "models:call");
    const { tenantId, id: userId, role } = user;
    return { kind: "session", tenantId, userId, role, adminOf, permissions: new Set(permissions) };
  }

  /** Whoever presents a key. */
  async bearer(key: string): Promise<Principal> {
    const owner = await this.stores.identity.findKeyByHash(hashKeyText(pureDigest, this.pepper, key));
    if (owner === undefined) throw new Error("There is no such key.");
    return principalOf(owner);
  }

  /** A user, made by root. */
  async user(name: string, role: "root_admin" | "gateway_admin" | "gateway_user" = "gateway_user"): Promise<string> {
    return (await this.root.createUser({ email: `${name}@example.com`, role })).id;
  }
}

/** What an operation was refused with: its code and the field or permission that it names. */
export async function refusalOf(work: Promise<unknown>): Promise<readonly unknown[]> {
  const thrown: unknown = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(thrown instanceof GatewayError)) throw new Error("no GatewayError was thrown", { cause: thrown });
  return [thrown.code, thrown.details.field ?? thrown.details.permission ?? thrown.details.role];
}

function countingIds(): Ids {
  let made = 0;
  const next = (prefix: string): string => `${prefix}_${++made}`;
  return {
    request: () => next("req") as RequestId,
    user: () => next("usr") as UserId,
    key: () => next("key") as KeyId,
    team: () => next("team") as TeamId,
    budget: () => next("bud") as BudgetId,
    session: () => next("ses") as SessionId,
    event: () => next("evt") as EventId,
    node: () => next("node") as NodeId,
  };
}
