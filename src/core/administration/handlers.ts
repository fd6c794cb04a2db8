import { archiveHandlers } from "#core/administration/archive-administration.ts";
import { auditHandlers } from "#core/administration/audit-administration.ts";
import { budgetHandlers } from "#core/administration/budget-administration.ts";
import { keyHandlers } from "#core/administration/key-administration.ts";
import { ledgerHandlers } from "#core/administration/ledger-administration.ts";
import type { Handlers } from "#core/api/operations.ts";
import { priceHandlers } from "#core/administration/price-administration.ts";
import { profileHandlers } from "#core/administration/profile-administration.ts";
import { teamHandlers } from "#core/administration/team-administration.ts";
import { usageHandlers } from "#core/administration/usage-administration.ts";
import { userHandlers } from "#core/administration/user-administration.ts";

/** What all the operations together work on. */
export type OperationParts = Parameters<typeof archiveHandlers>[0] &
  Parameters<typeof auditHandlers>[0] &
  Parameters<typeof budgetHandlers>[0] &
  Parameters<typeof keyHandlers>[0] &
  Parameters<typeof ledgerHandlers>[0] &
  Parameters<typeof priceHandlers>[0] &
  Parameters<typeof profileHandlers>[0] &
  Parameters<typeof teamHandlers>[0] &
  Parameters<typeof usageHandlers>[0] &
  Parameters<typeof userHandlers>[0];

/** Every operation, carried out on the stores themselves. */
export function createHandlers(parts: OperationParts): Handlers {
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
