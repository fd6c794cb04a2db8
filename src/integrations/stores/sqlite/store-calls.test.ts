import { expect, test } from "bun:test";
import { storeOf } from "#integrations/stores/sqlite/store-calls.ts";

interface Shelf {
  readonly take: (name: string, count: number) => Promise<string>;
}

const asked = (): Shelf => storeOf<Shelf>(async (method, args) => [method, ...args].join(" "));

test("a use case is asked under its own name, with its arguments", async () => {
  expect(await asked().take("books", 2)).toBe("take books 2");
});

test("a store that is awaited, or answered by an async function, is that store and asks for nothing", async () => {
  const store = await (async () => asked())();
  expect(await store.take("money", 1)).toBe("take money 1");
});
