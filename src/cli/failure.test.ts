import { expect, test } from "bun:test";
import { describeFailure } from "#cli/failure.ts";
import { GatewayError } from "#core/errors.ts";

test("a failure is one line and the exit code of its code", () => {
  for (const [code, exitCode] of [
    ["usage", 2],
    ["not_found", 1],
    ["unavailable", 69],
    ["storage_failed", 75],
    ["config_invalid", 78],
  ] as const) {
    expect(describeFailure(new GatewayError(code, "Reason."), false)).toEqual({
      text: "tokligence: Reason.",
      exitCode,
    });
  }
});

test("an unexpected failure shows its message, its stack only when debugging", () => {
  const cause = new TypeError("inner\nsecond line");
  expect(describeFailure(cause, false)).toEqual({ text: "tokligence: internal error: inner", exitCode: 1 });
  const told = describeFailure(new GatewayError("unavailable", "Outer.", { cause }), true).text;
  expect(told).toContain("failure.test.ts");
  expect(told).toContain("inner");
  expect(describeFailure("thrown text", false).text).toBe("tokligence: internal error: thrown text");
});
