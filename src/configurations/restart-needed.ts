import type { Settings } from "#settings/settings.ts";

/** Keys that the foundation is built from: what they say at the start holds until the next one. A section stands for its keys. */
const fixedKeys: readonly string[] = [
  "environment",
  "email",
  "database",
  "gateway.host",
  "gateway.port",
  "gateway.tls_cert",
  "gateway.tls_key",
  "gateway.auth",
  "gateway.keep_alive_timeout",
  "gateway.max_body_bytes",
  "gateway.memory_limit",
  "gateway.load_shedding",
  "gateway.shedding_lag_ms",
  "gateway.shedding_recovery",
  "gateway.response_store_ttl",
  "gateway.response_store_entries",
  "gateway.response_store_bytes",
  "ledger.retention_days",
  "ledger.archive_dir",
  "hooks",
  "log",
  "metrics",
  "scheduling.enabled",
  "scheduling.capacity_model",
  "scheduling.degradation_mode",
  "scheduler.priority_levels",
  "scheduler.adaptive",
];

/** With another number of levels all that is said of levels waits with it. */
const levelsKey = "scheduler.priority_levels";
const ofLevels: readonly string[] = ["scheduling", "scheduler", "priority_rules"];

/** Of keys that have changed since the start, those whose new values wait for the next one. */
export function waitingForRestart(changed: readonly string[]): readonly string[] {
  const fixed = changed.includes(levelsKey) ? [...fixedKeys, ...ofLevels] : fixedKeys;
  return changed.filter((key) => fixed.some((name) => key === name || key.startsWith(`${name}.`)));
}

/** The settings as they may be put in force now: what is fixed is as at the start, the rest as loaded. */
export function withoutRestart(started: Settings, loaded: Settings): Settings {
  const { tls: _tls, memoryLimitBytes: _limit, ...gateway } = loaded.gateway;
  const { tls, memoryLimitBytes } = started.gateway;
  const { logFile: _file, ...rest } = loaded;
  return {
    ...rest,
    environment: started.environment,
    configDir: started.configDir,
    dataDir: started.dataDir,
    rootEmail: started.rootEmail,
    database: started.database,
    hooks: started.hooks,
    metrics: started.metrics,
    ...(started.logFile && { logFile: started.logFile }),
    ledger: {
      ...loaded.ledger,
      retentionDays: started.ledger.retentionDays,
      archiveDir: started.ledger.archiveDir,
    },
    gateway: {
      ...gateway,
      host: started.gateway.host,
      port: started.gateway.port,
      auth: started.gateway.auth,
      keepAliveMs: started.gateway.keepAliveMs,
      maxBodyBytes: started.gateway.maxBodyBytes,
      shedding: started.gateway.shedding,
      responseStore: started.gateway.responseStore,
      ...(tls && { tls }),
      ...(memoryLimitBytes !== undefined && { memoryLimitBytes }),
    },
    scheduling: schedulingWithoutRestart(started.scheduling, loaded.scheduling),
  };
}

function schedulingWithoutRestart(
  started: Settings["scheduling"],
  loaded: Settings["scheduling"],
): Settings["scheduling"] {
  if (started.rules.levels.length !== loaded.rules.levels.length) return started;
  return {
    ...loaded,
    enabled: started.enabled,
    degradationMode: started.degradationMode,
    adaptive: started.adaptive,
    rules: { ...loaded.rules, capacityModel: started.rules.capacityModel },
  };
}
