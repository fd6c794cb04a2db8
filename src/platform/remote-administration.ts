import { z } from "zod";
import type { Administration } from "#core/api/administration.ts";
import { type CreateKey, issuedKeySchema, keyViewSchema, type UpdateKey } from "#core/api/api-key.ts";
import {
  type UsageLogsQueryInput,
  type UsageQueryInput,
  usageLogViewSchema,
  usageTotalViewSchema,
} from "#core/api/usage.ts";
import { type CreateUser, userViewSchema } from "#core/api/user.ts";
import { ControlClient } from "#platform/control-client.ts";

const list = <View extends z.ZodType>(view: View) => z.object({ data: z.array(view) });

/** Administration of a running daemon through its control socket, as root. Errors are the daemon's own, or `unavailable`. */
export class RemoteAdministration implements Administration {
  readonly #client: ControlClient;

  constructor(socketPath: string) {
    this.#client = new ControlClient(socketPath);
  }

  createUser(input: CreateUser) {
    return this.#client.send("POST", "/api/v1/users", userViewSchema, input);
  }

  async listUsers() {
    return (await this.#client.send("GET", "/api/v1/users", list(userViewSchema))).data;
  }

  createKey(input: CreateKey) {
    return this.#client.send("POST", "/api/v1/keys", issuedKeySchema, input);
  }

  updateKey(id: string, input: UpdateKey) {
    return this.#client.send("PATCH", keyPath(id), keyViewSchema, input);
  }

  findKey(id: string) {
    return this.#client.send("GET", keyPath(id), keyViewSchema);
  }

  async listKeys(user?: string) {
    const path = `/api/v1/keys${query({ user })}`;
    return (await this.#client.send("GET", path, list(keyViewSchema))).data;
  }

  revokeKey(id: string) {
    return this.#client.send("POST", `${keyPath(id)}/revoke`, keyViewSchema);
  }

  async usageSummary(input: UsageQueryInput) {
    const path = `/api/v1/usage/summary${query(input)}`;
    return (await this.#client.send("GET", path, list(usageTotalViewSchema))).data;
  }

  async usageLogs(input: UsageLogsQueryInput) {
    const path = `/api/v1/usage/logs${query(input)}`;
    return (await this.#client.send("GET", path, list(usageLogViewSchema))).data;
  }
}

function keyPath(id: string): string {
  return `/api/v1/keys/${encodeURIComponent(id)}`;
}

function query(values: Readonly<Record<string, string | number | undefined>>): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) if (value !== undefined) parameters.set(name, String(value));
  return parameters.size === 0 ? "" : `?${parameters}`;
}
