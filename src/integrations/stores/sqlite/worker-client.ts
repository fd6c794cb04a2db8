import { dirname } from "node:path";
import { GatewayError } from "#core/errors.ts";
import type { AnswerMessage, CallMessage, CallTable, ErrorMessage } from "#integrations/stores/sqlite/worker-calls.ts";

interface Waiter {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: GatewayError) => void;
}

/** Calls into one thread. Answers come in the order of the calls; a thread that dies rejects every waiter with `storage_failed`. */
export class WorkerClient<Calls extends CallTable> {
  readonly #worker: Worker;
  readonly #waiters = new Map<number, Waiter>();
  readonly #onCrash: (error: GatewayError) => void;
  #lastId = 0;
  #ended: GatewayError | undefined;

  /** Starts the thread. `onCrash` hears once of a death that `terminate` did not cause. */
  constructor(onCrash: (error: GatewayError) => void, url: string = workerUrl()) {
    this.#onCrash = onCrash;
    // `smol` keeps the thread's heap small: it handles little and lives long.
    this.#worker = new Worker(url, { smol: true, name: "sqlite" });
    this.#worker.onmessage = (event: MessageEvent<AnswerMessage>) => this.#settle(event.data);
    this.#worker.onerror = (event) => this.#crash(event.message);
    this.#worker.addEventListener("close", () => this.#crash("the thread ended"));
  }

  call<Method extends keyof Calls & string>(
    method: Method,
    ...args: Parameters<Calls[Method]>
  ): Promise<ReturnType<Calls[Method]>> {
    return this.ask(method, args) as Promise<ReturnType<Calls[Method]>>;
  }

  /** `call` for whoever checks names and arguments elsewhere. */
  ask(method: string, args: readonly unknown[]): Promise<unknown> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    const id = ++this.#lastId;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#waiters.set(id, { resolve, reject });
    this.#worker.postMessage({ id, method, args } satisfies CallMessage);
    return promise;
  }

  /** Ends the thread at once; whoever still waits is rejected, and so is every later call. */
  terminate(): void {
    this.#end(new GatewayError("storage_failed", "The database is closed.", { details: { reason: "closed" } }));
    this.#worker.terminate();
  }

  #settle(answer: AnswerMessage): void {
    const waiter = this.#waiters.get(answer.id);
    this.#waiters.delete(answer.id);
    if (answer.ok) waiter?.resolve(answer.value);
    else waiter?.reject(toError(answer.error));
  }

  #crash(why: string): void {
    if (this.#ended !== undefined) return;
    const error = new GatewayError("storage_failed", "The database thread died; restart to recover.", {
      cause: new Error(why),
      details: { reason: "io" },
    });
    this.#end(error);
    this.#onCrash(error);
  }

  #end(error: GatewayError): void {
    this.#ended ??= error;
    for (const waiter of this.#waiters.values()) waiter.reject(error);
    this.#waiters.clear();
  }
}

function toError({ code, message, details, cause }: ErrorMessage): GatewayError {
  return new GatewayError(code, message, { details, ...(cause !== "" && { cause: new Error(cause) }) });
}

/** In the executable the entry lies under the root of the embedded files, by its path below `src`. */
function workerUrl(): string {
  if (Bun.isStandaloneExecutable) return `${dirname(Bun.main)}/integrations/stores/sqlite/worker.js`;
  return new URL("./worker.ts", import.meta.url).href;
}
