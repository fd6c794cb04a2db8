import { expect, test } from "bun:test";
import { didYouMean, nearest } from "#settings/nearest.ts";

test("the candidate with the fewest slips is offered", () => {
  const names = ["gateway.port", "gateway.host", "database.port"];
  expect(nearest("gateway.prot", names)).toBe("gateway.port");
  expect(nearest("gatway.host", names)).toBe("gateway.host");
  expect(didYouMean("gateway.pord", names)).toBe('; did you mean "gateway.port"?');
});

test("nothing is offered when nothing is close", () => {
  expect(nearest("zzz", ["gateway.port"])).toBeUndefined();
  expect(didYouMean("zzz", [])).toBe("");
});
