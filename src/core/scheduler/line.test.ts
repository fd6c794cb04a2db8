import { expect, test } from "bun:test";
import fc from "fast-check";
import { Line, LineNode } from "#core/scheduler/line.ts";

const moves = fc.array(fc.tuple(fc.boolean(), fc.nat(20)), { maxLength: 60 });

test("S8 a line is in order of its keys, equal ones in order of coming, whoever leaves", () => {
  fc.assert(
    fc.property(moves, (taken) => {
      const line = new Line<number>();
      let nodes: LineNode<number>[] = [];
      for (const [index, [joins, number]] of taken.entries()) {
        const leaver = nodes[number % Math.max(1, nodes.length)];
        if (joins || leaver === undefined) {
          const node = new LineNode(index, number);
          line.join(node);
          nodes = [...nodes, node].toSorted((one, other) => one.key - other.key || one.value - other.value);
        } else {
          line.leave(leaver);
          nodes = nodes.filter((node) => node !== leaver);
        }
        expect([...line]).toEqual(nodes.map(({ value }) => value));
        expect([line.first, line.last, line.size]).toEqual([nodes[0]?.value, nodes.at(-1)?.value, nodes.length]);
      }
    }),
    { numRuns: 300 },
  );
});
