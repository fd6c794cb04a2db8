import { type Entry, filePlace } from "#settings/entry.ts";
import type { Blocker } from "#settings/loaded.ts";
import type { Voices } from "#settings/resolve/merge.ts";
import type { Configuration } from "#settings/schema/configuration.ts";

interface Rule {
  readonly key: string;
  readonly reason: string;
  /** What takes it away. */
  readonly remedy: string;
  readonly applies: (configuration: Configuration) => boolean;
}

const notBuilt = (what: string): string =>
  `${what} not built yet; serving without would be weaker than this configuration says`;

const set = (key: string, value: string): string => `tokligence config set ${key} ${value}`;

/** What `serve` must refuse, since ignoring it would leave less protection than the configuration says. */
const rules: readonly Rule[] = [
  {
    key: "gateway.host",
    reason: "an address beyond loopback needs gateway.auth.enabled = true",
    remedy: set("gateway.auth.enabled", "true"),
    applies: ({ gateway }) => !isLoopback(gateway.host) && !gateway.auth.enabled,
  },
  {
    key: "gateway.auth.type",
    reason: notBuilt("OIDC sign-in is"),
    remedy: set("gateway.auth.type", "api_key"),
    applies: ({ gateway }) => gateway.auth.enabled && gateway.auth.type === "oidc",
  },
  {
    key: "gateway.auth.type",
    reason: "gateway.auth.enabled = true needs a type other than none",
    remedy: set("gateway.auth.type", "api_key"),
    applies: ({ gateway }) => gateway.auth.enabled && gateway.auth.type === "none",
  },
  {
    key: "gateway.tls_cert",
    reason: "TLS needs gateway.tls_key too",
    remedy: set("gateway.tls_key", "FILE"),
    applies: ({ gateway }) => gateway.tls_cert !== undefined && gateway.tls_key === undefined,
  },
  {
    key: "gateway.tls_key",
    reason: "TLS needs gateway.tls_cert too",
    remedy: set("gateway.tls_cert", "FILE"),
    applies: ({ gateway }) => gateway.tls_key !== undefined && gateway.tls_cert === undefined,
  },
  {
    key: "hooks.url",
    reason: "calls of a webhook are signed: it needs hooks.secret too",
    remedy: set("hooks.secret", "SECRET"),
    applies: ({ hooks }) => hooks.url !== undefined && hooks.secret === undefined,
  },
  {
    key: "mail.smtp_url",
    reason:
      "this is no address of a mail server: smtp:// or smtps://, user:password@, host; odd characters as in a URL (%40)",
    remedy: set("mail.smtp_url", "smtp://USER:PASSWORD@HOST:587"),
    applies: ({ mail }) => mail.smtp_url?.isThere === true && !isMailServer(mail.smtp_url.reveal()),
  },
  {
    key: "gateway.high_availability",
    reason: notBuilt("several nodes on one state are"),
    remedy: set("gateway.high_availability", "false"),
    applies: ({ gateway }) => gateway.high_availability,
  },
  {
    key: "database.type",
    reason: notBuilt("the PostgreSQL store is"),
    remedy: set("database.type", "sqlite"),
    applies: ({ database }) => database.type === "postgresql",
  },
  {
    key: "secrets.provider",
    reason: notBuilt("the Vault integration is"),
    remedy: set("secrets.provider", "none"),
    applies: ({ secrets }) => secrets.provider === "vault",
  },
  {
    key: "rbac.enabled",
    reason: notBuilt("role-based access is"),
    remedy: set("rbac.enabled", "false"),
    applies: ({ rbac }) => rbac.enabled,
  },
];

/** Every reason not to serve, with the place of the key that asks for it. */
export function findBlockers(
  configuration: Configuration,
  merged: ReadonlyMap<string, Voices>,
  vault: readonly Entry[],
): Blocker[] {
  const broken = rules.filter((rule) => rule.applies(configuration));
  return [
    ...broken.map(({ key, reason, remedy }) => ({ key, reason, remedy, ...filePlace(merged.get(key)?.[0].origin) })),
    ...vault.map(({ key, origin }) => ({
      key,
      reason: notBuilt("the Vault integration behind vault:// is"),
      remedy: `Give ${key} by a variable or a file: env://NAME, file:///path`,
      ...filePlace(origin),
    })),
  ];
}

/** Whether only this machine can reach the address: 127.0.0.0/8, ::1, localhost. */
export function isLoopback(host: string): boolean {
  const name = host.toLowerCase();
  if (name === "localhost" || name === "::1" || name === "[::1]") return true;
  return /^127(\.(25[0-5]|2[0-4]\d|1?\d?\d)){3}$/.test(name);
}

function isMailServer(url: string): boolean {
  return /^smtps?:\/\/./.test(url) && URL.canParse(url) && new URL(url).hostname !== "";
}
