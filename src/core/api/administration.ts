import type { CreateKey, IssuedKeyView, KeyView, UpdateKey } from "#core/api/api-key.ts";
import type { UsageLogsQueryInput, UsageLogView, UsageQueryInput, UsageTotalView } from "#core/api/usage.ts";
import type { CreateUser, UserView } from "#core/api/user.ts";
import type { Principal } from "#core/identity/principal.ts";

/**
 * What an operator can do, as values. The daemon serves it under `/api/v1`; commands call it through the control
 * socket while the daemon runs and on the store while it is stopped. Input is validated inside; errors are
 * `GatewayError` (`invalid_request`, `not_found`, `conflict`, `storage_failed`, and `permission_denied` when `maker` gives
 * away more than it has; without one it is root).
 */
export interface Administration {
  createUser(input: CreateUser): Promise<UserView>;
  listUsers(): Promise<readonly UserView[]>;
  createKey(input: CreateKey, maker?: Principal): Promise<IssuedKeyView>;
  /** Changes what is settled for a key; what the input does not name stays. */
  updateKey(id: string, input: UpdateKey, maker?: Principal): Promise<KeyView>;
  findKey(id: string): Promise<KeyView>;
  /** All keys, or those of one user by id, e-mail or name. */
  listKeys(user?: string): Promise<readonly KeyView[]>;
  revokeKey(id: string): Promise<KeyView>;
  usageSummary(query: UsageQueryInput): Promise<readonly UsageTotalView[]>;
  usageLogs(query: UsageLogsQueryInput): Promise<readonly UsageLogView[]>;
}
