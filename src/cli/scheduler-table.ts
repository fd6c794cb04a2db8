import { clipped } from "#cli/clipped.ts";
import type { SchedulerAtWorkView, SchedulerStatusView } from "#core/api/scheduling.ts";
import { bytesText, countText, manyText, spanText } from "#cli/quantity-text.ts";

type PoolView = SchedulerAtWorkView["pools"][number];
type DeploymentView = PoolView["deployments"][number];
type Dimension = SchedulerAtWorkView["capacity"][number]["rps"];

const width = 80;
const gap = "  ";
/** So few pools are shown even when nothing happens in them. */
const fewPools = 3;

/** What `scheduler status` prints: 80 columns, blocks with a blank line between them. Idle pools are only counted. */
export function schedulerText(status: SchedulerStatusView): string {
  return status.enabled ? atWorkText(status) : [status.message, ...degradedLines(status)].join("\n");
}

function atWorkText(status: SchedulerAtWorkView): string {
  const { pools } = status;
  const busy = pools.filter((pool) => !isIdle(pool));
  const shown = pools.length <= fewPools ? [...busy, ...pools.filter(isIdle)] : busy;
  const idle = pools.length - shown.length;
  const blocks = [
    summary(status),
    capacityBlock(status),
    ...shown.map(poolBlock),
    idle === 0 ? [] : [`${manyText(idle, shown.length === 0 ? "idle pool" : "more idle pool")}.`],
    refusalBlock(status),
  ];
  return blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n");
}

function summary(status: SchedulerAtWorkView): readonly string[] {
  const queued = `${countText(status.queued)} queued (${bytesText(status.queued_bytes)})`;
  const rules = status.time_rules.length === 0 ? [] : [`By time of day: ${status.time_rules.join(", ")}`];
  return [
    `${queued}, ${countText(status.in_flight)} in flight; ${status.policy}, ${manyText(status.priority_levels, "level")}`,
    ...degradedLines(status),
    ...rules,
  ];
}

function degradedLines({ degraded }: SchedulerStatusView): readonly string[] {
  return degraded.length === 0 ? [] : [`Degraded: ${degraded.join(", ")}`];
}

function capacityBlock({ capacity }: SchedulerAtWorkView): readonly string[] {
  const rows = capacity.map(({ id, tokens_per_sec: tokens, rps, concurrent, token_debt: debt }) => [
    id,
    usedText(tokens),
    debt === 0 ? "" : countText(debt),
    usedText(rps),
    usedText(concurrent),
  ]);
  return aligned(["CAPACITY", "TOKENS/S", "DEBT", "REQUESTS/S", "AT ONCE"], rows, 1);
}

function poolBlock(pool: PoolView): readonly string[] {
  const deployments = pool.deployments.map((deployment) => [
    deployment.id,
    stateText(deployment),
    usedText({ used: deployment.in_flight, limit: deployment.concurrency_limit }),
  ]);
  const levels = pool.levels
    .filter(({ queued, predicted_wait_ms: wait }) => queued > 0 || wait > 0)
    .map((level) => [
      level.level,
      countText(level.queued),
      level.queued === 0 ? "" : spanText(level.oldest_ms),
      // Nothing has ended yet that would tell how long things take.
      level.predicted_wait_ms === 0 ? "not known" : spanText(level.predicted_wait_ms),
    ]);
  const tenants = pool.tenants
    .filter(({ queued }) => queued > 0)
    .map(({ tenant, queued, in_flight: inFlight }) => [tenant, countText(queued), countText(inFlight)]);
  return [
    clipped(`POOL ${pool.name}`, width),
    ...indented(aligned(["DEPLOYMENT", "STATE", "IN FLIGHT"], deployments, 2, width - gap.length)),
    ...indented(aligned(["LEVEL", "QUEUED", "OLDEST", "WAIT NOW"], levels, 1, width - gap.length)),
    ...indented(aligned(["TENANT", "QUEUED", "IN FLIGHT"], tenants, 1, width - gap.length)),
  ];
}

function refusalBlock({ refusals }: SchedulerAtWorkView): readonly string[] {
  const rows = refusals.map(({ pool, tenant, level, reason, ago_ms: agoMs }) => [
    pool,
    tenant,
    level,
    reason,
    spanText(agoMs),
  ]);
  return aligned(["REFUSED AT", "TENANT", "LEVEL", "REASON", "AGO"], rows, 4);
}

function isIdle({ deployments, levels }: PoolView): boolean {
  return (
    levels.every(({ queued }) => queued === 0) &&
    deployments.every(({ health, in_flight: inFlight, paused_ms: pausedMs }) => {
      return health === "closed" && inFlight === 0 && pausedMs === 0;
    })
  );
}

function stateText({ health, paused_ms: pausedMs }: DeploymentView): string {
  if (pausedMs > 0) return `paused ${spanText(pausedMs)}`;
  return healthText(health);
}

/** Health in the words of people. */
export function healthText(health: DeploymentView["health"]): string {
  switch (health) {
    case "closed":
      return "healthy";
    case "half-open":
      return "on trial";
    case "open":
      return "out of order";
  }
}

function usedText({ used, limit }: Dimension): string {
  return limit === null ? countText(used) : `${countText(used)} of ${countText(limit)}`;
}

/** Columns two spaces apart, the first `left` of them to the left, within `most` columns; nothing where there are no rows. */
export function aligned(
  titles: readonly string[],
  rows: readonly (readonly string[])[],
  left: number,
  most = width,
): string[] {
  if (rows.length === 0) return [];
  const cells = (column: number): readonly string[] => [titles, ...rows].map((row) => row[column] ?? "");
  const widths = titles.map((_, column) => Math.max(...cells(column).map((cell) => Bun.stringWidth(cell))));
  // Names are as long as their owners like; figures and words of ours are not.
  for (let column = 0; column < left; column += 1) {
    const over = widths.reduce((sum, each) => sum + each, gap.length * (widths.length - 1)) - most;
    const own = widths[column] ?? 0;
    if (over > 0) widths[column] = Math.max(Math.min(own, shortestName), own - over);
  }
  return [titles, ...rows].map((row) =>
    row
      .map((cell, column) => {
        const shown = clipped(cell, widths[column] ?? 0);
        const space = " ".repeat(Math.max(0, (widths[column] ?? 0) - Bun.stringWidth(shown)));
        return column < left ? shown + space : space + shown;
      })
      .join(gap)
      .trimEnd(),
  );
}

const shortestName = 12;

function indented(lines: readonly string[]): readonly string[] {
  return lines.map((line) => gap + line);
}
