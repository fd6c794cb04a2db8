import { expect, test } from "bun:test";
import { BaseUrl } from "#integrations/providers/base-url.ts";

test.each(["/models/../files", "/models/a/./b", "/..", "/model/../invoke"])(
  "a model's name in %s that leads elsewhere on the provider's host is refused",
  (path) => {
    const refused = expect.objectContaining({ code: "invalid_request", details: { field: "model" } });
    expect(() => new BaseUrl("https://a.example/v1").at(path)).toThrow(refused);
  },
);

test("dots inside a name are part of it", () => {
  const base = new BaseUrl("https://a.example/v1/");
  expect(base.at("/models/..:generate")).toBe("https://a.example/v1/models/..:generate");
  expect(base.at("/models/gpt-4.1", { key: "a b" })).toBe("https://a.example/v1/models/gpt-4.1?key=a+b");
});
