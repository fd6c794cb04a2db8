import type { TwinFate, TwinRequest } from "../simulation/twin.ts";
import { RawConnection } from "#platform/bench/raw-connection.ts";

/** Where each request of a workload goes, and with which key. */
export interface TwinTarget {
  readonly port: number;
  readonly keyOf: (request: TwinRequest) => string;
}

const charactersPerToken = 4;
const refused = new Set([429, 503]);

/**
 * Plays a workload over HTTP, each request at its moment on a connection that nobody else uses meanwhile. Resolves a second after
 * the last has come: whoever still waits then has not started.
 */
export async function playTwin(
  workload: readonly TwinRequest[],
  target: TwinTarget,
  seconds: number,
): Promise<TwinFate[]> {
  const idle: TwinConnection[] = [];
  const all: TwinConnection[] = [];
  const startedUs = new Map<TwinRequest, number>();
  const failures: string[] = [];
  const begun = performance.now();
  const nowUs = (): number => 1_000 * (performance.now() - begun);

  const send = async (request: TwinRequest): Promise<void> => {
    const connection = idle.pop() ?? (await TwinConnection.open(target.port));
    if (!all.includes(connection)) all.push(connection);
    const answer = await connection.ask(requestText(target.keyOf(request), request));
    // What the model took is known, and so when it began.
    if (answer.status === 200) startedUs.set(request, nowUs() - 1_000 * request.serviceMs);
    else if (!refused.has(answer.status)) failures.push(answer.head);
    idle.push(connection);
  };

  for (const request of workload) {
    while (nowUs() < request.atUs) await Bun.sleep(1);
    void send(request);
  }
  while (nowUs() < (seconds + 1) * 1_000_000) await Bun.sleep(5);
  for (const connection of all) connection.close();
  if (failures.length > 0) throw new Error(`${failures.length} requests failed, the first with:\n${failures[0]}`);
  return workload.map((request) => ({ request, startedUs: startedUs.get(request) }));
}

/** A request to the loopback model that takes as long, and says it took as many tokens, as the workload wants. */
function requestText(key: string, { inputTokens, outputTokens, serviceMs }: TwinRequest): string {
  const script = `[[loopback delay_ms=${serviceMs} events=1 input=${inputTokens} output=${outputTokens}]]`;
  const content = `${script} ${"word ".repeat((inputTokens * charactersPerToken) / 5)}`;
  const body = JSON.stringify({ model: "twin", messages: [{ role: "user", content }] });
  const head = `POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer ${key}\r\n`;
  return `${head}content-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
}

/** A connection that waits for one answer at a time. */
class TwinConnection {
  #text = "";
  #answered: ((answer: { status: number; head: string }) => void) | undefined;
  #connection: RawConnection | undefined;

  static async open(port: number): Promise<TwinConnection> {
    const opened = new TwinConnection();
    opened.#connection = await RawConnection.open(port, {
      onBytes: (text) => {
        opened.#text += text;
      },
      onDone: (status) => opened.#answer(status),
      onBroken: () => opened.#answer(0),
    });
    return opened;
  }

  ask(request: string): Promise<{ readonly status: number; readonly head: string }> {
    const { promise, resolve } = Promise.withResolvers<{ status: number; head: string }>();
    this.#text = "";
    this.#answered = resolve;
    this.#connection?.send(request);
    return promise;
  }

  close(): void {
    this.#connection?.close();
  }

  #answer(status: number): void {
    this.#answered?.({ status, head: this.#text });
  }
}
