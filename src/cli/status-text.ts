import { clipped } from "#cli/clipped.ts";
import { tableText } from "#cli/output.ts";
import { healthText } from "#cli/scheduler-table.ts";
import { type ConfigurationStatus, type GatewayStatus, gatewayStatusSchema } from "#core/api/status.ts";
import type { RunningDaemon } from "#platform/daemon-status.ts";

type Deployment = GatewayStatus["deployments"][number];

const widest = 80;
const ill: readonly Deployment["health"][] = ["open", "half-open", "closed"];
/** Models that callers think of fail by the hundred. */
const mostDeployments = 20;

/** What a daemon says of itself, as `statusText`; as it says it where it is of a version whose words are others. */
export function daemonText({ socketPath, status }: RunningDaemon, nowMs: number): string {
  const known = gatewayStatusSchema.safeParse(status);
  if (known.success) return statusText({ ...known.data, control_socket: socketPath }, nowMs);
  const lines = Object.entries(status).map(([name, value]) => `${name.padEnd(13)} ${JSON.stringify(value)}`);
  return [`A gateway of version ${status.version} says:`, ...lines].join("\n");
}

/** The status as a page for people, at most 80 columns wide. `nowMs` is what times are told against. */
export function statusText(status: GatewayStatus & { readonly control_socket?: string }, nowMs: number): string {
  return [facts(status), deployments(status, nowMs), troubles(status, nowMs)]
    .filter((part) => part !== "")
    .map((part) =>
      part
        .trimEnd()
        .split("\n")
        .map((line) => clipped(line, widest))
        .join("\n"),
    )
    .join("\n\n");
}

function facts(status: GatewayStatus & { readonly control_socket?: string }): string {
  const { configuration, degraded, draining, queued } = status;
  const lines: readonly (readonly [string, string | undefined])[] = [
    ["Address", `${status.address}${draining ? ", draining" : ""}`],
    ["Process", `${status.pid}, version ${status.version}, profile ${status.profile}`],
    ["Up", `${span(status.uptime_seconds)}, since ${status.started_at.slice(0, 19)}Z`],
    [
      "Requests",
      `${status.requests} so far, ${status.in_flight} running${queued === undefined ? "" : `, ${queued} queued`}`,
    ],
    ["Memory", memoryText(status.memory)],
    ["Degraded", degraded.length === 0 ? "no" : degraded.join(", ")],
    ["Providers", providersText(status.deployments)],
    ["Configuration", configuration && configurationText(configuration)],
    ["Socket", status.control_socket],
  ];
  const said = lines.filter(([, text]) => text !== undefined);
  return said.map(([name, text]) => `${name.padEnd(14)}${text}`).join("\n");
}

function providersText(failed: readonly Deployment[]): string {
  if (failed.length === 0) return "all well";
  const worst = ill.find((state) => failed.some(({ health }) => health === state)) ?? "closed";
  return worst === "closed" ? "all healthy, though some failed lately" : `some are ${healthText(worst)}`;
}

function memoryText({ resident_bytes: held, limit_bytes: limit }: GatewayStatus["memory"]): string {
  // A machine that is imitated by another (QEMU) does not say.
  if (held === 0) return "unknown";
  if (limit === null) return `${mebibytes(held)}, no limit known`;
  return `${mebibytes(held)} of ${mebibytes(limit)}, ${Math.round((100 * held) / limit)} %`;
}

function configurationText({ generation, last_failure, restart_needed }: ConfigurationStatus): string {
  const remarks = [
    ...(last_failure === undefined ? [] : ["a later one was refused"]),
    ...(restart_needed.length === 0 ? [] : ["a restart is needed"]),
  ];
  return [String(generation), ...remarks].join(", ");
}

function deployments({ deployments: failed }: GatewayStatus, nowMs: number): string {
  if (failed.length === 0) return "";
  // Those that get no calls come first.
  const shown = [...failed].sort((a, b) => ill.indexOf(a.health) - ill.indexOf(b.health)).slice(0, mostDeployments);
  const table = tableText(
    ["FAILED LATELY", "HEALTH", "TRIED AGAIN", "LAST ERROR", "AGO"],
    shown.map(({ id, health, retry_ms, last_error }) => [
      clipped(id, 24),
      healthText(health),
      triedAgain(health, retry_ms),
      last_error?.code ?? "",
      last_error === null ? "" : ago(last_error.at, nowMs),
    ]),
  );
  const rest = failed.length - shown.length;
  return rest === 0 ? table : `${table}and ${rest} more; --json has them all`;
}

/** When it gets a call again; of one that never stopped getting them, nothing. */
function triedAgain(health: Deployment["health"], afterMs: number): string {
  if (afterMs > 0) return `in ${span(Math.ceil(afterMs / 1000))}`;
  return health === "closed" ? "" : "now";
}

function troubles({ last_errors: newest }: GatewayStatus, nowMs: number): string {
  if (newest.length === 0) return "";
  return tableText(
    ["LAST ERRORS", "AGO", "PROVIDER", "REQUEST"],
    newest.map(({ at, event, code, provider, request_id }) => [
      code ?? event,
      ago(at, nowMs),
      clipped(provider ?? "", 10),
      request_id ?? "",
    ]),
  );
}

/** In one unit, so that a request's id has room. */
function ago(at: string, nowMs: number): string {
  return span(Math.max(0, Math.floor((nowMs - Date.parse(at)) / 1000))).split(" ", 1)[0] ?? "";
}

/** The two largest units of a time: `3d 4h`, `12m 5s`, `7s`. */
function span(seconds: number): string {
  const parts = [
    [Math.floor(seconds / 86_400), "d"],
    [Math.floor(seconds / 3600) % 24, "h"],
    [Math.floor(seconds / 60) % 60, "m"],
    [seconds % 60, "s"],
  ] as const;
  const first = parts.findIndex(([count]) => count > 0);
  if (first === -1) return "0s";
  const shown = parts.slice(first, first + 2).filter(([count]) => count > 0);
  return shown.map(([count, unit]) => `${count}${unit}`).join(" ");
}

function mebibytes(bytes: number): string {
  return `${Math.round(bytes / 1_048_576)} MiB`;
}
