import type { LogLevel } from "#core/effects/log.ts";
import type { Route } from "#core/routing/route.ts";
import type { Secret } from "#core/secret.ts";

/** The whole configuration, merged, validated and resolved: camelCase, units in names, `~` expanded, secrets wrapped. */
export interface Settings {
  readonly environment: "dev" | "test" | "live";
  readonly profile: string;
  readonly configDir: string;
  /** Where gateway.db, lock, control.sock, master.secret and spool live. */
  readonly dataDir: string;
  readonly logLevel: LogLevel;
  readonly gateway: GatewaySettings;
  readonly database: { readonly type: "sqlite" | "postgresql"; readonly path: string };
  readonly metrics: { readonly enabled: boolean; readonly prometheusPort?: number };
  readonly providers: readonly ProviderSettings[];
  readonly routes: readonly Route[];
}

/** What `[gateway]` settles: where it listens, how long it waits, how much it takes. */
export interface GatewaySettings {
  readonly host: string;
  readonly port: number;
  readonly maxConcurrentRequests: number;
  /** Wait for first content, and the whole of an unstreamed answer. */
  readonly requestTimeoutMs: number;
  readonly commitAfterMs: number;
  readonly heartbeatIntervalMs: number;
  readonly connectTimeoutMs: number;
  /** Longest silence inside a stream. */
  readonly streamIdleTimeoutMs: number;
  readonly streamTotalTimeoutMs: number;
  /** Longest time a client may leave a stream unread. */
  readonly clientStallTimeoutMs: number;
  readonly maxBodyBytes: number;
  readonly bodyTimeoutMs: number;
  readonly maxAnswerBytes: number;
  readonly drainDelayMs: number;
  readonly shutdownGraceMs: number;
  readonly tls?: { readonly certPath: string; readonly keyPath: string };
  /** Attempts per request after the first, retries and fallbacks together. */
  readonly maxRetries: number;
  readonly auth: { readonly enabled: boolean };
}

/** One `[provider.NAME]` that acts. */
export interface ProviderSettings {
  readonly name: string;
  readonly type: "openai" | "openai-compatible" | "loopback";
  readonly baseUrl?: string;
  readonly apiKey?: Secret;
  /** Header that carries the key: `authorization` with `Bearer `, or a bare one such as `api-key`. */
  readonly authHeader: string;
  readonly organization?: string;
  /** Query parameters added to every call, such as Azure's `api-version`. */
  readonly query: Readonly<Record<string, string>>;
  readonly models: readonly string[];
  /** Wait for first content in one attempt; `requestTimeoutMs` when undefined. */
  readonly timeoutMs?: number;
}
