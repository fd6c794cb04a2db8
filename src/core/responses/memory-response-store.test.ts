import { expect, test } from "bun:test";
import { VirtualClock } from "#core/effects/virtual-clock.ts";
import { MemoryResponseStore } from "#core/responses/memory-response-store.ts";

const limits = { mostResponses: 3, mostBytes: 10_000, timeToLiveMs: 1000 };
const stored = (text: string) => ({ response: { id: "resp_1", output: [] }, input: [text] });

test("a response is found by its tenant alone, until it is deleted", async () => {
  const store = new MemoryResponseStore(limits, new VirtualClock());
  await store.keep("a", "resp_1", stored("x"));
  expect(await store.find("a", "resp_1")).toEqual(stored("x"));
  expect(await store.find("b", "resp_1")).toBeUndefined();
  expect(await store.delete("b", "resp_1")).toBe(false);
  expect(await store.delete("a", "resp_1")).toBe(true);
  expect(await store.delete("a", "resp_1")).toBe(false);
  expect(await store.find("a", "resp_1")).toBeUndefined();
});

test("tenants and ids cannot be read as one another", async () => {
  const store = new MemoryResponseStore(limits, new VirtualClock());
  await store.keep('a","b', "c", stored("x"));
  expect(await store.find("a", 'b","c')).toBeUndefined();
});

test("what is kept cannot be changed from outside", async () => {
  const store = new MemoryResponseStore(limits, new VirtualClock());
  const input = ["x"];
  await store.keep("a", "resp_1", { response: {}, input });
  input.push("y");
  expect((await store.find("a", "resp_1"))?.input).toEqual(["x"]);
});

test("a response is forgotten after its time, which begins anew when it is kept again", async () => {
  const clock = new VirtualClock();
  const store = new MemoryResponseStore(limits, clock);
  await store.keep("a", "old", stored("x"));
  await store.keep("a", "again", stored("x"));
  clock.advance(600);
  await store.keep("a", "again", stored("y"));
  clock.advance(600);
  expect(await store.find("a", "old")).toBeUndefined();
  expect(await store.find("a", "again")).toEqual(stored("y"));
});

test("the oldest go when there are too many, or they are too large together", async () => {
  const store = new MemoryResponseStore(limits, new VirtualClock());
  for (const id of ["1", "2", "3", "4"]) await store.keep("a", id, stored("x"));
  expect(await store.find("a", "1")).toBeUndefined();
  expect(await store.find("a", "2")).toBeDefined();
  await store.keep("a", "large", stored("x".repeat(4900)));
  expect(await store.find("a", "4")).toBeUndefined();
  expect(await store.find("a", "large")).toBeDefined();
  await store.keep("a", "huge", stored("x".repeat(6000)));
  expect(await store.find("a", "huge")).toBeUndefined();
  expect(await store.find("a", "large")).toBeDefined();
});

test("a store without time, room or places says that it keeps nothing, and keeps nothing", async () => {
  expect(new MemoryResponseStore(limits, new VirtualClock()).keepsAny).toBe(true);
  for (const limit of Object.keys(limits)) {
    const store = new MemoryResponseStore({ ...limits, [limit]: 0 }, new VirtualClock());
    expect(store.keepsAny).toBe(false);
    await store.keep("a", "resp_1", stored("x"));
    expect(await store.find("a", "resp_1")).toBeUndefined();
  }
});
