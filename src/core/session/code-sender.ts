/** Brings a one-time code to the person it is for. */
export interface CodeSender {
  /** Resolves when it was handed over. Rejects with `unavailable` when it could not be. */
  send(to: string, code: string, expiresInMinutes: number): Promise<void>;
}
