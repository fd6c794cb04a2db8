/** The rules of the house, read from the source text. AGENTS.md says them in words. */
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { resolve } from "node:path";
import { fileReferences, packageReferences, reachable } from "./tidy/references.ts";
import { mayImport, mayName } from "./tidy/rooms.ts";
import { readSources, type SourceFile, trackedFiles } from "./tidy/sources.ts";
import { undocumentedExports } from "./tidy/exports.ts";

const everything = readSources("src", "test", "scripts");
const shipped = everything.filter((file) => !file.isTest);
const tracked = trackedFiles();

/** Doubles and samples: shared by tests of several rooms, not shipped. */
const testSupport: readonly string[] = [
  "src/core/audit/sample-trail.ts",
  "src/core/effects/pure-digest.ts",
  "src/core/effects/recording-log.ts",
  "src/core/effects/recording-meter.ts",
  "src/core/effects/sequence-random.ts",
  "src/core/effects/virtual-clock.ts",
  "src/core/ledger/fake-books.ts",
  "src/core/budgets/no-budgets.ts",
  "src/core/ledger/sample-entry.ts",
  "src/core/ledger/sample-settlement.ts",
  "src/core/routing/stub-provider.ts",
  "src/core/test-gateway.ts",
  "src/http/plain-codec.ts",
  "src/http/test-doors.ts",
  "src/integrations/stores/sqlite/in-thread.ts",
  "src/integrations/telemetry/exposition-parser.ts",
];

/** Proven here, and part of the program once there is a store that several nodes share. */
const awaitingSharedStores: readonly string[] = [
  "src/core/sharing/leased-capacity.ts",
  "src/core/sharing/memory-shared-capacity.ts",
  "src/core/sharing/node-demand.ts",
  "src/core/sharing/shared-capacity.ts",
  "src/core/sharing/shared-resource.ts",
];

/** `path:line: text` of each line that matches. */
function matches(files: readonly SourceFile[], part: "text" | "code" | "words", pattern: RegExp): string[] {
  return files.flatMap((file) =>
    file[part]
      .split("\n")
      .flatMap((line, index) => (pattern.test(line) ? [`${file.path}:${index + 1}: ${line.trim()}`] : [])),
  );
}

describe("who may import whom", () => {
  test("the arrows between rooms hold, whatever way the import is written", () => {
    const wrong = shipped.flatMap((file) =>
      fileReferences(file).flatMap((to) => (mayName(file.path, to) ? [] : [`${file.path} -> ${to}`])),
    );
    expect(wrong).toEqual([]);
  });

  test("each package stays in its room, and core has zod alone", () => {
    const wrong = shipped.flatMap((file) =>
      packageReferences(file).flatMap((name) => (mayImport(file.path, name) ? [] : [`${file.path} -> ${name}`])),
    );
    expect(wrong).toEqual([]);
  });

  test("core has no runtime, clock, randomness, network or console of its own", () => {
    const core = shipped.filter((file) => file.path.startsWith("src/core/") && !testSupport.includes(file.path));
    const banned =
      /(?<![.\w$#?])(Bun|process|Buffer|console|crypto|fetch|performance|setTimeout|setInterval|setImmediate|queueMicrotask|require)(?=[.(])|\bDate\.now\b|\bnew Date\(\)|\bMath\.random\b/;
    expect(matches(core, "words", banned)).toEqual([]);
  });

  test("every file of src is part of the program, test support apart", () => {
    const scripts = everything.filter((file) => /^scripts\/[^.]+\.ts$/.test(file.path)).map((file) => file.path);
    const used = reachable(["src/main.ts", ...scripts], everything);
    const unused = shipped.filter((file) => !used.has(file.path) && !file.name.endsWith(".d.ts"));
    expect(unused.map((file) => file.path)).toEqual([...testSupport, ...awaitingSharedStores].toSorted());
  });
});

describe("names and sizes", () => {
  test("files are kebab-case and never called by an empty word", () => {
    const empty = /^(utils?|helpers?|common|misc|manager|service|index)\b/;
    const wrong = everything.filter(
      (f) => !/^[a-z0-9]+(-[a-z0-9]+)*(\.test|\.test-data|\.d)?\.tsx?$/.test(f.name) || empty.test(f.name),
    );
    expect(wrong.map((file) => file.path)).toEqual([]);
  });

  test("no file is longer than 300 lines, wire schemas apart", () => {
    const long = everything.filter((file) => file.lines > 300 && !/^src\/core\/wire\/.*\/schema\.ts$/.test(file.path));
    expect(long.map((file) => `${file.path}: ${file.lines}`)).toEqual([]);
  });

  test("half of the source files have at most 120 lines", () => {
    const sizes = shipped.map((file) => file.lines).toSorted((a, b) => a - b);
    expect(sizes[Math.floor(sizes.length / 2)]).toBeLessThanOrEqual(120);
  });
});

describe("what the code does not hold", () => {
  test("no any, no non-null assertion", () => {
    // Written as text, so that this file does not find itself.
    const any = "\\bas any\\b|[:<|&(,]\\s*any\\b(?!\\s*[:(.])";
    const nonNull = "[\\w)\\]]!(?=[.;,)\\]}[]|$)";
    expect(matches(everything, "words", new RegExp(`${any}|${nonNull}`))).toEqual([]);
  });

  test("no test is skipped, left open or run alone", () => {
    expect(
      matches(
        everything,
        "words",
        /\b(test|it|describe)\.(skip|todo|only|skipIf|todoIf|failing)\b|\bx(it|test|describe)\(/,
      ),
    ).toEqual([]);
  });

  test("nothing is left for later", () => {
    const marker = new RegExp(
      `\\b(${["TO" + "DO", "FIX" + "ME", "X" + "XX", "HA" + "CK", "PLACE" + "HOLDER"].join("|")})\\b`,
    );
    expect(matches(everything, "text", marker)).toEqual([]);
  });

  test("no file knows the machine it was written on, or a package registry", () => {
    const strange = [`${resolve(".")}/`, `${homedir()}/`, '"resolved"'];
    const text = tracked.filter((path) => !/\.(png|ico|gz|db)$/.test(path) && path !== "test/tidy.test.ts");
    const wrong = text.flatMap((path) => {
      const content = readFileSync(path, "utf8");
      return strange.filter((word) => content.includes(word)).map((word) => `${path}: ${word}`);
    });
    expect(wrong).toEqual([]);
  });
});

describe("what is written down", () => {
  test("every exported name of src has a sentence that says what it promises", () => {
    expect(shipped.flatMap(undocumentedExports)).toEqual([]);
  });

  test("AGENTS.md has a line for every room", () => {
    const map = readFileSync("AGENTS.md", "utf8");
    const rooms = new Set(shipped.map((file) => file.path.slice(4, file.path.lastIndexOf("/") + 1)).filter(Boolean));
    expect([...rooms].filter((room) => !map.includes(`\n${room} `))).toEqual([]);
  });

  test("README.md begins with the two commands", () => {
    const firstScreen = readFileSync("README.md", "utf8").split("\n").slice(0, 40).join("\n");
    expect(firstScreen).toContain("make serve");
    expect(firstScreen).toContain("make test");
  });

  test("docs/dependencies.md has a line for every dependency and for nothing else", () => {
    const project = JSON.parse(readFileSync("package.json", "utf8"));
    const rows = [...readFileSync("docs/dependencies.md", "utf8").matchAll(/^\| `([^`]+)` /gm)].map((row) => row[1]);
    expect(rows.toSorted()).toEqual(Object.keys({ ...project.dependencies, ...project.devDependencies }).toSorted());
  });
});
