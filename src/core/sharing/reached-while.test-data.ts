import type { SharedCapacity } from "#core/sharing/shared-capacity.ts";

/** The store behind a link that swallows calls unless `reaches`. */
export function reachedWhile(store: SharedCapacity, reaches: () => boolean): SharedCapacity {
  const reach = <Answer>(call: () => Promise<Answer>): Promise<Answer> => (reaches() ? call() : new Promise(() => {}));
  return {
    lease: (node, asks) => reach(() => store.lease(node, asks)),
    leave: (node) => reach(() => store.leave(node)),
    take: (takes) => reach(() => store.take(takes)),
    correct: (takes) => reach(() => store.correct(takes)),
  };
}
