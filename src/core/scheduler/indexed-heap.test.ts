import { expect, test } from "bun:test";
import fc from "fast-check";
import { type HeapItem, IndexedHeap } from "#core/scheduler/indexed-heap.ts";

class Item implements HeapItem {
  heapIndex = -1;
  key: number;

  constructor(key: number) {
    this.key = key;
  }
}

const actions = fc.array(fc.tuple(fc.constantFrom("push", "remove", "update"), fc.nat(1_000), fc.nat(30)), {
  maxLength: 80,
});

test("the least is on top after any adding, removing and moving, and items know their places", () => {
  fc.assert(
    fc.property(actions, (taken) => {
      const heap = new IndexedHeap<Item>((one, other) => one.key < other.key);
      const items: Item[] = [];
      for (const [action, key, index] of taken) {
        const item = items[index % Math.max(1, items.length)];
        if (action === "push" || item === undefined) {
          const added = new Item(key);
          items.push(added);
          heap.push(added);
        } else if (action === "remove") {
          items.splice(items.indexOf(item), 1);
          heap.remove(item);
          expect(item.heapIndex).toBe(-1);
        } else {
          item.key = key;
          heap.update(item);
        }
        expect(heap.size).toBe(items.length);
        if (items.length > 0) expect(heap.peek()?.key).toBe(Math.min(...items.map((one) => one.key)));
        expect(new Set(items.map((one) => one.heapIndex)).size).toBe(items.length);
      }
    }),
    { numRuns: 300 },
  );
});
