import type { Codec, Protocol } from "#core/wire/codec.ts";

/** The protocols a provider has for each operation; `chat` is asked for each model. */
export interface SpokenProtocols {
  /** Those in which a caller of the same protocol is answered as it is. */
  readonly own: readonly Protocol[];
  /** In which a chat call of another protocol is answered. */
  readonly chat: (model: string) => Protocol;
  readonly embeddings?: Protocol;
  readonly count?: Protocol;
}

/**
 * Chooses the protocol for a call: the caller's own where the provider has it, else the provider's of the same operation.
 * Legacy completions only pass through: a model that chats answers a prompt, it does not go on with it.
 */
export function protocolChoice(codecs: Readonly<Record<Protocol, Codec>>, spoken: SpokenProtocols) {
  return (protocol: Protocol, model: string): Protocol | undefined => {
    if (spoken.own.includes(protocol)) return protocol;
    if (protocol === "openai-completions") return undefined;
    switch (codecs[protocol].operation) {
      case "chat":
        return spoken.chat(model);
      case "embeddings":
        return spoken.embeddings;
      case "count":
        return spoken.count;
    }
  };
}
