import { expect, test } from "bun:test";
import { chat } from "../harness/client.ts";
import { setPrice } from "../harness/money.ts";
import { sharedGateway } from "../harness/shared-gateway.ts";
import { completion, stream } from "../harness/upstream-script.ts";

const shared = sharedGateway();

test("F54 a provider that answers with another model than asked for: the row names both, and the price is of the one that answered", async () => {
  const { gateway, upstream } = shared;
  await setPrice(gateway, "test-model", { input: "1", output: "1" });
  await setPrice(gateway, "dear-model", { input: "10", output: "10" });
  const asksCost = { headers: { "x-tokligence-cost": "true" } };
  // Seven tokens in, three out.
  for (const [answered, dollars] of [
    ["test-model", "0.00001"],
    ["dear-model", "0.0001"],
    ["nobody-knows-this-one", "0.00001"],
  ] as const) {
    upstream.script(completion("Hello", answered), stream(["a", "b", "c"], answered));
    const whole = await chat(gateway, {}, asksCost);
    expect(await whole.json()).toMatchObject({ model: answered });
    expect([whole.headers.get("x-tokligence-model"), whole.headers.get("x-tokligence-cost-usd")]).toEqual([
      "test-model",
      dollars,
    ]);
    const streamed = await (await chat(gateway, { stream: true }, asksCost)).text();
    expect(streamed).toContain(`: x-tokligence-cost-usd=${dollars}\n`);
    const rows = (await gateway.logs()).slice(0, 2);
    expect(rows).toMatchObject(
      [1, 2].map(() => ({ requested_model: "test-model", model: "test-model", response_model: answered })),
    );
  }
});
