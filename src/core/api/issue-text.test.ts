import { expect, test } from "bun:test";
import { z } from "zod";
import { issueText } from "#core/api/issue-text.ts";

const schema = z.strictObject({ code: z.string().regex(/^\d{6}$/, "is six digits"), mode: z.enum(["a", "b"]) });
const textOf = (input: unknown): string => issueText(schema.safeParse(input).error?.issues[0]);

test("what is wrong with a field is said in words that go on after its name", () => {
  expect(textOf({ mode: "a" })).toBe("is missing");
  expect(textOf({ code: "123456", mode: "a", more: 1 })).toBe("is no field here");
  expect(textOf({ code: "12", mode: "a" })).toBe("is six digits");
  expect(textOf({ code: "123456", mode: "c" })).toStartWith("is not valid: ");
  expect(issueText(undefined)).toBe("cannot be read");
});
