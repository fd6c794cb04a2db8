import { expect, test } from "bun:test";
import { type ErrorCode, GatewayError } from "#core/errors.ts";
import { holdEndOf } from "#core/ledger/hold-end.ts";

function endOf(code: ErrorCode, attempts: number) {
  return holdEndOf({ tokens: undefined, attempts, operation: "chat", error: new GatewayError(code, "no") });
}

test("whoever is turned away before anybody was asked has taken nothing, whatever turned it away", () => {
  for (const code of ["rate_limited", "predicted_wait", "context_length_exceeded", "deadline_exceeded"] as const) {
    expect([code, endOf(code, 0)]).toEqual([code, { tokens: 0, refused: true }]);
  }
});

test("a provider that failed has cost its caller no tokens", () => {
  expect(endOf("upstream_error", 1)).toEqual({ tokens: 0, refused: false });
});

test("who leaves, or whose own deadline ends, after somebody was asked has taken what was expected", () => {
  for (const code of ["client_closed", "deadline_exceeded"] as const) {
    expect([code, endOf(code, 1)]).toEqual([code, { tokens: undefined, refused: false }]);
  }
});
