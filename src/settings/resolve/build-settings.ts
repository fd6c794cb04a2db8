import { dirname, join } from "node:path";
import { parseUsd } from "#core/ledger/money.ts";
import { buildBreaker, buildRateLimit, buildTimeRules } from "#settings/resolve/build-limits.ts";
import type { Configuration } from "#settings/schema/configuration.ts";
import type { GatewaySettings, HookSettings, Settings } from "#settings/settings.ts";

const milliseconds = (seconds: number): number => Math.round(seconds * 1000);

/** The configuration in the program's words: camelCase, milliseconds, data directory settled. */
export function buildSettings(
  configuration: Configuration,
  configDir: string,
  built: Pick<Settings, "scheduling" | "providers" | "routes">,
): Settings {
  const { agent, database, hooks, ledger, log, mail, media, metrics } = configuration;
  const maxToolIterations = agent.tool_calling.max_iterations;
  const path = database.path ?? join(configDir, "gateway.db");
  const prometheusPort = metrics.prometheus_port;
  return {
    environment: configuration.environment,
    profile: configuration.profile,
    configDir,
    dataDir: dirname(path),
    logLevel: configuration.log_level,
    ...(log.file !== undefined && {
      logFile: { path: log.file, maxBytes: log.max_size, maxFiles: log.max_files },
    }),
    rootEmail: configuration.email ?? "root@localhost",
    offersCapacity: configuration.enable_provider,
    gateway: buildGateway(configuration.gateway),
    database: { type: database.type, path },
    ledger: {
      unpriced: ledger.unpriced,
      ...(ledger.max_request_usd !== undefined && { maxRequestNanos: parseUsd(ledger.max_request_usd) }),
      retentionDays: ledger.retention_days,
      archiveDir: ledger.archive_dir ?? join(dirname(path), "archive"),
    },
    hooks: buildHooks(hooks),
    ...(mail.smtp_url !== undefined && { mail: { smtpUrl: mail.smtp_url, from: mail.from } }),
    metrics: {
      enabled: metrics.enabled,
      tenantLabels: metrics.tenant_labels,
      ...(prometheusPort !== undefined && { prometheusPort }),
    },
    media: {
      fetch: media.fetch,
      maxBytes: media.max_bytes,
      timeoutMs: milliseconds(media.timeout),
      maxConcurrent: media.max_concurrent,
      privateHosts: media.private_hosts,
    },
    agent: {
      ...(maxToolIterations !== undefined && { maxToolIterations }),
      duplicateDetection: agent.tool_calling.duplicate_detection,
    },
    breaker: buildBreaker(configuration.circuit_breaker),
    rateLimit: buildRateLimit(configuration.rate_limit),
    timeRules: buildTimeRules(configuration.time_rules, configDir),
    ...built,
  };
}

function buildHooks({ script, script_arguments, url, secret, events, timeout }: Configuration["hooks"]): HookSettings {
  return {
    ...(script !== undefined && { script: [script, ...script_arguments] }),
    ...(url !== undefined && secret !== undefined && { webhook: { url, secret } }),
    events,
    timeoutMs: milliseconds(timeout),
  };
}

function buildGateway(said: Configuration["gateway"]): GatewaySettings {
  const { tls_cert: certPath, tls_key: keyPath, model_catalog: modelCatalogPath } = said;
  return {
    host: said.host,
    port: said.port,
    workMode: said.work_mode,
    maxConcurrentRequests: said.max_concurrent_requests,
    shedding: {
      mode: said.load_shedding,
      lagMs: said.shedding_lag_ms,
      recoveryMs: milliseconds(said.shedding_recovery),
    },
    ...(said.memory_limit !== undefined && { memoryLimitBytes: said.memory_limit }),
    requestTimeoutMs: milliseconds(said.request_timeout),
    commitAfterMs: said.commit_after_ms,
    heartbeatIntervalMs: milliseconds(said.heartbeat_interval),
    connectTimeoutMs: milliseconds(said.connect_timeout),
    streamIdleTimeoutMs: milliseconds(said.stream_idle_timeout),
    streamTotalTimeoutMs: milliseconds(said.stream_total_timeout),
    clientStallTimeoutMs: milliseconds(said.client_stall_timeout),
    maxBodyBytes: said.max_body_bytes,
    bodyTimeoutMs: milliseconds(said.body_timeout),
    maxAnswerBytes: said.max_answer_bytes,
    drainDelayMs: milliseconds(said.drain_delay),
    shutdownGraceMs: milliseconds(said.shutdown_grace),
    ...(certPath !== undefined && keyPath !== undefined && { tls: { certPath, keyPath } }),
    maxRetries: said.max_retries,
    responseStore: {
      ttlMs: milliseconds(said.response_store_ttl),
      maxEntries: said.response_store_entries,
      maxBytes: said.response_store_bytes,
    },
    keepAliveMs: milliseconds(said.keep_alive_timeout),
    idempotency: { ttlMs: milliseconds(said.idempotency_ttl), maxBytes: said.idempotency_max_bytes },
    ...(modelCatalogPath !== undefined && { modelCatalogPath }),
    maxKeysPerUser: said.max_keys_per_user,
    corsOrigins: said.cors_origins,
    auth: { enabled: said.auth.enabled },
    watchConfig: said.watch_config,
  };
}
