/**
 * What a promise rejects with; undefined if it does not. `expect(promise).rejects` blocks the thread until the promise
 * settles, and an answer from a worker may never come in meanwhile (Bun 1.4.5).
 */
export function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}
