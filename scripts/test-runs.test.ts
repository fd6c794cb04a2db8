import { expect, test } from "bun:test";
import { namedRuns, planRuns, sourceRuns } from "./test-runs.ts";

const files = [
  "scripts/a.test.ts",
  "src/core/b.test.ts",
  "test/behaviour/c.test.ts",
  "test/binary/d.test.ts",
  "test/client-programs/agent.test.ts",
  "test/client-programs/snake.test.ts",
  "test/faults/books/killed.test.ts",
  "test/faults/deep/e.test.ts",
  "test/recorded/f.test.ts",
  "test/release/archives.test.ts",
  "test/release/wheel.test.ts",
  "test/tidy.test.ts",
];
const runs = planRuns(files, "dist/program");

test("every test file runs, those of src and scripts together", () => {
  expect(new Set(runs.flatMap((run) => run.files))).toEqual(new Set(files.map((file) => `./${file}`)));
  expect(runs.map((run) => run.name)).toEqual([
    "unit",
    "behaviour",
    "behaviour-compiled",
    "binary",
    "client-programs.agent",
    "client-programs.snake",
    "faults.books",
    "faults",
    "faults-compiled",
    "recorded",
    "release.archives",
    "release.wheel",
    "house",
  ]);
});

test("what source and executable both promise runs against each of them", () => {
  const [source, compiled] = runs.filter((run) => run.name.startsWith("behaviour"));
  expect(source).toMatchObject({ needsExecutable: false, environment: {} });
  expect(compiled).toMatchObject({ needsExecutable: true, environment: { TOKLIGENCE_BINARY: "dist/program" } });
  expect(compiled?.files).toEqual(source?.files ?? []);
});

test("every promise is tested once, of the executable where it makes it; or of the sources alone", () => {
  expect(namedRuns(runs, []).map((run) => run.name)).toEqual([
    "unit",
    "behaviour-compiled",
    "binary",
    "faults.books",
    "faults-compiled",
    "house",
  ]);
  expect(sourceRuns(runs, []).map((run) => run.name)).toEqual(["unit", "behaviour", "faults", "house"]);
  expect(sourceRuns(runs, ["behaviour"]).map((run) => run.name)).toEqual(["behaviour"]);
});

test("what needs more than the project holds runs only when it is named", () => {
  const names = namedRuns(runs, []).map((run) => run.name);
  expect(names.filter((name) => /^(recorded|client-programs|release)/.test(name))).toEqual([]);
  expect(namedRuns(runs, ["client-programs", "unit"]).map((run) => run.name)).toEqual([
    "unit",
    "client-programs.agent",
    "client-programs.snake",
  ]);
  expect(runs.filter((run) => run.isAlone)).toEqual(namedRuns(runs, ["client-programs"]));
  expect(namedRuns(runs, ["client-programs.snake"])).toMatchObject([
    { files: ["./test/client-programs/snake.test.ts"], environment: { TOKLIGENCE_BINARY: "dist/program" } },
  ]);
  expect(namedRuns(runs, ["release"])).toMatchObject([
    { files: ["./test/release/archives.test.ts"], needsExecutable: false, environment: {} },
    { files: ["./test/release/wheel.test.ts"] },
  ]);
});
