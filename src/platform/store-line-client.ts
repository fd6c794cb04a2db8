import { rmSync } from "node:fs";
import { z } from "zod";
import { type ErrorCode, errorTable, GatewayError } from "#core/errors.ts";
import type { AskStore, StoreCall } from "#core/store-call.ts";
import { decodeStoreValue, encodeStoreValue } from "#platform/store-text.ts";

/** Books of many gigabytes are looked through before they answer. */
const answerTimeoutMs = 120_000;

const errorSchema = z.object({
  code: z.custom<ErrorCode>((code) => typeof code === "string" && Object.hasOwn(errorTable, code)),
  message: z.string(),
  details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
});

/** The end of a line of stores at which a process is that has given its own away. */
export class StoreLineClient {
  readonly #path: string;

  /** `path` is that of the socket. */
  constructor(path: string) {
    this.#path = path;
  }

  /** See `AskStore`. Nobody at the other end is trouble that may pass: `storage_failed` with the reason `busy`. */
  readonly ask: AskStore = async (call) => {
    const { ok, value } = await this.#answer(call).catch((cause: unknown) => Promise.reject(nobodyAnswers(cause)));
    if (ok) return value;
    const { success, data, error } = errorSchema.safeParse(value);
    throw success ? new GatewayError(data.code, data.message, { details: data.details }) : nobodyAnswers(error);
  };

  /** Resolves with true when the gateway at the other end serves, with false when it ends before, or has ended. */
  async isServing(): Promise<boolean> {
    const response = await this.#fetch("/ready", false).catch(() => undefined);
    return response?.ok === true;
  }

  /** The next word that the other end says after this one; `gone` when it has ended without one. */
  async word(heard = ""): Promise<"drain" | "stop" | "gone"> {
    for (;;) {
      const response = await this.#fetch(`/word?heard=${heard}`, false).catch(() => undefined);
      const word = await response?.text().catch(() => undefined);
      if (word === "drain" || word === "stop") return word;
      if (!(await this.isServing())) return "gone";
    }
  }

  /** Removes the socket of somebody who was killed and could not. */
  clear(): void {
    rmSync(this.#path, { force: true });
  }

  async #answer(call: StoreCall): Promise<{ readonly ok: boolean; readonly value: unknown }> {
    const response = await this.#fetch("/call", answerTimeoutMs, encodeStoreValue(call));
    return { ok: response.ok, value: decodeStoreValue(await response.text()) };
  }

  #fetch(path: string, timeoutMs: number | false, body?: string): Promise<Response> {
    return fetch(`http://localhost${path}`, {
      unix: this.#path,
      ...(timeoutMs === false ? { timeout: false } : { signal: AbortSignal.timeout(timeoutMs) }),
      ...(body === undefined ? {} : { method: "POST", body }),
    });
  }
}

/** The error of a call that reached nobody, or whose answer did not come. */
function nobodyAnswers(cause: unknown): GatewayError {
  return new GatewayError("storage_failed", "The gateway that took over does not answer.", {
    cause,
    details: { reason: "busy" },
  });
}
