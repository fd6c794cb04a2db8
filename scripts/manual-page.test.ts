import { expect, test } from "bun:test";
import { manualPage } from "./manual-page.ts";

const child = { path: "tokligence x do", name: "do", description: "Do it: .5 of 'it', a\\b", children: [] };
const args = {
  who: { type: "positional", required: true, description: "Who" },
  more: { type: "positional", required: false, valueHint: "word...", description: "More" },
  "as-is": { type: "string", valueHint: "way...", default: "so", description: "How" },
} as const;
const verb = { path: "tokligence x", name: "x", description: "A group", args: {}, children: [{ ...child, args }] };
const page = manualPage([verb], "1.2.3");

test("the page has a section for every command that does something, with its arguments and flags", () => {
  expect(page).toContain(".SS tokligence x do WHO [MORE...]\n");
  expect(page).toContain('.TP\n.BI \\-\\-as\\-is " way"\nHow. May be repeated. so if left out.\n');
  expect(page).not.toContain("A group");
  expect(page).toContain('"tokligence 1.2.3"');
});

test("nothing in a description steers troff", () => {
  expect(page).toContain("Do it: .5 of \\(aqit\\(aq, a\\eb.\n");
  expect(manualPage([{ ...verb, children: [], description: ".so /etc/passwd" }], "1")).toContain(
    "\n\\&.so /etc/passwd.\n",
  );
});

test("every line of the source is short", () => {
  const long = { ...verb, children: [], description: "word ".repeat(100) };
  expect(
    Math.max(
      ...manualPage([long], "1")
        .split("\n")
        .map(({ length }) => length),
    ),
  ).toBeLessThanOrEqual(80);
});
