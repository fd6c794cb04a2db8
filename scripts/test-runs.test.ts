import { expect, test } from "bun:test";
import { planRuns } from "./test-runs.ts";

const files = [
  "scripts/a.test.ts",
  "src/core/b.test.ts",
  "test/behaviour/c.test.ts",
  "test/binary/d.test.ts",
  "test/faults/deep/e.test.ts",
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
    "faults",
    "faults-compiled",
    "house",
  ]);
});

test("what source and executable both promise runs against each of them", () => {
  const [source, compiled] = runs.filter((run) => run.name.startsWith("behaviour"));
  expect(source).toMatchObject({ needsExecutable: false, environment: {} });
  expect(compiled).toMatchObject({ needsExecutable: true, environment: { TOKLIGENCE_BINARY: "dist/program" } });
  expect(compiled?.files).toEqual(source?.files ?? []);
});
