import { type AcknowledgedCall, makeCall } from "./acknowledged-calls.ts";
import { spoken, type Wanted } from "./paid-provider.ts";

const streamCallers = 64;
const wholeCallers = 8;
/** One that was refused does not come back at once. */
const refusedPauseMs = 20;

/** Callers that go on calling, 64 with streams and 8 without, until the gateway is gone. */
export class Load {
  readonly acknowledged: AcknowledgedCall[] = [];
  refused = 0;
  readonly #gateway: { readonly url: string };
  readonly #draw: (bound: number) => number;
  readonly #callers: Promise<unknown>;
  #wanted = Number.POSITIVE_INFINITY;
  readonly #enough = Promise.withResolvers<void>();

  /** `draw` gives numbers from 0 below a bound. Callers take the keys in turn. */
  constructor(gateway: { readonly url: string }, keys: readonly string[], draw: (bound: number) => number) {
    this.#gateway = gateway;
    this.#draw = draw;
    const count = streamCallers + wholeCallers;
    const keyOf = (caller: number): string => keys[caller % keys.length] ?? "";
    const callers = Array.from({ length: count }, (_, caller) => this.#call(keyOf(caller), caller < streamCallers));
    this.#callers = Promise.all(callers);
  }

  /** Resolves when so many calls are acknowledged, or nobody calls any more. */
  async until(acknowledged: number): Promise<void> {
    this.#wanted = acknowledged;
    await Promise.race([this.#enough.promise, this.#callers]);
  }

  /** Resolves when every caller has met a broken connection. */
  async ended(): Promise<void> {
    await this.#callers;
  }

  async #call(key: string, isStreamed: boolean): Promise<void> {
    for (;;) {
      const end = await makeCall(this.#gateway, key, this.#next(isStreamed));
      if (end === "cut") return;
      if ("refused" in end) {
        if (end.refused !== 402) throw new Error(`Answered with ${end.refused}.`);
        this.refused += 1;
        await Bun.sleep(refusedPauseMs);
        continue;
      }
      this.acknowledged.push(end.acknowledged);
      if (this.acknowledged.length >= this.#wanted) this.#enough.resolve();
    }
  }

  /** One stream in eight is long and slow, so that a checkpoint is written of it. */
  #next(isStreamed: boolean): Wanted {
    const inputTokens = 10 + this.#draw(40);
    const speaks = spoken[this.#draw(spoken.length)] ?? "chat";
    if (isStreamed && this.#draw(8) === 0) {
      return { speaks, inputTokens, outputTokens: 2_400 + this.#draw(400), isStreamed, silenceMs: 200 };
    }
    return { speaks, inputTokens, outputTokens: 16 + this.#draw(50), isStreamed, silenceMs: this.#draw(12) };
  }
}
