import { Database } from "bun:sqlite";
import { join } from "node:path";
import { chat } from "./client.ts";
import { eventually } from "./eventually.ts";
import { testedProgram } from "./gateway.ts";
import { GatewayProcess } from "./gateway-process.ts";
import { rawChat, rawExchange } from "./raw-client.ts";

/** A call of the built-in model. */
export const loopback = JSON.stringify({ model: "loopback", messages: [{ role: "user", content: "Hello" }] });
/** The last frame of a stream that came to its end. */
export const done = "data: [DONE]";

/** A gateway that asks a fake provider and is patient for three seconds; `gateway` are further lines of its section. */
export function start(providerUrl: string, gateway = "", keys = false): Promise<GatewayProcess> {
  const provider = `[provider.up]\ntype = openai-compatible\nbase_url = ${providerUrl}\napi_key = k\n[routes]\n* = up\nloopback = loopback\n`;
  const configuration = `[gateway.auth]\nenabled = ${keys}\n[gateway]\nshutdown_grace = 3\n${gateway}\n${provider}`;
  return GatewayProcess.start({ program: testedProgram, configuration });
}

/** A process that is to take over from the gateway, not yet spawned. */
export function successor(beside: GatewayProcess, ...further: readonly string[]): GatewayProcess {
  return new GatewayProcess({ program: testedProgram, beside, arguments: ["--takeover", ...further] });
}

/** The process that has taken over from the gateway. */
export async function takenOverFrom(gateway: GatewayProcess): Promise<GatewayProcess> {
  const next = successor(gateway);
  await next.serve();
  await eventually("it has handed over", () => gateway.stderr.includes('"handed_over"'));
  return next;
}

/** What callers were answered, while they keep calling: over connections that they keep, and a new one for each call. */
export class Load {
  readonly failures: string[] = [];
  answered = 0;
  #goesOn = true;
  readonly #callers: readonly Promise<void>[];

  constructor(gateway: GatewayProcess, freshCallers = 3) {
    const kept = async () => (await chat(gateway, { model: "loopback" })).status;
    const fresh = async () =>
      (await rawExchange(gateway.url, rawChat(gateway.url, loopback, ["connection: close"]))).status;
    const calls = [kept, kept, kept, ...Array.from({ length: freshCallers }, () => fresh)];
    this.#callers = calls.map((call) => this.#keepCalling(call));
  }

  async #keepCalling(call: () => Promise<number>): Promise<void> {
    while (this.#goesOn) {
      const status = await call().catch(String);
      if (status === 200) this.answered += 1;
      else this.failures.push(String(status));
    }
  }

  async ended(): Promise<void> {
    this.#goesOn = false;
    await Promise.all(this.#callers);
  }
}

/** Makes the books those of another version, and back. */
export function changeMigrations({ configDir }: GatewayProcess, statement: string): void {
  using database = new Database(join(configDir, "gateway.db"), { readwrite: true });
  database.run("PRAGMA busy_timeout = 5000");
  database.run(statement);
}
