import { GatewayProcess } from "../harness/gateway-process.ts";
import { type Server, startServer } from "./measured-process.ts";
import { gatewayProgram, general, type Side } from "./sides.ts";

/** A gateway beside others of one bench. */
export interface GatewayChoice {
  /** Its configuration beyond what all have; `origin` is the upstream's. */
  readonly configuration: (origin: string) => string;
  readonly keys: Readonly<Record<string, KeyChoice>>;
}

/** A key, by name: the flags of `apikey create`, and whose it is if not its name's. */
export type KeyChoice = readonly string[] | { readonly user: string; readonly flags: readonly string[] };

/** A gateway that runs, and its keys by name. */
export interface RunningGateway {
  readonly port: number;
  readonly pid: number;
  side(key: string): Side;
}

/** Gateways of different configurations in front of one upstream. */
export interface Gateways<Name extends string> extends AsyncDisposable {
  readonly of: Readonly<Record<Name, RunningGateway>>;
}

/** Starts each in a process of its own, with a key required, the ledger and metrics on; a user for each key. */
export async function startGateways<Name extends string>(
  choices: Readonly<Record<Name, GatewayChoice>>,
  upstream?: string,
): Promise<Gateways<Name>> {
  const stops: AsyncDisposable[] = [];
  const stop = async (): Promise<void> => {
    for (const started of stops.toReversed()) await started[Symbol.asyncDispose]();
  };
  try {
    const server = upstream === undefined ? undefined : await startServer(upstream);
    if (server !== undefined) stops.push(asyncDisposable(server));
    const origin = `http://127.0.0.1:${server?.port ?? 0}`;
    const running: Partial<Record<Name, RunningGateway>> = {};
    for (const name in choices) {
      const { configuration, keys } = choices[name];
      const process = new GatewayProcess({ program: gatewayProgram, configuration: general + configuration(origin) });
      stops.push(process);
      running[name] = await start(process, keys);
    }
    return { of: running as Record<Name, RunningGateway>, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function start(process: GatewayProcess, flags: GatewayChoice["keys"]): Promise<RunningGateway> {
  const keys = new Map<string, string>();
  for (const [name, choice] of Object.entries(flags)) keys.set(name, await createKey(process, name, choice));
  await process.serve();
  const { port, pid } = process;
  return { port, pid, side: (key) => ({ port, pid, key: keys.get(key) ?? key }) };
}

async function createKey(process: GatewayProcess, name: string, choice: KeyChoice): Promise<string> {
  const { user, flags } = "user" in choice ? choice : { user: name, flags: choice };
  const email = `${user}@example.com`;
  // One of several keys: the user is there already.
  await process.cli("user", "create", email);
  const made = await process.cli("apikey", "create", email, "--name", name, "--json", ...flags);
  if (made.exitCode !== 0) throw new Error(made.stdout + made.stderr);
  return (JSON.parse(made.stdout) as { key: string }).key;
}

function asyncDisposable(server: Server): AsyncDisposable {
  return { [Symbol.asyncDispose]: async () => server[Symbol.dispose]() };
}
