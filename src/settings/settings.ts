import type { LogLevel } from "#core/effects/log.ts";
import type { LifecycleEventType } from "#core/hooks/lifecycle-event.ts";
import type { HourlyLimits } from "#core/limits/caller-rates.ts";
import type { MoneyRules } from "#core/ledger/price-snapshot.ts";
import type { Route } from "#core/routing/route.ts";
import type { CapacityLimits } from "#core/scheduler/capacity.ts";
import type { SchedulingRules } from "#core/scheduler/rules.ts";
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
  /** Undefined where lines go to standard error. */
  readonly logFile?: LogFileSettings;
  /** Of the first root administrator. */
  readonly rootEmail: string;
  /** Whether it is set up to offer capacity to others. */
  readonly offersCapacity: boolean;
  readonly gateway: GatewaySettings;
  readonly database: { readonly type: "sqlite" | "postgresql"; readonly path: string };
  /** What `[ledger]` settles about money. */
  readonly ledger: MoneyRules & RetentionSettings;
  readonly hooks: HookSettings;
  /** Undefined when no mail server is configured. */
  readonly mail?: { readonly smtpUrl: Secret; readonly from: string };
  readonly metrics: { readonly enabled: boolean; readonly prometheusPort?: number; readonly tenantLabels: boolean };
  readonly media: MediaSettings;
  readonly agent: AgentSettings;
  readonly scheduling: SchedulingSettings;
  readonly breaker: BreakerSettings;
  readonly rateLimit: RateLimitSettings;
  readonly timeRules: TimeRulesSettings;
  readonly providers: readonly ProviderSettings[];
  readonly routes: readonly Route[];
}

/** What `[log]` settles about a file of lines. */
export interface LogFileSettings {
  readonly path: string;
  readonly maxBytes: number;
  readonly maxFiles: number;
}

/** What `[ledger]` settles about the age of rows. */
export interface RetentionSettings {
  /** 0 for ever. */
  readonly retentionDays: number;
  readonly archiveDir: string;
}

/** What `[hooks]` settles; nobody is told where neither script nor webhook is set. */
export interface HookSettings {
  /** Program and arguments. */
  readonly script?: readonly [string, ...string[]];
  readonly webhook?: { readonly url: string; readonly secret: Secret };
  readonly events: readonly LifecycleEventType[];
  readonly timeoutMs: number;
}

/** What `[gateway]` settles: where it listens, how long it waits, how much it takes. */
export interface GatewaySettings {
  readonly host: string;
  readonly port: number;
  /** Which calls are forwarded byte for byte: those of the provider's own protocol, no others at all, or none. */
  readonly workMode: "auto" | "passthrough" | "translation";
  readonly maxConcurrentRequests: number;
  /** When the process is under pressure, what becomes of requests then, and how long there must be calm after it. */
  readonly shedding: {
    readonly mode: "enforce" | "shadow" | "off";
    readonly lagMs: number;
    readonly recoveryMs: number;
  };
  /** What the process may take; undefined where only its cgroup says. */
  readonly memoryLimitBytes?: number;
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
  /** Idleness after a model call until its connection is closed. */
  readonly keepAliveMs: number;
  /** Answers kept for calls that are sent again under the same idempotency key; none where `ttlMs` is 0. */
  readonly idempotency: { readonly ttlMs: number; readonly maxBytes: number };
  /** JSON file with what is known of models beside the built-in catalogue. */
  readonly modelCatalogPath?: string;
  /** Working keys of one user, beyond which administrators alone make more. */
  readonly maxKeysPerUser: number;
  /** Pages from elsewhere that may use the own API, in lower case. */
  readonly corsOrigins: readonly string[];
  readonly auth: { readonly enabled: boolean };
  /** Take files of the configuration over when they change. */
  readonly watchConfig: boolean;
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

/** What `[scheduling]` and `[scheduler]` settle. */
export interface SchedulingSettings {
  readonly enabled: boolean;
  /** False: every request has the default level. */
  readonly priorityEnabled: boolean;
  readonly degradationMode: "disabled" | "fail_open" | "fail_closed";
  readonly defaultLevel: number;
  /** What the scheduler itself is told; as many levels as configured. */
  readonly rules: SchedulingRules;
  /** `[priority_rules]`: level by pattern of a key's name or its owner's e-mail, in order of declaration. */
  readonly priorityRules: readonly { readonly pattern: string; readonly level: number }[];
  /** Concurrency of each deployment follows its latency. */
  readonly adaptive: boolean;
}

/** What `[circuit_breaker]` settles. */
export interface BreakerSettings {
  /** Failures in a row that open it; 0 for never. */
  readonly threshold: number;
  readonly openMs: number;
  /** Share of failures in the window that opens it, percent; 0 for never. */
  readonly failurePercent: number;
  readonly windowMs: number;
  /** Requests in the window before the share counts. */
  readonly minimumRequests: number;
  /** Trials at once while half-open. */
  readonly probes: number;
}

/** What `[rate_limit]` settles; an absent limit is none. */
export interface RateLimitSettings extends HourlyLimits {
  readonly enabled: boolean;
  /** `shadow` only counts what it would have refused. */
  readonly mode: "enforce" | "shadow";
}

/** What `[time_rules]` settles: rules by time of day in a file of their own, read again when it changes. */
export interface TimeRulesSettings {
  readonly enabled: boolean;
  readonly path: string;
  readonly checkIntervalMs: number;
  readonly fileCheckIntervalMs: number;
  /** IANA name. */
  readonly defaultTimezone: string;
}

/** One `[provider.NAME]` that acts. */
export interface ProviderSettings {
  readonly name: string;
  readonly type: "openai" | "openai-compatible" | "anthropic" | "gemini" | "loopback" | "local";
  readonly baseUrl?: string;
  readonly apiKey?: Secret;
  /** Further keys of the same account rights; each makes a deployment of its own. */
  readonly moreApiKeys: readonly Secret[];
  /** Limits of the provider as a whole. */
  readonly capacity: CapacityLimits;
  /** Limits of single models, by the model's name. */
  readonly modelCapacity: ReadonlyMap<string, CapacityLimits>;
  /** Models that are answered elsewhere, or with another key: how, by the model's name. Of `[provider.local]` all. */
  readonly modelProviders: ReadonlyMap<string, ProviderSettings>;
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
