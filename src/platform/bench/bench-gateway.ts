import { mkdtempSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GatewayError } from "#core/errors.ts";
import type { Leftover } from "#platform/bench/leftovers.ts";
import { findControlPath } from "#platform/control-path.ts";
import { ownCommand } from "#platform/own-command.ts";
import { remoteAdministration } from "#platform/remote-administration.ts";

/** What a gateway under measurement does beside carrying calls. */
export type Features = "features_off" | "features_on";

/** A gateway of its own process and its own temporary directory. */
export interface BenchGatewayProcess extends AsyncDisposable {
  readonly port: number;
  readonly pid: number;
  /** What callers present. */
  readonly key: string;
}

/** Limits and budgets that nothing here reaches: what is measured is their being looked at. */
const roomy = 1_000_000_000;

function configuration(features: Features, upstreamPort: number): string {
  const on = features === "features_on";
  const limits = `max_concurrent = 1000000\nmax_rps = ${roomy}\nmax_tokens_per_sec = ${roomy}\n`;
  return `log_level = error
[gateway]
max_concurrent_requests = 20000
[gateway.auth]
enabled = ${on}
${on ? "type = api_key" : ""}
[metrics]
enabled = ${on}
[scheduling]
enabled = ${on}
${on ? "priority_enabled = true\ncapacity_model = multi_dimensional" : ""}
[provider.mock]
type = openai-compatible
base_url = http://127.0.0.1:${upstreamPort}/v1
api_key = bench
${on ? limits : ""}
[routes]
mock = mock
`;
}

/**
 * Starts `serve` of this very program in front of the mock, and tells at once what is left of it should this process be killed.
 * Rejects with `unavailable` and its last words if it ends first.
 */
export async function startBenchGateway(
  features: Features,
  upstreamPort: number,
  tell: (leftover: Leftover) => void,
): Promise<BenchGatewayProcess> {
  const directory = mkdtempSync(join(tmpdir(), "tokligence-bench-"));
  const remove = (): void => rmSync(directory, { recursive: true, force: true });
  mkdirSync(join(directory, "dev"));
  writeFileSync(join(directory, "dev/gateway.ini"), configuration(features, upstreamPort), { mode: 0o600 });
  const logFile = join(directory, "bench.log");
  const words = ["serve", "--config-dir", directory, "--env", "dev", "--host", "127.0.0.1", "--port", "0"];
  const child = Bun.spawn([...ownCommand(), ...words], {
    stdio: ["ignore", "pipe", Bun.file(logFile)],
    // Nothing of the user's settings: what is measured is the same everywhere.
    env: { ...named(process.env, ["PATH", "TMPDIR", "SystemRoot"]), HOME: directory },
  });
  tell({ pid: child.pid, directory });
  const stop = async (): Promise<void> => {
    child.kill("SIGKILL");
    await child.exited;
    remove();
  };
  try {
    const port = await portOf(child.stdout);
    if (port === undefined) {
      const words = readFileSync(logFile, "utf8").trim().split("\n").at(-1) ?? "";
      throw new GatewayError("unavailable", `The gateway to be measured did not start: ${words}`);
    }
    const key = features === "features_on" ? await makeKey(directory) : "unused";
    return { port, pid: child.pid, key, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Where the banner says that it listens; undefined when there is none. */
async function portOf(output: ReadableStream<Uint8Array>): Promise<number | undefined> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const bytes of output) {
    text += decoder.decode(bytes, { stream: true });
    const port = /listens on \S+:(\d+)\s/.exec(text)?.[1];
    if (port !== undefined) return Number(port);
  }
  return undefined;
}

/** A key with limits and a hard budget, in front of a model with a price. */
async function makeKey(dataDir: string): Promise<string> {
  const desk = remoteAdministration(findControlPath(dataDir));
  const { id: user } = await desk.createUser({ email: "bench@localhost.localdomain" });
  const { id, key } = await desk.createKey({
    user,
    name: "bench",
    tier: "standard",
    requests_per_minute: roomy,
    tokens_per_minute: roomy,
    max_concurrent: 1_000_000,
  });
  await desk.setPrice({ model: "mock", input: "1", output: "2" });
  await desk.createBudget({ scope: `key:${id}`, limit_usd: "100000000", window: "total" });
  return key;
}

function named(environment: NodeJS.ProcessEnv, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => (environment[name] === undefined ? [] : [[name, environment[name]]])),
  );
}
