import { expect, test } from "bun:test";
import { knownProvider } from "#integrations/imports/known-provider.ts";

test("an account in a cloud is not taken over, and the reason says how it is set up here", () => {
  expect(knownProvider({ vendor: "bedrock" })).toContain("variant = bedrock");
  expect(knownProvider({ vendor: "vertex_ai", baseUrl: "https://example.com" })).toContain("variant = vertex");
  expect(knownProvider({ vendor: "sagemaker" })).toBe("there is no provider like sagemaker here");
});
