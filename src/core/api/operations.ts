import { archiveOperations } from "#core/api/archive.ts";
import { auditOperations } from "#core/api/audit.ts";
import { keyOperations } from "#core/api/api-key.ts";
import { budgetOperations } from "#core/api/budget.ts";
import { ledgerOperations } from "#core/api/ledger.ts";
import type { AskedOf, HandlersOf } from "#core/api/operation.ts";
import { priceOperations } from "#core/api/price.ts";
import { profileOperations } from "#core/api/profile.ts";
import { teamOperations } from "#core/api/team.ts";
import { usageOperations } from "#core/api/usage.ts";
import { userOperations } from "#core/api/user.ts";

/** Everything an operator can do under `/api/v1`, by name. */
export const operations = {
  ...userOperations,
  ...teamOperations,
  ...keyOperations,
  ...budgetOperations,
  ...priceOperations,
  ...usageOperations,
  ...ledgerOperations,
  ...auditOperations,
  ...profileOperations,
  ...archiveOperations,
};
export type OperationName = keyof typeof operations;

/** What carries them out, each noun in a file of its own (`core/administration/*-administration.ts`). */
export type Handlers = HandlersOf<typeof operations>;

/**
 * What an operator can do, as whoever asks sees it: commands ask the daemon through its control socket while one runs, and
 * the store while none does. Rejects with `GatewayError` (`invalid_request`, `not_found`, `conflict`, `permission_denied`,
 * `storage_failed`, `unavailable`).
 */
export type Administration = AskedOf<typeof operations>;
