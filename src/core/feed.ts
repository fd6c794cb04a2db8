/** What changed. Every node that caches something listens; `version` grows by one per topic. */
export type Topic = "identity.changed" | "budgets.changed" | "prices.changed" | "config.changed";

/** What may have changed where another process has changed the stores. */
export const storedTopics = ["identity.changed", "budgets.changed", "prices.changed"] as const satisfies Topic[];

/** That something changed, and how often so far. */
export interface Change {
  readonly topic: Topic;
  readonly version: number;
  /** Id of the only thing that changed; without it anything may have. */
  readonly subject?: string;
}

/** Carries changes to whoever caches. In memory on one node; shared stores bring their own. */
export interface ChangeFeed {
  publish(topic: Topic, subject?: string): void;
  /** The returned function ends the subscription. */
  subscribe(topic: Topic, listener: (change: Change) => void): () => void;
}

/** The feed of a single node. Listeners run synchronously, in order of subscription. */
export class MemoryChangeFeed implements ChangeFeed {
  readonly #listeners = new Map<Topic, Set<(change: Change) => void>>();
  readonly #versions = new Map<Topic, number>();

  publish(topic: Topic, subject?: string): void {
    const version = (this.#versions.get(topic) ?? 0) + 1;
    this.#versions.set(topic, version);
    const change: Change = { topic, version, ...(subject === undefined ? {} : { subject }) };
    for (const listener of this.#listeners.get(topic) ?? []) listener(change);
  }

  subscribe(topic: Topic, listener: (change: Change) => void): () => void {
    const listeners = this.#listeners.get(topic) ?? new Set();
    this.#listeners.set(topic, listeners);
    listeners.add(listener);
    return () => listeners.delete(listener);
  }
}
