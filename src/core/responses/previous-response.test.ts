import { expect, test } from "bun:test";
import { VirtualClock } from "#core/effects/virtual-clock.ts";
import { GatewayError } from "#core/errors.ts";
import { MemoryResponseStore } from "#core/responses/memory-response-store.ts";
import { inputItems, withPreviousResponse } from "#core/responses/previous-response.ts";
import { decodeJsonBody } from "#core/wire/json-body.ts";

const bodyOf = (fields: object) => decodeJsonBody(new TextEncoder().encode(JSON.stringify({ model: "m", ...fields })));
const newStore = () =>
  new MemoryResponseStore({ mostResponses: 9, mostBytes: 1e6, timeToLiveMs: 1e6 }, new VirtualClock());

test("a request goes on from a response: what was asked and answered stands before its own input, without ids", async () => {
  const store = newStore();
  const call = { type: "function_call", call_id: "c1", name: "f", arguments: "{}", status: "completed" };
  await store.keep("t", "resp_1", {
    input: inputItems("first"),
    response: {
      id: "resp_1",
      output: [
        { type: "reasoning", id: "rs_1", summary: [], encrypted_content: "E", status: "completed" },
        { type: "reasoning", id: "rs_2", summary: [{ type: "summary_text", text: "kept by the provider" }] },
        { ...call, id: "fc_1" },
        { type: "web_search_call", id: "ws_1" },
      ],
    },
  });
  const output = { type: "function_call_output", call_id: "c1", output: "x" };
  const { body, provider } = await withPreviousResponse(
    bodyOf({ previous_response_id: "resp_1", input: [output], instructions: "new", store: true }),
    "t",
    store,
  );
  expect(body.value).toEqual({
    model: "m",
    instructions: "new",
    store: true,
    input: [
      { type: "message", role: "user", content: [{ type: "input_text", text: "first" }] },
      { type: "reasoning", summary: [], encrypted_content: "E" },
      call,
      { type: "web_search_call", id: "ws_1" },
      output,
    ],
  });
  expect(JSON.parse(new TextDecoder().decode(body.bytes))).toEqual(body.value);
  expect(provider).toBeUndefined();
});

test("a request that names no response is the same body", async () => {
  const body = bodyOf({ input: "x", previous_response_id: null });
  expect((await withPreviousResponse(body, "t", newStore())).body).toBe(body);
});

test("pitfall 30: a response that is not kept, or is another tenant's, is refused in OpenAI's words", async () => {
  const store = newStore();
  await store.keep("other", "resp_1", { input: [], response: {} });
  const refused = await withPreviousResponse(bodyOf({ previous_response_id: "resp_1" }), "t", store).catch(
    (thrown: unknown) => thrown,
  );
  expect(refused).toBeInstanceOf(GatewayError);
  expect(refused).toMatchObject({
    code: "previous_response_not_found",
    message: "Previous response with id 'resp_1' not found.",
    details: { field: "previous_response_id" },
  });
});

test("a response that its provider has stored too is gone on from with the provider's name", async () => {
  const store = newStore();
  await store.keep("t", "resp_1", { input: [], response: {}, provider: "openai" });
  const whole = await withPreviousResponse(bodyOf({ previous_response_id: "resp_1", input: "x" }), "t", store);
  expect(whole.provider).toBe("openai");
});
