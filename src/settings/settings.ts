import type { LogLevel } from "#core/effects/log.ts";
import type { Route } from "#core/routing/route.ts";
import type { Secret } from "#core/secret.ts";
import type { Dialect } from "#core/wire/dialect.ts";

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
  readonly media: MediaSettings;
  readonly agent: AgentSettings;
  readonly providers: readonly ProviderSettings[];
  readonly routes: readonly Route[];
}

/** What `[gateway]` settles: where it listens, how long it waits, how much it takes. */
export interface GatewaySettings {
  readonly host: string;
  readonly port: number;
  /** Which calls are forwarded byte for byte: those of the provider's own protocol, no others at all, or none. */
  readonly workMode: "auto" | "passthrough" | "translation";
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
  /** What is kept of answers that may be continued by their id; nothing when a bound is 0. */
  readonly responseStore: { readonly ttlMs: number; readonly maxEntries: number; readonly maxBytes: number };
  /** JSON file with what is known of models beside the built-in catalogue. */
  readonly modelCatalogPath?: string;
  readonly auth: { readonly enabled: boolean };
}

/** What `[media]` settles: fetching pictures and documents that callers name by URL. */
export interface MediaSettings {
  readonly fetch: boolean;
  readonly maxBytes: number;
  readonly timeoutMs: number;
  readonly maxConcurrent: number;
  /** Servers (`name` or `name:port`) whose addresses may be private. */
  readonly privateHosts: readonly string[];
}

/** What `[agent]` settles. */
export interface AgentSettings {
  /** Tool calls in a row before the loop is stopped; unbounded when undefined. */
  readonly maxToolIterations?: number;
  /** Stop who repeats the same tool call with the same result. */
  readonly duplicateDetection: boolean;
}

/** One `[provider.NAME]` that acts. */
export interface ProviderSettings {
  readonly name: string;
  readonly type: "openai" | "openai-compatible" | "anthropic" | "gemini" | "loopback";
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
  /** Through which of OpenAI's APIs calls are answered. */
  readonly api?: "chat" | "responses";
  /** How an openai-compatible server deviates. */
  readonly dialect: Dialect;
  /** The cloud that hosts its models, when it is not their author. */
  readonly cloud?: BedrockSettings | VertexSettings;
}

/** Amazon Bedrock. Without `keys` the provider's `apiKey` is a Bedrock API key. */
export interface BedrockSettings {
  readonly variant: "bedrock";
  readonly region: string;
  readonly keys?: { readonly accessKeyId: string; readonly secretAccessKey: Secret; readonly sessionToken?: Secret };
}

/** Google Vertex AI; the provider's `apiKey` is an access token. */
export interface VertexSettings {
  readonly variant: "vertex";
  readonly project: string;
  readonly region: string;
}
