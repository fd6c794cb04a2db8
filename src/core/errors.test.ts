import { expect, test } from "bun:test";
import { GatewayError, toGatewayError, type UpstreamAnswer } from "#core/errors.ts";

const refused = (status: number): UpstreamAnswer => ({
  status,
  contentType: "application/json",
  body: new Uint8Array(),
  family: "openai",
});

test("a provider's refusal of the request keeps its own status, every other error has the table's", () => {
  expect(new GatewayError("upstream_rejected", "no", { upstream: refused(422) }).status).toBe(422);
  expect(new GatewayError("upstream_auth", "no", { upstream: refused(401) }).status).toBe(502);
  expect(new GatewayError("upstream_rejected", "no").status).toBe(400);
});

test("what is not ours becomes internal, with the original as its cause and nothing of it in the message", () => {
  const thrown = new TypeError("secret detail");
  const error = toGatewayError(thrown);
  expect([error.code, error.message, error.cause]).toEqual(["internal", "Internal error.", thrown]);
  expect(toGatewayError(error)).toBe(error);
});
