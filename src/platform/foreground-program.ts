import { GatewayError } from "#core/errors.ts";
import { codeOfSignal, type EndingSignal, type HeldSignals } from "#platform/held-signals.ts";
import { systemCode } from "#platform/system-code.ts";

/** A program with its environment. */
export interface ForegroundProgram {
  readonly path: string;
  readonly arguments: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** What the terminal itself sends to every program in its foreground, so that passing it on would say it twice. */
const fromTerminal: ReadonlySet<EndingSignal> = new Set(["SIGINT", "SIGQUIT"]);

/**
 * Runs a program on the terminal, or whatever the input and output of this one are, and resolves with its exit code. Signals
 * are passed on to it; the second SIGTERM kills it. Rejects with `unavailable` when it cannot be started.
 */
export async function runInForeground(
  program: ForegroundProgram,
  signals: HeldSignals,
  hasTerminal: boolean = process.stdin.isTTY,
): Promise<number> {
  if (signals.first !== undefined) return codeOfSignal(signals.first);
  const child = started(program);
  let wasTold = false;
  signals.tellTo((signal) => {
    if (hasTerminal && fromTerminal.has(signal)) return;
    child.kill(signal === "SIGTERM" && wasTold ? "SIGKILL" : signal);
    wasTold ||= signal === "SIGTERM";
  });
  const code = await child.exited;
  return child.signalCode === null ? code : codeOfSignal(child.signalCode);
}

function started({ path, arguments: words, environment }: ForegroundProgram): Bun.Subprocess {
  try {
    return Bun.spawn([path, ...words], { stdio: ["inherit", "inherit", "inherit"], env: environment });
  } catch (cause) {
    throw new GatewayError("unavailable", `${path} cannot be started: ${systemCode(cause)}.`, { cause });
  }
}
