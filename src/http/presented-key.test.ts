import { expect, test } from "bun:test";
import { presentedKey } from "#http/presented-key.ts";

const all = {
  "x-api-key": "one",
  authorization: "Bearer two",
  "x-goog-api-key": "three",
};

test("the key is taken from the first place that has one", () => {
  const headers = new Headers(all);
  expect(presentedKey(headers, "key=four")).toBe("one");
  headers.delete("x-api-key");
  expect(presentedKey(headers, "key=four")).toBe("two");
  headers.delete("authorization");
  expect(presentedKey(headers, "key=four")).toBe("three");
  headers.delete("x-goog-api-key");
  expect(presentedKey(headers, "a=1&key=fo%75r")).toBe("four");
  expect(presentedKey(headers, "monkey=4")).toBeUndefined();
  expect(presentedKey(headers, "")).toBeUndefined();
});

test.each([
  ["bearer  two ", "two"],
  ["BEARER two", "two"],
  ["Basic dHdv", undefined],
  ["Bearer", undefined],
  ["two", undefined],
])("authorization %p shows %p", (authorization, key) => {
  expect(presentedKey(new Headers({ authorization }), "")).toBe(key);
});
