import { binaryProgram, GatewayProcess, sourceProgram } from "../harness/gateway-process.ts";
import type { Target } from "./load-plan.ts";
import { type Server, startServer } from "./measured-process.ts";

/** One of the programs under load. */
export interface Side extends Target {
  readonly pid: number;
}

/** The mock upstream, and what may stand in front of it. */
export interface Sides extends AsyncDisposable {
  /** The upstream itself. */
  readonly direct: Side;
  readonly bare: Side;
  readonly gateway: Side;
}

/** What is measured: a script of this folder that is the upstream, and how the gateway is told of it. */
export interface Scene {
  readonly upstream: string;
  /** Providers and routes; `origin` is the upstream's. */
  readonly providers: (origin: string) => string;
}

/** Chat completions of one model, the same on both sides. */
export const chatScene: Scene = {
  upstream: "mock-upstream.ts",
  providers: (origin) => `
[provider.mock]
type = openai-compatible
base_url = ${origin}/v1
api_key = upstream-key
[routes]
mock = mock
`,
};

/** What every gateway under load is configured with: a key required, metrics on. */
export const general = `
[gateway]
max_concurrent_requests = 20000
[gateway.auth]
enabled = true
type = api_key
[metrics]
enabled = true
`;

/** `PROGRAM=source` measures the sources, `PROGRAM=bare` a second bare proxy: then every ratio is the bench's own noise. */
const chosen = process.env.PROGRAM ?? "binary";

/** The command that runs the gateway under test. */
export const gatewayProgram: readonly string[] = chosen === "source" ? sourceProgram : binaryProgram;

/** Starts everything, each in a process of its own: the gateway with a key required, the ledger and metrics on. */
export async function startSides(scene: Scene = chatScene): Promise<Sides> {
  const servers: Server[] = [];
  const server = async (script: string, ...words: readonly string[]): Promise<Side> => {
    const started = await startServer(script, ...words);
    servers.push(started);
    return { port: started.port, pid: started.pid, key: "unused" };
  };
  const direct = await server(scene.upstream);
  const origin = `http://127.0.0.1:${direct.port}`;
  const upstream = `${origin}/v1`;
  const bare = await server("bare-proxy.ts", upstream);
  const process =
    chosen === "bare"
      ? undefined
      : new GatewayProcess({ program: gatewayProgram, configuration: general + scene.providers(origin) });
  const stop = async (): Promise<void> => {
    for (const started of servers) started[Symbol.dispose]();
    await process?.[Symbol.asyncDispose]();
  };
  try {
    const gateway = process === undefined ? await server("bare-proxy.ts", upstream) : await startGateway(process);
    return { direct, bare, gateway, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startGateway(process: GatewayProcess): Promise<Side> {
  const key = await process.createKey();
  await process.serve();
  return { port: process.port, pid: process.pid, key };
}
