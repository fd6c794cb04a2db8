import { archiveHandlers } from "#core/administration/archive-administration.ts";
import { auditHandlers } from "#core/administration/audit-administration.ts";
import { budgetHandlers } from "#core/administration/budget-administration.ts";
import type { HandlerParts } from "#core/administration/handler-parts.ts";
import { keyHandlers } from "#core/administration/key-administration.ts";
import { ledgerHandlers } from "#core/administration/ledger-administration.ts";
import type { Handlers } from "#core/api/operations.ts";
import { priceHandlers } from "#core/administration/price-administration.ts";
import { profileHandlers } from "#core/administration/profile-administration.ts";
import { teamHandlers } from "#core/administration/team-administration.ts";
import { usageHandlers } from "#core/administration/usage-administration.ts";
import { userHandlers } from "#core/administration/user-administration.ts";

/** Every operation, carried out on the stores themselves. */
export function createHandlers(parts: HandlerParts): Handlers {
  return {
    ...userHandlers(parts),
    ...teamHandlers(parts),
    ...keyHandlers(parts),
    ...budgetHandlers(parts),
    ...priceHandlers(parts),
    ...usageHandlers(parts),
    ...ledgerHandlers(parts),
    ...auditHandlers(parts),
    ...profileHandlers(parts),
    ...archiveHandlers(parts),
  };
}
