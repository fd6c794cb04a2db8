import { describe, expect, test } from "bun:test";
import { key, user } from "#core/administration/scheduling-desk-bench.test-data.ts";
import { refusalAtDoor, supposedCaller } from "#core/administration/supposed-call.ts";
import type { KeyId, TenantId } from "#core/effects/ids.ts";
import type { ApiKey } from "#core/identity/api-key.ts";
import type { Permission } from "#core/identity/permission.ts";
import { localPrincipal, type Principal, rootPrincipal } from "#core/identity/principal.ts";
import type { User } from "#core/identity/user.ts";
import { failureOf } from "#core/test-gateway.ts";

const nowMs = 1_000;
const maker: ApiKey = { ...key, id: "key_0" as KeyId };

/** Who is behind `key_1`, or another id, where it and its owner differ so from a good one. */
function callerOf(
  asker: Principal,
  ofKey: Partial<ApiKey> = {},
  ofUser: Partial<User> = {},
  id = "key_1",
  ofMaker: Partial<ApiKey> = {},
) {
  const store = {
    findKey: async (asked: KeyId) =>
      asked === key.id ? { ...key, ...ofKey } : asked === maker.id ? { ...maker, ...ofMaker } : undefined,
    findUser: async () => ({ ...user, ...ofUser }),
  };
  return supposedCaller(store, { key: id, asker, nowMs });
}

function reader(tenant: string, ...more: Permission[]): Principal {
  const permissions = new Set<Permission>(["gateway:read", ...more]);
  return { kind: "key", role: "gateway_admin", tenantId: tenant as TenantId, permissions };
}

describe("who asks", () => {
  test("is told of keys of its own tenant, and of all if it may read keys", async () => {
    for (const asker of [rootPrincipal, reader("team_1"), reader("team_2", "keys:read")]) {
      expect((await callerOf(asker)).principal).toMatchObject({ tenantId: "team_1", keyId: "key_1" });
    }
  });

  const mere: Principal = { ...reader("team_2", "keys:read"), role: "gateway_user" };
  test.each([reader("team_2"), mere, localPrincipal])(
    "learns not even that another tenant's key exists: %p",
    async (asker) => {
      for (const id of ["key_1", "key_9"]) {
        const failure = await failureOf(callerOf(asker, {}, {}, id));
        expect(failure).toMatchObject({ code: "not_found", message: `There is no key "${id}".` });
      }
    },
  );

  test("supposes somebody of its own tenant where it names no key", async () => {
    const store = { findKey: async () => undefined, findUser: async () => undefined };
    for (const tier of [undefined, "bulk" as const]) {
      const { principal, isLetIn } = await supposedCaller(store, { tier, asker: reader("team_2"), nowMs });
      expect([principal.tenantId, principal.keyId, isLetIn]).toEqual(["team_2" as TenantId, undefined, true]);
    }
  });
});

test.each<[Partial<ApiKey>, Partial<User>, string | undefined]>([
  [{}, {}, undefined],
  [{ expiresAtMs: nowMs + 1 }, {}, undefined],
  [{ expiresAtMs: nowMs }, {}, "unauthenticated"],
  [{ revokedAtMs: 0 }, {}, "unauthenticated"],
  [{}, { status: "inactive" }, "unauthenticated"],
  [{ scopes: ["usage:read"] }, {}, "permission_denied"],
  [{ policy: { models: ["other"], limits: {} } }, {}, "permission_denied"],
])("a key with %j of an owner with %j is turned away at the door as %p", async (ofKey, ofUser, reason) => {
  const caller = await callerOf(rootPrincipal, ofKey, ofUser);
  expect<string | undefined>(refusalAtDoor(caller, "m")).toBe(reason);
});

test.each<[Partial<ApiKey>, string | undefined]>([
  [{}, undefined],
  [{ expiresAtMs: nowMs }, "unauthenticated"],
  [{ revokedAtMs: 0 }, "unauthenticated"],
  [{ id: "key_00" as KeyId, parentId: "key_00" as KeyId }, "unauthenticated"],
  [{ policy: { models: ["other"], limits: {} } }, "permission_denied"],
])("F96 a key that was made by one with %j is turned away at the door as %p", async (ofMaker, reason) => {
  const caller = await callerOf(rootPrincipal, { parentId: maker.id }, {}, key.id, ofMaker);
  expect<string | undefined>(refusalAtDoor(caller, "m")).toBe(reason);
});
