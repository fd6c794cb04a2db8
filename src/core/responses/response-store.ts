/** A response that was sent, with what it was made from. */
export interface StoredResponse {
  /** The `response` object as the caller got it. */
  readonly response: Readonly<Record<string, unknown>>;
  /** The items of its input, those of the responses before it included. */
  readonly input: readonly unknown[];
  /** The provider that has stored it too, under the same id. */
  readonly provider?: string;
}

/** Keeps responses for those who made them: nobody finds another tenant's. */
export interface ResponseStore {
  /** Whether anything is kept at all. */
  readonly keepsAny: boolean;
  keep(tenant: string, id: string, stored: StoredResponse): Promise<void>;
  /** Undefined when it was never kept, was deleted or has been forgotten. */
  find(tenant: string, id: string): Promise<StoredResponse | undefined>;
  /** Whether there was one. */
  delete(tenant: string, id: string): Promise<boolean>;
}
