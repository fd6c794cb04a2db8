import { join, resolve } from "node:path";
import { createGateway, type RunningGateway } from "#configurations/compose.ts";
import type { UsageLogView } from "#core/api/usage.ts";
import { systemClock } from "#platform/effects.ts";
import { createLog } from "#platform/log-sink.ts";
import { ConfigurationSource } from "#configurations/configuration-source.ts";
import { loadSettings } from "#settings/load.ts";
import type { CommandResult } from "./ended.ts";
import { eventually } from "./eventually.ts";
import { GatewayProcess, sourceProgram } from "./gateway-process.ts";

/** The executable under test; undefined runs the source in this process. */
const binary = process.env.TOKLIGENCE_BINARY;

/** The program that commands and spawned gateways run: the executable under test, or the source. */
export const testedProgram: readonly string[] = binary === undefined ? sourceProgram : [resolve(binary)];

/** What a gateway under test is started with. */
export interface GatewayUnderTestOptions {
  /** Text of `dev/gateway.ini`, without `host` and `port`. */
  readonly ini?: string;
  /** Further files of the configuration directory by name. */
  readonly files?: Readonly<Record<string, string>>;
  readonly environ?: Readonly<Record<string, string>>;
  /** OpenAI-compatible providers by name, base URLs with `/v1`; the first answers every model nobody else has. */
  readonly upstreams?: Readonly<Record<string, { readonly url: string }>>;
  /** Whether callers need a key; not unless told so. */
  readonly keys?: boolean;
}

/** A gateway with its own configuration directory, in this process or, with `TOKLIGENCE_BINARY`, that executable. */
export interface GatewayUnderTest extends AsyncDisposable {
  readonly url: string;
  readonly configDir: string;
  /** Of the process that serves. */
  readonly pid: number;
  /** A new key of a new user, with this policy in the words of the API. */
  createKey(policy?: object): Promise<string>;
  /** The newest usage rows (at most 1,000), newest first. */
  logs(): Promise<UsageLogView[]>;
  metrics(): Promise<string>;
  /** Runs a command on the same configuration directory. */
  cli(...words: readonly string[]): Promise<CommandResult>;
  /** Ends it like a second signal does; safe to call twice. */
  stop(): Promise<void>;
  /** Everything it has logged and printed so far. */
  output(): string;
  /** Writes a file of its configuration directory. */
  write(name: string, text: string): void;
  /** Has the configuration read anew as SIGHUP does; resolves with the log line that says what came of it. */
  reload(): Promise<string>;
}

interface Running {
  readonly url: string;
  readonly pid: number;
  readonly output: () => string;
  readonly stop: () => Promise<void>;
  readonly reload: () => void;
}

/** The key that providers made from `upstreams` are called with. */
export const upstreamKey = "sk-upstream-test-key";

/** Starts a gateway on a free port of 127.0.0.1, its log at debug. `await using` stops it and removes its directory. */
export async function startGateway(options: GatewayUnderTestOptions = {}): Promise<GatewayUnderTest> {
  const child = new GatewayProcess({ program: testedProgram, environment: options.environ ?? {} });
  const configDir = child.configDir;
  child.write("dev/gateway.ini", configuration(options));
  for (const [name, text] of Object.entries(options.files ?? {})) child.write(name, text);
  const running = binary === undefined ? await runHere(configDir, options.environ ?? {}) : await runSpawned(child);
  const control = (path: string, body?: object): Promise<Response> =>
    fetch(`http://localhost${path}`, {
      unix: join(configDir, "control.sock"),
      ...(body === undefined
        ? {}
        : { method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
    });
  let users = 0;
  return {
    url: running.url,
    configDir,
    pid: running.pid,
    output: running.output,
    stop: running.stop,
    cli: (...words) => child.cli(...words),
    metrics: async () => (await control("/metrics")).text(),
    async createKey(policy = {}) {
      users += 1;
      const user = `user${users}@example.com`;
      await control("/api/v1/users", { email: user });
      const issued = await control("/api/v1/keys", { user, name: "test", ...policy });
      if (!issued.ok) throw new Error(await issued.text());
      return ((await issued.json()) as { key: string }).key;
    },
    async logs() {
      const answer = await control("/api/v1/usage/logs?limit=1000");
      if (!answer.ok) throw new Error(await answer.text());
      return ((await answer.json()) as { data: UsageLogView[] }).data;
    },
    write: (name, text) => child.write(name, text),
    async reload() {
      const outcomes = () => running.output().match(/^.*"config_(reloaded|unchanged|reload_failed)".*$/gm) ?? [];
      const before = outcomes().length;
      running.reload();
      await eventually("the log says what came of it", () => outcomes().length > before);
      return outcomes().at(-1) ?? "";
    },
    async [Symbol.asyncDispose]() {
      await running.stop();
      await child[Symbol.asyncDispose]();
    },
  };
}

/** What stands in `ini` stays last, so that it may add routes and providers of its own. */
function configuration({ ini = "", upstreams = {}, keys = false }: GatewayUnderTestOptions): string {
  const providers = Object.entries(upstreams).map(
    ([name, { url }]) => `[provider.${name}]\ntype = openai-compatible\nbase_url = ${url}\napi_key = ${upstreamKey}\n`,
  );
  const [first] = Object.keys(upstreams);
  const routes = first === undefined ? "" : `[routes]\n* = ${first}\n`;
  return `log_level = debug\n[gateway.auth]\nenabled = ${keys}\n${providers.join("")}${routes}${ini}\n`;
}

async function runHere(configDir: string, environ: Readonly<Record<string, string>>): Promise<Running> {
  const source = new ConfigurationSource((readFile) =>
    loadSettings({
      configDirFlag: configDir,
      envFlag: "dev",
      flags: { "gateway.port": "0" },
      environ,
      home: configDir,
      readFile,
    }),
  );
  const loaded = source.load();
  const lines: string[] = [];
  const log = createLog({ level: "debug", format: "json", clock: systemClock, write: (line) => void lines.push(line) });
  const gateway: RunningGateway = createGateway(loaded.settings, { log }, source);
  await gateway.start();
  return {
    url: gateway.address,
    pid: process.pid,
    output: () => lines.join(""),
    stop: () => gateway.stop(),
    reload: () => void gateway.reload("signal"),
  };
}

async function runSpawned(child: GatewayProcess): Promise<Running> {
  await child.serve();
  return {
    url: child.url,
    pid: child.pid,
    output: () => child.stdout + child.stderr,
    stop: async () => void (await child.stop("SIGKILL")),
    reload: () => child.signal("SIGHUP"),
  };
}
