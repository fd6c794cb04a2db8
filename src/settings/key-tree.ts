import { pathOf } from "#settings/key-path.ts";

type Tree = Map<string, unknown>;

/** Values by dotted key as the nested object that config.yaml would hold. */
export function keyTree(values: Iterable<readonly [key: string, value: unknown]>): Record<string, unknown> {
  const root: Tree = new Map();
  for (const [key, value] of values) {
    const path = pathOf(key);
    let table = root;
    for (const name of path.slice(0, -1)) {
      const next = table.get(name);
      const inner: Tree = next instanceof Map ? next : new Map();
      table.set(name, inner);
      table = inner;
    }
    table.set(path.at(-1) ?? "", value);
  }
  return toObject(root);
}

function toObject(table: Tree): Record<string, unknown> {
  return Object.fromEntries([...table].map(([name, value]) => [name, value instanceof Map ? toObject(value) : value]));
}
