/** What asking a provider once for its models has shown. */
export interface ProviderCheck {
  readonly provider: string;
  /** Set where only this model is asked for there. */
  readonly model?: string;
  /** Which of its keys was tried, from 1; absent where it has no more than one. */
  readonly account?: number;
  /**
   * `sound`: it answered. `key_refused`: it does not accept the key. `unreachable`: no answer from there. `failed`: it answered
   * something else. `unasked`: there is nothing to ask, as for the built-in model.
   */
  readonly outcome: "sound" | "key_refused" | "unreachable" | "failed" | "unasked";
  /** One sentence for people, without secrets. */
  readonly detail: string;
  /** Models that it offers; undefined where it does not say. */
  readonly models?: readonly string[];
  /** HTTP status of an answer that was no list. */
  readonly status?: number;
  /** How far the clock here is ahead of the one there, milliseconds, exact to about a second; absent where it does not say. */
  readonly clockAheadMs?: number;
}

/** A server of models that answers on this machine. */
export interface LocalServer {
  /** `ollama`, `vllm` or `lm-studio`: also the name it gets as a provider. */
  readonly name: "ollama" | "vllm" | "lm-studio";
  /** With `/v1`, without a slash at the end. */
  readonly baseUrl: string;
  readonly models: readonly string[];
}

/**
 * Whether a provider with these models has this one. A name without a tag means Ollama's `latest`; one without a date, or with
 * `-latest` or `-0` in its place, is an alias of Anthropic's (platform.claude.com/docs, Models overview).
 */
export function offersModel(models: readonly string[], model: string): boolean {
  const plain = model.replace(/^models\//, "");
  const undated = plain.replace(/-(latest|0)$/, "");
  return models.some((listed) => {
    const name = listed.replace(/^models\//, "");
    return name === plain || name === `${plain}:latest` || /^(.+)-20\d{6}$/.exec(name)?.[1] === undated;
  });
}
