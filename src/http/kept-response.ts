import type { ChatEvent } from "#core/chat/event.ts";
import type { ModelReply } from "#core/model-call.ts";
import { inputItems } from "#core/responses/previous-response.ts";
import type { ResponseStore } from "#core/responses/response-store.ts";
import { StoredResponseTap } from "#core/responses/stored-response-tap.ts";
import type { JsonBody } from "#core/wire/json-body.ts";
import { textOf } from "#core/wire/json-value.ts";

/** Sees an answer as it is sent and keeps what of it may be asked for later, before its end is handed over. */
export interface AnswerKeeper {
  /** Who answers, once somebody does. */
  opened(reply: Pick<ModelReply, "provider" | "rawProtocol">): void;
  /** A whole body. */
  body(bytes: Uint8Array): Promise<void>;
  /** What was written for a piece of a stream; undefined when there is nothing to wait for. */
  piece(events: readonly ChatEvent[], bytes: Uint8Array): Promise<void> | undefined;
}

/** One keeper after the other. */
export function bothKeepers(one: AnswerKeeper, other: AnswerKeeper): AnswerKeeper {
  return {
    opened(reply) {
      one.opened(reply);
      other.opened(reply);
    },
    async body(bytes) {
      await one.body(bytes);
      await other.body(bytes);
    },
    piece(events, bytes) {
      const [kept, alsoKept] = [one.piece(events, bytes), other.piece(events, bytes)];
      if (kept === undefined || alsoKept === undefined) return kept ?? alsoKept;
      return kept.then(() => alsoKept);
    },
  };
}

/** Keeps the response object of one call for its tenant, with the input that it was made from. */
export class ResponseKeeper implements AnswerKeeper {
  readonly #store: ResponseStore;
  readonly #tenant: string;
  readonly #asked: JsonBody;
  readonly #tap = new StoredResponseTap();
  /** Whose own words the answer is in, id included. */
  #author: string | undefined;

  constructor(store: ResponseStore, tenant: string, asked: JsonBody) {
    this.#store = store;
    this.#tenant = tenant;
    this.#asked = asked;
  }

  opened({ provider, rawProtocol }: Pick<ModelReply, "provider" | "rawProtocol">): void {
    this.#author = rawProtocol === "openai-responses" ? provider : undefined;
  }

  async body(bytes: Uint8Array): Promise<void> {
    this.#tap.body(bytes);
    await this.#keep();
  }

  piece(events: readonly ChatEvent[], bytes: Uint8Array): Promise<void> | undefined {
    this.#tap.piece(events, bytes);
    return this.#tap.response === undefined ? undefined : this.#keep();
  }

  async #keep(): Promise<void> {
    const { response } = this.#tap;
    const id = textOf(response?.["id"]);
    if (response === undefined || id === undefined) return;
    const provider = response["store"] === true ? this.#author : undefined;
    await this.#store.keep(this.#tenant, id, {
      response,
      input: inputItems(this.#asked.value["input"]),
      ...(provider === undefined ? {} : { provider }),
    });
  }
}
