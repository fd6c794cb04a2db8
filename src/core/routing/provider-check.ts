/** What asking a provider once for its models has shown. */
export interface ProviderCheck {
  readonly provider: string;
  /**
   * `sound`: it answered. `key_refused`: it does not accept the key. `unreachable`: no answer from there. `failed`: it answered
   * something else. `unasked`: there is nothing to ask, as for the built-in model.
   */
  readonly outcome: "sound" | "key_refused" | "unreachable" | "failed" | "unasked";
  /** One sentence for people, without secrets. */
  readonly detail: string;
  /** Models that it offers; undefined where it does not say. */
  readonly models?: readonly string[];
}

/** A server of models that answers on this machine. */
export interface LocalServer {
  /** `ollama`, `vllm` or `lm-studio`: also the name it gets as a provider. */
  readonly name: string;
  /** With `/v1`, without a slash at the end. */
  readonly baseUrl: string;
  readonly models: readonly string[];
}
