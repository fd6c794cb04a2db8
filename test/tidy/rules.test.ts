import { expect, test } from "bun:test";
import { blankComments, blankStrings } from "./code-text.ts";
import { undocumentedExports } from "./exports.ts";
import { fileReferences, packageReferences, reachable } from "./references.ts";
import { mayImport, mayName } from "./rooms.ts";
import type { SourceFile } from "./sources.ts";

function source(path: string, text: string): SourceFile {
  const code = blankComments(text);
  return { path, name: path, text, code, words: blankStrings(code), lines: 1, isTest: false };
}

test("a wrong arrow is caught in every way of writing it", () => {
  const ways = [
    'import { a } from "#http/a.ts";',
    'import type { A } from "#http/a.ts";',
    'export * from "../http/a.ts";',
    'await import("#http/a.ts");',
    'new Worker(new URL("../http/a.ts", import.meta.url));',
  ];
  for (const way of ways) {
    const [to = ""] = fileReferences(source("src/core/x.ts", way));
    expect([way, to, mayName("src/core/x.ts", to)]).toEqual([way, "src/http/a.ts", false]);
  }
});

test.each([
  ["src/http/a.ts", "src/settings/b.ts"],
  ["src/cli/a.ts", "src/integrations/b.ts"],
  ["src/main.ts", "src/configurations/b.ts"],
  ["src/integrations/stores/sqlite/a.ts", "src/integrations/stores/memory/b.ts"],
  ["src/integrations/telemetry/a.ts", "src/integrations/providers/b.ts"],
  ["src/core/a.ts", "test/harness/b.ts"],
  ["src/core/chat/a.ts", "src/core/wire/b.ts"],
  ["src/core/wire/a.ts", "src/core/translation/b.ts"],
])("%s may not name %s", (from, to) => {
  expect(mayName(from, to)).toBe(false);
});

test.each([
  ["src/main.ts", "src/cli/b.ts"],
  ["src/configurations/a.ts", "src/http/b.ts"],
  ["src/integrations/stores/sqlite/a.ts", "src/integrations/stores/migrations.ts"],
  ["src/settings/a.ts", "profiles/team.yaml"],
])("%s may name %s", (from, to) => {
  expect(mayName(from, to)).toBe(true);
});

test("packages are known by their own name and kept in their room", () => {
  const names = packageReferences(source("src/x.ts", 'import { a } from "hono/streaming";\nimport "@clack/prompts";'));
  expect(names).toEqual(["hono", "@clack/prompts"]);
  expect([mayImport("src/http/a.ts", "hono"), mayImport("src/cli/a.ts", "hono")]).toEqual([true, false]);
  expect([mayImport("src/core/a.ts", "zod"), mayImport("src/core/a.ts", "node:fs")]).toEqual([true, false]);
});

test("comments name no files and the insides of strings are no code", () => {
  const file = source("src/x.ts", '// import "#a/b.ts"\nconst a = "Date.now()"; /* fetch( */ call(`x ${b} y`);');
  expect(fileReferences(file)).toEqual([]);
  expect(file.words).not.toMatch(/Date|fetch|x/);
  expect(file.words).toContain("${b}");
});

test("what nothing leads to is not reached", () => {
  const files = [
    source("src/a.ts", 'import "./b.ts";'),
    source("src/b.ts", ""),
    source("src/c.ts", 'import "./a.ts";'),
  ];
  expect([...reachable(["src/a.ts"], files)]).toEqual(["src/a.ts", "src/b.ts"]);
});

test("an exported name without its sentence is found, overloads and derived types apart", () => {
  const text = "/** Yes. */\nexport const a = 1;\nexport interface B {}\nexport type C = z.infer<typeof c>;";
  expect(undocumentedExports(source("src/x.ts", text))).toEqual(["src/x.ts: B"]);
});
