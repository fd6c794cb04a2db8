import { expect, test } from "bun:test";
import { testDoors } from "#http/test-doors.ts";

const key = { headers: { authorization: "Bearer caller" } };

test("models are listed as OpenAI lists them, whatever the query says", async () => {
  const response = await testDoors().send("/v1/models?limit=1", key);
  expect(await response.json()).toEqual({
    object: "list",
    data: [
      { id: "gpt-x", object: "model", created: 0, owned_by: "acme" },
      { id: "org/deep/model", object: "model", created: 0, owned_by: "acme" },
    ],
  });
});

test.each([
  ["gpt-x", "acme"],
  ["org/deep/model", "acme"],
  ["org%2Fdeep%2Fmodel", "acme"],
  ["only/by/pattern", "tokligence"],
])("%s is found", async (id, owner) => {
  const response = await testDoors().send(`/v1/models/${id}`, key);
  expect(response.status).toBe(200);
  expect(await response.json()).toMatchObject({ id: decodeURIComponent(id), owned_by: owner });
});

test.each(["unknown", "%zz"])("%s is no model", async (id) => {
  const response = await testDoors().send(`/v1/models/${id}`, key);
  expect(response.status).toBe(404);
  expect(await response.json()).toMatchObject({ error: { code: "model_not_found" } });
});
