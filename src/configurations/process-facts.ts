import type { ProcessFacts } from "#core/administration/status-handlers.ts";
import { MemoryGuard } from "#core/degradation/memory-guard.ts";
import type { Clock } from "#core/effects/clock.ts";
import type { Meter } from "#core/effects/meter.ts";
import { RecentTroubles } from "#core/recent-troubles.ts";
import type { Host } from "#configurations/host.ts";
import { collectGarbage, memoryLimitBytes, residentBytes } from "#platform/process-memory.ts";
import type { Settings } from "#settings/settings.ts";

/** The same host with a log that is read as it is written, and what was read there. */
export function keepTroubles(host: Host): { readonly host: Host; readonly troubles: RecentTroubles } {
  const troubles = new RecentTroubles(host.clock);
  return { host: { ...host, log: troubles.watching(host.log) }, troubles };
}

/** Looks at the memory of this process, against the setting and its cgroup. */
export function composeMemoryGuard({ gateway }: Settings, clock: Clock, meter: Meter): MemoryGuard {
  return new MemoryGuard({
    clock,
    meter,
    limitBytes: memoryLimitBytes(gateway.memoryLimitBytes),
    residentBytes,
    collect: collectGarbage,
  });
}

/** What the composition knows of the process that it runs in. */
export function processFacts(
  { clock, onShutdown }: Host,
  guard: MemoryGuard,
  around: Pick<
    ProcessFacts,
    "address" | "configDir" | "configuration" | "deployments" | "longestEndMs" | "profile" | "troubles"
  >,
): ProcessFacts {
  return {
    ...around,
    pid: process.pid,
    startedAtMs: clock.monotonic(),
    memory: () => guard.view(),
    shutDown: onShutdown,
  };
}
