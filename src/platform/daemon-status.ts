import { z } from "zod";
import { GatewayError } from "#core/errors.ts";
import { ControlClient, foreignAnswer } from "#platform/control-client.ts";
import { type ControlKind, findControlPath } from "#platform/control-path.ts";
import { systemCode } from "#platform/system-code.ts";

/** As much as commands must know; a daemon of another version may say less or more. */
const daemonStatusSchema = z.looseObject({
  version: z.string(),
  pid: z.int().optional(),
  address: z.string().optional(),
  config_dir: z.string().optional(),
});

/** What a running daemon says of itself under `/api/v1/status`. */
export type DaemonStatus = z.infer<typeof daemonStatusSchema>;

/** A daemon that answered. */
export interface RunningDaemon {
  readonly socketPath: string;
  readonly status: DaemonStatus;
}

/** How a daemon is looked for where it is not as usual. */
export interface ProbeOptions {
  readonly kind?: ControlKind;
  /** How long its answer may take. */
  readonly timeoutMs?: number;
}

/** The daemon of a data directory, or undefined if none answers. Rejects if one answers with an error, or takes longer than it may. */
export async function probeDaemon(
  dataDir: string,
  { kind, timeoutMs }: ProbeOptions = {},
): Promise<RunningDaemon | undefined> {
  const socketPath = findControlPath(dataDir, kind);
  try {
    return {
      socketPath,
      status: await new ControlClient(socketPath).send("GET", "/api/v1/status", daemonStatusSchema, { timeoutMs }),
    };
  } catch (thrown) {
    if (thrown instanceof GatewayError && thrown.code === "unavailable" && absent.has(systemCode(thrown.cause)))
      return undefined;
    throw thrown;
  }
}

/** How the absence of a listener is named: no such file or process, or a file that a dead daemon left behind. */
const absent: ReadonlySet<string> = new Set([
  "ENOENT",
  "ENOTDIR",
  "ESRCH",
  "ECONNREFUSED",
  "ConnectionRefused",
  "FailedToOpenSocket",
  foreignAnswer,
]);
