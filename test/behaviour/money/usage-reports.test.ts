/** Usage that happened elsewhere is reported over the REST API, and asked for as totals and rows. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { type GatewayUnderTest, startGateway } from "../../harness/gateway.ts";
import { control, setPrice } from "../../harness/money.ts";
import { rejectionOf } from "../../harness/rejection-of.ts";

setDefaultTimeout(30_000);

let gateway: GatewayUnderTest;
beforeAll(async () => {
  gateway = await startGateway({});
  await setPrice(gateway, "elsewhere", { input: "1", output: "2" });
});
afterAll(() => gateway[Symbol.asyncDispose]());

const report = (event_id: string, changes: object = {}) => ({
  event_id,
  direction: "consume",
  provider: "peer",
  model: "elsewhere",
  input_tokens: 1_000,
  output_tokens: 500,
  ...changes,
});

const tell = (event_id: string, changes: object = {}): Promise<unknown> =>
  control(gateway, "POST", "/usage", report(event_id, changes));
const refusalOf = (told: Promise<unknown>): Promise<string> => rejectionOf(told).then(String);

test("L4: an event that is reported twenty times at once stands in the books once", async () => {
  const answers = await Promise.all(Array.from({ length: 20 }, () => tell("event-0001")));
  expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
  expect(await refusalOf(tell("event-0001", { output_tokens: 1 }))).toContain("409");
  const totals = await control(gateway, "GET", "/usage/summary?provider=peer&group_by=model,direction");
  expect(totals).toMatchObject({
    data: [{ model: "elsewhere", direction: "consume", requests: 1, cost_usd: "0.002", unpriced_requests: 0 }],
  });
});

test("what is supplied and what is consumed are told apart, and a model without a price is visible", async () => {
  await tell("event-0002", { direction: "supply", model: "unknown" });
  const totals = await control(gateway, "GET", "/usage/summary?direction=supply&group_by=day,model");
  expect(totals).toMatchObject({
    data: [{ day: expect.stringMatching(/^\d{4}-\d\d-\d\d$/), model: "unknown", unpriced_requests: 1, cost_usd: "0" }],
  });
});

test("F110: absurd counts are refused by field", async () => {
  expect(await refusalOf(tell("event-0003", { input_tokens: 999_999_999 }))).toContain('"field":"input_tokens"');
});
