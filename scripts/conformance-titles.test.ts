import { expect, test } from "bun:test";
import { promisesIn } from "./conformance-titles.ts";

test("numbers are read from titles of tests, groups and rows of tables, however they are listed", () => {
  const source = `
test("pitfalls 7, 8 and 9: three", () => {});
describe("F34 of a group", () => { test(\`T-05 pitfall 12 pitfall 13: \${name}\`, async () => {}); });
test.each([["T-42 a row", [1]]])("%s", (_, list) => {});
test("it ends (F24, pitfall 62)", async () => {});
test("L9, L16: books, no L17, L0, HTML5 or XL2", async () => {});
test(
  "pitfall 46, 47: \\"two\\" 100 times",
  async () => {},
);
`;
  const found = promisesIn(source).map(({ promise }) => promise);
  expect(found.join()).toBe(
    "pitfall 7,pitfall 8,pitfall 9,F34,pitfall 12,pitfall 13,T-05,T-42,pitfall 62,F24,L9,L16,pitfall 46,pitfall 47",
  );
  expect(promisesIn(source).at(-1)?.title).toBe('pitfall 46, 47: "two" 100 times');
});

test("what is no title is not taken for one", () => {
  const source = 'const note = "pitfall 1"; // F34\nexpect(x).toBe("T-01");\nconst F35 = call("a", () => {});';
  expect(promisesIn(source)).toEqual([]);
});
