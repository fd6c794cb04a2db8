import { GatewayError } from "#core/errors.ts";
import { type ChangeFeed, storedTopics } from "#core/feed.ts";
import { noPredecessor, type Predecessor } from "#core/ledger/predecessor.ts";
import type { AskStore } from "#core/store-call.ts";
import { pause } from "#core/wait.ts";
import type { Books } from "#configurations/books.ts";
import type { Host } from "#configurations/host.ts";
import { givePath, sharePath, takeoverAnswerSchema, takeoverProtocol } from "#configurations/takeover-protocol.ts";
import { schemaAt } from "#integrations/stores/sqlite/schema-check.ts";
import { ControlClient } from "#platform/control-client.ts";
import { probeDaemon } from "#platform/daemon-status.ts";
import { canSharePorts } from "#platform/reuse-port.ts";
import { openStoreLine, type StoreLine } from "#platform/store-line.ts";
import type { Settings } from "#settings/settings.ts";

/** Books of many gigabytes, and calls of a store that are under way, take their time. */
const giveTimeoutMs = 60_000;
const lookMs = 100;
/** What the other one's end may take when it is told to end at once. */
const stopLimitMs = 5_000;
/** Calls of a store that change nothing that anybody here remembers. */
const unremembered =
  /^(?:find|list|count|has|price|budgetStates|chainEnds|settle|reserve|checkpoint|release|save|touch)|Idempotent$/;

/** A takeover from a running gateway whose data directory this process has been given. */
export class Takeover {
  readonly #host: Host;
  readonly #line: StoreLine;
  readonly #answer: PromiseWithResolvers<AskStore>;
  #predecessor: Pick<Predecessor, "isAlive"> = noPredecessor;

  private constructor(host: Host, line: StoreLine, answer: PromiseWithResolvers<AskStore>) {
    this.#host = host;
    this.#line = line;
    this.#answer = answer;
  }

  /**
   * Asks the gateway of the data directory to give way; undefined where none runs. Rejects with `unavailable` or `config_invalid`
   * where it cannot be; then it goes on as before.
   */
  static async begin(settings: Settings, host: Host): Promise<Takeover | undefined> {
    const { database, dataDir } = settings;
    const running = await probeDaemon(dataDir);
    if (running === undefined) return undefined;
    if (!canSharePorts) throw onLinuxAlone();
    // Refuses a newer one while the other still has it.
    schemaAt(database.path);
    const answer = Promise.withResolvers<AskStore>();
    const line = openStoreLine(dataDir, answer.promise);
    try {
      const client = new ControlClient(running.socketPath);
      const body = { protocol: takeoverProtocol, stores: line.path };
      await client.send("POST", sharePath, takeoverAnswerSchema, { body }).catch(explained);
      const { pid } = await client.send("POST", givePath, takeoverAnswerSchema, { body, timeoutMs: giveTimeoutMs });
      host.log.info("taking_over", { pid });
    } catch (error) {
      await line.close();
      throw error;
    }
    return new Takeover(host, line, answer);
  }

  /** To be called when requests are answered here: from now on the other one's calls of the stores are, too. */
  serve({ custody, stores, feed }: Pick<Books, "stores" | "feed" | "custody">): void {
    this.#host.log.info("taken_over");
    this.#predecessor = custody.predecessor;
    this.#answer.resolve(remembering(stores.answer, feed));
    void this.#alone(Number.POSITIVE_INFINITY).then(() => this.#line.close());
  }

  /** To be called when the start failed, with everything undone: the other one takes everything back. */
  fail(): Promise<void> {
    return this.#line.close();
  }

  /** Tells the other one, if it is still there, to do no new work, and waits for its end for at most so long. */
  async drain(limitMs: number): Promise<void> {
    this.#line.tell("drain");
    await this.#alone(limitMs);
  }

  /** Tells it to end at once, and waits: its rows are to be in the books before these are closed. Those that come later it spools. */
  async stop(): Promise<void> {
    this.#line.tell("stop");
    await this.#alone(stopLimitMs);
    await this.#line.close();
  }

  async #alone(limitMs: number): Promise<void> {
    const { clock } = this.#host;
    const giveUpAt = clock.monotonic() + limitMs;
    while (this.#predecessor.isAlive() && clock.monotonic() < giveUpAt) {
      await pause(clock, lookMs);
    }
  }
}

/** What the other one changes is forgotten here before it hears that it is changed. */
function remembering(answer: AskStore, feed: ChangeFeed): AskStore {
  return async (call) => {
    const value = await answer(call);
    if (call.thread === "writer" && !unremembered.test(call.method)) {
      for (const topic of storedTopics) feed.publish(topic);
    }
    return value;
  };
}

function explained(error: unknown): never {
  if (!(error instanceof GatewayError) || (error.code !== "not_found" && error.code !== "method_not_allowed"))
    throw error;
  throw new GatewayError(
    "unavailable",
    "The running gateway is of a version that cannot hand over; stop it and start this one.",
  );
}

function onLinuxAlone(): GatewayError {
  return new GatewayError(
    "unavailable",
    "A gateway runs already, and taking over without downtime needs Linux; stop it and start this one.",
  );
}
