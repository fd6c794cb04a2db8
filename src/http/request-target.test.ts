import { expect, test } from "bun:test";
import { requestTarget } from "#http/request-target.ts";

test.each([
  ["http://h:1/a/b?c=d?e", "/a/b", "c=d?e"],
  ["https://h/", "/", ""],
  ["http://h/a%2fb", "/a%2fb", ""],
  ["http://h//a", "//a", ""],
  ["/bare?x", "/bare", "x"],
  ["a:443", "", ""],
  ["http://h", "", ""],
])("%s has the path %p and the query %p", (url, path, query) => {
  expect(requestTarget(url)).toEqual({ path, query });
});
