import { key, section } from "#settings/schema/key.ts";
import { choice, flag, path, secret, seconds, text, wholeNumber } from "#settings/schema/value-type.ts";

const postgresql = "the PostgreSQL store";
const caching = "the response cache";
const vault = "the Vault integration";
const port = wholeNumber(1, 65_535);

/** `[database]`: where users, keys and the ledger are kept. */
export const database = section({
  type: key(choice(["sqlite", "postgresql"]), {
    default: "sqlite",
    description: "Which engine keeps users, keys and the ledger.",
    awaits: { postgresql },
  }),
  path: key(path, {
    description: "SQLite file; its directory is the data directory. Unset: gateway.db in the configuration directory.",
  }),
  host: key(text, { description: "PostgreSQL host.", awaits: postgresql }),
  port: key(port, { description: "PostgreSQL port.", awaits: postgresql }),
  database: key(text, { description: "PostgreSQL database.", awaits: postgresql }),
  username: key(text, { description: "PostgreSQL user.", awaits: postgresql }),
  password: key(secret, { description: "PostgreSQL password.", awaits: postgresql }),
  pool_size: key(wholeNumber(1, 10_000), {
    unit: "connections",
    description: "Connections kept open.",
    awaits: postgresql,
  }),
  max_overflow: key(wholeNumber(0, 10_000), {
    unit: "connections",
    description: "Connections beyond pool_size.",
    awaits: postgresql,
  }),
  ssl_mode: key(choice(["disable", "allow", "prefer", "require", "verify-ca", "verify-full"]), {
    description: "TLS towards PostgreSQL.",
    awaits: postgresql,
  }),
});

/** `[cache]`: shared or local memory of answers and identities. */
export const cache = section({
  enabled: key(flag, { default: false, description: "Keep answers for reuse.", awaits: caching }),
  type: key(choice(["memory", "redis"]), {
    default: "memory",
    description: "Where answers are kept.",
    awaits: caching,
  }),
  host: key(text, { description: "Redis host.", awaits: caching }),
  port: key(port, { description: "Redis port.", awaits: caching }),
  ttl: key(seconds(0), { unit: "seconds", description: "Life of one answer.", awaits: caching }),
  cluster_mode: key(flag, { default: false, description: "Redis is a cluster.", awaits: caching }),
});

/** `[secrets]`: where `vault://` references resolve. */
export const secrets = section({
  provider: key(choice(["none", "vault"]), {
    default: "none",
    description: "Secret store behind vault:// references.",
    awaits: { vault },
  }),
  vault_addr: key(text, { description: "Address of Vault.", awaits: vault }),
  vault_role: key(text, { description: "Role to sign in to Vault with.", awaits: vault }),
});
