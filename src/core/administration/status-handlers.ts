import type { HandlersOf } from "#core/api/operation.ts";
import type { SchedulingDesk } from "#core/api/scheduling.ts";
import type { ConfigurationStatus, GatewayStatus, statusOperations } from "#core/api/status.ts";
import { timeText } from "#core/api/time-text.ts";
import type { MemoryView } from "#core/degradation/memory-guard.ts";
import type { Clock } from "#core/effects/clock.ts";
import { GatewayError } from "#core/errors.ts";
import type { RecentTroubles, Trouble } from "#core/recent-troubles.ts";
import type { DeploymentHealth, TroubledDeployment } from "#core/routing/deployment-health.ts";

/** What is known of the process around the doors. */
export interface ProcessFacts {
  readonly pid: number;
  /** Monotonic milliseconds. */
  readonly startedAtMs: number;
  /** Where requests are answered. */
  readonly address: () => string;
  readonly profile: () => string;
  readonly configDir: string;
  readonly memory: () => MemoryView;
  readonly deployments: Pick<DeploymentHealth, "troubled">;
  readonly troubles: Pick<RecentTroubles, "newest">;
  /** Absent where the configuration never changes. */
  readonly configuration?: () => ConfigurationStatus;
  /** How long its end may take. */
  readonly longestEndMs: () => number;
  /** Ends the process: once the running work is done, or at once. */
  readonly shutDown: (now: boolean) => void;
}

/** What the status is put together from. */
export interface StatusParts extends ProcessFacts {
  readonly clock: Clock;
  readonly version: string;
  readonly running: { readonly count: number; readonly begun: number; readonly draining: boolean };
  readonly scheduling: Pick<SchedulingDesk, "status">;
}

/** The answer goes out before the socket that it goes through is closed. */
const answersWithinMs = 50;

/** The operations on the process itself. */
export function statusHandlers(parts: StatusParts): HandlersOf<typeof statusOperations> {
  const { clock, pid, running, shutDown } = parts;
  return {
    findStatus: () => statusOf(parts),
    async shutDown(asked) {
      if (asked.pid !== pid) throw new GatewayError("conflict", `This is process ${pid}, not ${asked.pid}.`);
      clock.after(answersWithinMs, () => shutDown(asked.now));
      return { pid, in_flight: running.count, longest_seconds: parts.longestEndMs() / 1000 };
    },
  };
}

async function statusOf(parts: StatusParts): Promise<GatewayStatus> {
  const { clock, configuration, deployments, pid, running, scheduling, troubles, version } = parts;
  const scheduler = await scheduling.status();
  const { residentBytes, limitBytes } = parts.memory();
  const upMs = clock.monotonic() - parts.startedAtMs;
  return {
    version,
    pid,
    address: parts.address(),
    profile: parts.profile(),
    config_dir: parts.configDir,
    started_at: timeText(clock.now() - Math.round(upMs)),
    uptime_seconds: Math.floor(upMs / 1000),
    requests: running.begun,
    in_flight: running.count,
    ...(scheduler.enabled ? { queued: scheduler.queued } : {}),
    draining: running.draining,
    degraded: scheduler.degraded,
    memory: { resident_bytes: residentBytes, limit_bytes: limitBytes ?? null },
    deployments: deployments.troubled().map(deploymentView),
    last_errors: troubles.newest.map(troubleView),
    ...(configuration === undefined ? {} : { configuration: configuration() }),
  };
}

function deploymentView({ id, state, retryAfterMs, lastFailure }: TroubledDeployment): GatewayStatus["deployments"][0] {
  return {
    id,
    health: state,
    retry_ms: Math.ceil(retryAfterMs),
    last_error: lastFailure === undefined ? null : { at: timeText(lastFailure.atMs), code: lastFailure.code },
  };
}

function troubleView({ atMs, level, event, ...of }: Trouble): GatewayStatus["last_errors"][0] {
  return {
    at: timeText(atMs),
    level,
    event,
    code: of.code ?? null,
    request_id: of.requestId ?? null,
    provider: of.provider ?? null,
    model: of.model ?? null,
  };
}
