import { configurationStatusSchema } from "#core/api/status.ts";
import { failure, type Finding, sound, warning } from "#core/doctor/finding.ts";
import { toGatewayError } from "#core/errors.ts";
import { probeDaemon, type RunningDaemon } from "#platform/daemon-status.ts";

const check = "configuration";

/** The gateway that runs on a data directory, and what is wrong with it. */
export interface AskedDaemon {
  readonly daemon: RunningDaemon | undefined;
  readonly findings: readonly Finding[];
}

/** Asks the gateway that runs which configuration is in force there. */
export async function askDaemon(dataDir: string): Promise<AskedDaemon> {
  try {
    const daemon = await probeDaemon(dataDir);
    return { daemon, findings: daemon === undefined ? [] : inForce(daemon) };
  } catch (thrown) {
    const { code, message } = toGatewayError(thrown);
    const what = `The gateway that runs does not answer as it should. ${message}`;
    const fix = "Stop it (tokligence stop) and start it again";
    return { daemon: undefined, findings: [failure(check, code, what, fix)] };
  }
}

function inForce({ status }: RunningDaemon): readonly Finding[] {
  const { data } = configurationStatusSchema.safeParse(status["configuration"]);
  const failed = (data?.last_failure?.problems ?? []).map((problem) =>
    warning(check, `The gateway that runs keeps an older configuration. ${problem}`, "Correct it; it is read again"),
  );
  const waiting = (data?.restart_needed ?? []).map((key) =>
    warning(check, `${key} has changed and counts after a restart.`, "tokligence stop, then: tokligence serve"),
  );
  return [sound(check, `The gateway of this configuration runs, version ${status.version}.`), ...failed, ...waiting];
}
