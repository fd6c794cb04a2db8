/**
 * What a promise rejects with; fails when it resolves. `expect(promise).rejects` blocks the thread until the promise
 * settles, and an answer from a worker or a server of this process may never come in meanwhile (Bun 1.4.5).
 */
export async function rejectionOf(promise: PromiseLike<unknown>): Promise<unknown> {
  return await promise.then(
    (value) => {
      throw new Error(`Resolved with ${JSON.stringify(value)}`);
    },
    (error: unknown) => error,
  );
}
