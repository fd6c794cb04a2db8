/** One use case asked of a store by name, as a process that has given its data directory to another asks it there. */
export interface StoreCall {
  /** Who answers it: the thread that writes, or the one for reports. */
  readonly thread: "writer" | "reader";
  readonly method: string;
  readonly args: readonly unknown[];
}

/** Answers calls of another process. Rejects with the store's own errors, or `storage_failed` when nobody answers. */
export type AskStore = (call: StoreCall) => Promise<unknown>;
