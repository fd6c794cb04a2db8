import { expect, test } from "bun:test";
import { GatewayError } from "#core/errors.ts";
import { listInputItems } from "#core/responses/input-item-list.ts";

const stored = {
  response: { id: "resp_x" },
  input: [
    { role: "user", content: "a" },
    { type: "function_call", id: "fc_own", call_id: "c", name: "f", arguments: "{}" },
    { type: "function_call_output", call_id: "c", output: "d" },
  ],
};

test("items are listed the last first, each with an id that stays, messages in their full form", () => {
  const list = listInputItems(stored, {});
  expect(list).toMatchObject({ object: "list", first_id: "fco_x_in_2", last_id: "msg_x_in_0", has_more: false });
  expect(list.data).toEqual([
    { type: "function_call_output", call_id: "c", output: "d", id: "fco_x_in_2" },
    { type: "function_call", id: "fc_own", call_id: "c", name: "f", arguments: "{}" },
    {
      type: "message",
      role: "user",
      status: "completed",
      id: "msg_x_in_0",
      content: [{ type: "input_text", text: "a" }],
    },
  ]);
  expect(listInputItems({ response: {}, input: [] }, {})).toMatchObject({ data: [], first_id: null, last_id: null });
});

test("pages follow one another in either order", () => {
  const ids = (query: object) => {
    const { data, has_more: more } = listInputItems(stored, query);
    return [...data.map(({ id }) => id), more];
  };
  expect(ids({ order: "asc", limit: "2" })).toEqual(["msg_x_in_0", "fc_own", true]);
  expect(ids({ order: "asc", limit: "2", after: "fc_own" })).toEqual(["fco_x_in_2", false]);
  expect(ids({ limit: "1", after: "fco_x_in_2" })).toEqual(["fc_own", true]);
});

test("names the parameter that it refuses", () => {
  for (const [field, query] of Object.entries({
    order: { order: "up" },
    limit: { limit: "101" },
    after: { after: "nobody" },
  })) {
    try {
      listInputItems(stored, query);
      throw new Error("accepted");
    } catch (thrown) {
      expect(thrown instanceof GatewayError && thrown.details["field"]).toBe(field);
    }
  }
});
