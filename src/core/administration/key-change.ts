import type { z } from "zod";
import type { updateKeySchema } from "#core/api/api-key.ts";
import { changedPolicy } from "#core/administration/changed-policy.ts";
import { invalidField } from "#core/api/invalid-field.ts";
import { timeOf } from "#core/api/time-text.ts";
import { addressRange } from "#core/address-range.ts";
import type { ApiKey } from "#core/identity/api-key.ts";
import type { KeyChange } from "#core/identity/identity-store.ts";

type Wanted = z.output<typeof updateKeySchema>;

/** The key as it would be with the change made. Throws `invalid_request` naming the field. */
export function changedKey(key: ApiKey, change: Wanted, levelCount: number): ApiKey {
  const {
    name = key.name,
    labels = key.labels ?? [],
    addresses = key.addresses ?? [],
    expires_at,
    ...settled
  } = change;
  refuseNoAddresses(addresses);
  const { policy: former, expiresAtMs: formerEndMs, ...rest } = key;
  const policy = changedPolicy(former, settled, levelCount);
  const endMs = expires_at === undefined ? formerEndMs : expires_at === null ? undefined : timeOf(expires_at);
  return {
    ...rest,
    name,
    labels: [...new Set(labels)],
    addresses: [...new Set(addresses)],
    ...(endMs !== undefined && { expiresAtMs: endMs }),
    ...(policy !== undefined && { policy }),
  };
}

/** What the store is told of a change that leads to `after`. */
export function keyChangeOf({ name, labels, addresses, expires_at, ...settled }: Wanted, after: ApiKey): KeyChange {
  const policyNamed = Object.values(settled).some((value) => value !== undefined);
  return {
    ...(name !== undefined && { name }),
    ...(labels !== undefined && { labels: after.labels ?? [] }),
    ...(addresses !== undefined && { addresses: after.addresses ?? [] }),
    ...(expires_at !== undefined && { expiresAtMs: after.expiresAtMs ?? null }),
    ...(policyNamed && { policy: after.policy ?? null }),
  };
}

/** Throws `invalid_request` for what is neither an address nor a range. */
export function refuseNoAddresses(addresses: readonly string[]): void {
  const index = addresses.findIndex((text) => addressRange(text) === undefined);
  if (index < 0) return;
  throw invalidField(`addresses.${index}`, `${JSON.stringify(addresses[index])} is no address or range (CIDR)`);
}
