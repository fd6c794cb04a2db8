import type { CreateKey, IssuedKeyView, KeyView } from "#core/api/api-key.ts";
import type { UsageLogsQueryInput, UsageLogView, UsageQueryInput, UsageTotalView } from "#core/api/usage.ts";
import type { CreateUser, UserView } from "#core/api/user.ts";

/**
 * What an operator can do, as values. The daemon serves it under `/api/v1`; commands call it through the control
 * socket while the daemon runs and on the store while it is stopped. Input is validated inside; errors are
 * `GatewayError` (`invalid_request`, `not_found`, `conflict`, `storage_failed`).
 */
export interface Administration {
  createUser(input: CreateUser): Promise<UserView>;
  listUsers(): Promise<readonly UserView[]>;
  createKey(input: CreateKey): Promise<IssuedKeyView>;
  /** All keys, or those of one user by id, e-mail or name. */
  listKeys(user?: string): Promise<readonly KeyView[]>;
  revokeKey(id: string): Promise<KeyView>;
  usageSummary(query: UsageQueryInput): Promise<readonly UsageTotalView[]>;
  usageLogs(query: UsageLogsQueryInput): Promise<readonly UsageLogView[]>;
}
