/** Asks a thread: the name of the use case and its arguments. */
export type Ask = (method: string, args: readonly unknown[]) => Promise<unknown>;

/** A store all of whose use cases are asked of a thread under their own names. */
export function storeOf<Store extends object>(ask: Ask): Store {
  return new Proxy({} as Store, {
    get: (own, method) => {
      // With a `then` it would be taken for a promise by whoever awaits it.
      if (typeof method !== "string" || method === "then" || method in own) return Reflect.get(own, method);
      return (...args: readonly unknown[]) => ask(method, args);
    },
  });
}
