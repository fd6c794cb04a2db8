import { GatewayError } from "#core/errors.ts";
import type { HookReceiver } from "#core/hooks/hook-receiver.ts";

/** What of the gateway's environment a script sees: enough to find programs, nothing that a configuration refers to. */
const passedOn = ["PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "SystemRoot", "USERPROFILE"];

/**
 * A program that is run once for each event, with the event's JSON on standard input and no shell in between. Exit code 0
 * takes the event. What it prints goes nowhere. When it is out of time, it and what it started are killed.
 */
export function createScript(argv: readonly [string, ...string[]]): HookReceiver {
  return { name: "script", tell: (delivery, signal) => run(argv, delivery.body, signal) };
}

async function run(argv: readonly string[], body: string, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const script = spawn(argv, body);
  const kill = (): void => killGroup(script.pid);
  signal.addEventListener("abort", kill, { once: true });
  try {
    const code = await script.exited;
    signal.throwIfAborted();
    if (code !== 0) throw new GatewayError("unavailable", `The hook script ended with exit code ${code}.`);
  } finally {
    signal.removeEventListener("abort", kill);
  }
}

function spawn(argv: readonly string[], body: string): { readonly pid: number; readonly exited: Promise<number> } {
  const env = Object.fromEntries(passedOn.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
  try {
    return Bun.spawn([...argv], {
      stdin: new TextEncoder().encode(body),
      stdout: "ignore",
      stderr: "ignore",
      env,
      // A process group of its own, so that what the script started can be killed with it.
      detached: true,
    });
  } catch (cause) {
    throw new GatewayError("unavailable", "The hook script could not be started.", { cause });
  }
}

function killGroup(pid: number): void {
  try {
    process.kill(process.platform === "win32" ? pid : -pid, "SIGKILL");
  } catch {
    // It has ended already.
  }
}
