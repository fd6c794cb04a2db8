import { expect, test } from "bun:test";
import { GatewayError } from "#core/errors.ts";
import { sharePort } from "#platform/reuse-port.ts";

test("a port that this process does not listen at cannot be shared by it", () => {
  expect(() => sharePort(1)).toThrow(GatewayError);
});
