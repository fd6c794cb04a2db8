import { eventually } from "./eventually.ts";
import { completion, stream, type UpstreamScript } from "./upstream-script.ts";

/** A call that waits for its answer. */
export interface HeldCall {
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
  /** Whether the caller hung up before it was answered. */
  readonly gone: boolean;
  /** Answers it, streamed if so asked. */
  answer(): void;
  /** Refuses it with this status, in OpenAI's envelope. */
  refuse(status: number, headers?: Readonly<Record<string, string>>): void;
}

/** What the whole of a call says, by which tests tell calls apart. */
export function textOf({ body }: HeldCall): string {
  return JSON.stringify(body["messages"]);
}

/** An OpenAI-compatible provider that takes every call and answers it only when told to. */
export class HeldUpstream implements Disposable {
  readonly calls: HeldCall[] = [];
  readonly #server: Bun.Server<undefined>;
  #isOpen = false;

  constructor() {
    this.#server = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      // No silence is too long here.
      idleTimeout: 0,
      fetch: (request) => this.#take(request),
    });
  }

  /** Base URL as `[provider.NAME] base_url` wants it. */
  get url(): string {
    return `http://127.0.0.1:${this.#server.port}/v1`;
  }

  /** Answers all that wait and all that come. */
  open(): void {
    this.#isOpen = true;
    for (const call of this.calls) call.answer();
  }

  /** The call with this number, from 0, once it has come. */
  async call(index: number): Promise<HeldCall> {
    return await eventually(`call ${index} of the provider`, () => this.calls[index]);
  }

  [Symbol.dispose](): void {
    void this.#server.stop(true);
  }

  async #take(request: Request): Promise<Response> {
    const body = (await request.json()) as Record<string, unknown>;
    const answered = Promise.withResolvers<Response>();
    this.calls.push({
      headers: request.headers,
      body,
      get gone() {
        return request.signal.aborted;
      },
      answer: () => answered.resolve(responseOf(body["stream"] === true ? stream() : completion())),
      refuse: (status, headers = {}) =>
        answered.resolve(Response.json({ error: { message: "No.", type: "test_error" } }, { status, headers })),
    });
    if (this.#isOpen) this.calls.at(-1)?.answer();
    return await answered.promise;
  }
}

function responseOf({ body, events }: UpstreamScript): Response {
  if (events === undefined) return Response.json(body);
  const frames = events.map((event) => `data: ${typeof event === "string" ? event : JSON.stringify(event)}\n\n`);
  return new Response(frames.join(""), { headers: { "content-type": "text/event-stream" } });
}
