import { expect, test } from "bun:test";
import { VirtualClock } from "#core/effects/virtual-clock.ts";
import { withReferencedItems } from "#core/responses/item-reference.ts";
import { MemoryResponseStore } from "#core/responses/memory-response-store.ts";
import { decodeJsonBody } from "#core/wire/json-body.ts";

class CountingStore extends MemoryResponseStore {
  reads = 0;

  override async find(tenant: string, id: string): ReturnType<MemoryResponseStore["find"]> {
    this.reads += 1;
    return super.find(tenant, id);
  }
}

async function storeOf(...ids: readonly string[]): Promise<CountingStore> {
  const store = new CountingStore({ mostResponses: 9, mostBytes: 1e6, timeToLiveMs: 1e6 }, new VirtualClock());
  const output = ids.map((id) => ({ type: "message", id, role: "assistant", content: id }));
  await store.keep("t", "resp_1", { input: [], response: { id: "resp_1", output } });
  return store;
}

const refer = (id: string) => ({ type: "item_reference", id });
const bodyOf = (input: readonly unknown[]) => decodeJsonBody(new TextEncoder().encode(JSON.stringify({ input })));
const said = (id: string) => ({ type: "message", role: "assistant", content: id });

test("items that are only referred to stand in their place, and their response is read once for all of them", async () => {
  const store = await storeOf("msg_1_0", "msg_1_1");
  const own = { role: "user", content: "And?" };
  const body = bodyOf([refer("msg_1_1"), own, refer("msg_1_0"), refer("msg_theirs")]);
  const { value } = await withReferencedItems(body, "t", store);
  expect(value).toEqual({ input: [said("msg_1_1"), own, said("msg_1_0"), refer("msg_theirs")] });
  expect(store.reads).toBe(1);
});

test("nothing is found of another tenant's, and then the body is the very same", async () => {
  const store = await storeOf("msg_1_0");
  const body = bodyOf([refer("msg_1_0")]);
  expect(await withReferencedItems(body, "other", store)).toBe(body);
});

test("an item is not put in twice: a small request cannot grow without bounds", async () => {
  const store = await storeOf("msg_1_0");
  const twice = bodyOf([refer("msg_1_0"), refer("msg_1_0")]);
  await expect(withReferencedItems(twice, "t", store)).rejects.toMatchObject({
    code: "invalid_request",
    details: { field: "input[1].id" },
  });
});
