import { failure, type Finding, sound } from "#core/doctor/finding.ts";
import type { Examined } from "#configurations/doctor/examined.ts";
import { portHolder, probePort } from "#platform/port-probe.ts";
import { isLookedUp } from "#platform/resolve-host.ts";

const check = "ports";
const metricsKey = "metrics.prometheus_port";

/** Whether the ports are free, or held by the gateway of this very configuration. */
export function portFindings({ loaded, daemon }: Pick<Examined, "loaded" | "daemon">): readonly Finding[] {
  const { gateway, metrics } = loaded.settings;
  const asked = [{ key: "gateway.port", port: gateway.port }];
  if (metrics.enabled && metrics.prometheusPort !== undefined)
    asked.push({ key: metricsKey, port: metrics.prometheusPort });
  const found = asked.map(({ key, port }) => judge(gateway.host, port, key, holds(daemon, key, port)));
  if (metrics.enabled && gateway.port !== 0 && metrics.prometheusPort === gateway.port) {
    const what = `gateway.port and ${metricsKey} are both ${gateway.port}: one of them cannot be listened on.`;
    found.push(failure(check, "unavailable", what, `tokligence config set ${metricsKey} PORT`));
  }
  return found;
}

/** Whether the gateway that runs listens there; it may have been told another port when it was started. */
function holds(daemon: Examined["daemon"], key: string, port: number): boolean {
  if (daemon === undefined || key !== "gateway.port") return daemon !== undefined;
  const address = daemon.status["address"];
  return URL.parse(typeof address === "string" ? address : "")?.port === String(port);
}

function judge(host: string, port: number, key: string, isOurs: boolean): Finding {
  const place = `Port ${port} on ${host}`;
  if (port === 0) return sound(check, `${key} is 0: the system chooses a port.`);
  const state = probePort(host, port);
  if (state === "free") return sound(check, `${place} is free.`);
  const another = `tokligence config set ${key} PORT`;
  if (state === "taken") {
    if (isOurs) return sound(check, `${place} is held by the gateway of this configuration, which runs.`);
    const holder = portHolder(port);
    const who = holder === undefined ? "another program" : `${holder.name} (pid ${holder.pid})`;
    const fix = `${holder === undefined ? "Stop it" : `kill ${holder.pid}`}, or: ${another}`;
    return failure(check, "unavailable", `${place} is held by ${who}.`, fix);
  }
  const otherHost = "tokligence config set gateway.host ADDRESS";
  switch (state.refused) {
    case "EACCES":
    case "EPERM":
      return failure(check, "unavailable", `${place} is not for this user; below 1024 needs privileges.`, another);
    case "EADDRNOTAVAIL":
      return failure(check, "config_invalid", `${host} is no address of this machine.`, otherHost);
    default: {
      const code = state.refused && ` (${state.refused})`;
      const what = isLookedUp(host)
        ? `${host} is no name that this machine knows.`
        : `${place} cannot be listened on${code}.`;
      return failure(check, "config_invalid", what, otherHost);
    }
  }
}
