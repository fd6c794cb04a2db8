import { expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openCatalog } from "#configurations/catalogue.ts";
import { load } from "#settings/load-files.test-data.ts";

const { gateway } = load({}).settings;

test("the built-in catalogue is corrected by the file that the configuration names, and a broken file is refused by name", () => {
  const directory = mkdtempSync(join(tmpdir(), "catalogue-"));
  try {
    const path = join(directory, "facts.json");
    const open = () => openCatalog({ gateway: { ...gateway, modelCatalogPath: path } });
    expect(open).toThrow(`${path} (gateway.model_catalog) is missing`);
    writeFileSync(path, '{"my-model-*": {"contextWindow": 4711, "sampling": false}}');
    expect(open().factsOf("my-model-7")).toMatchObject({ contextWindow: 4711, sampling: false });
    expect(openCatalog({ gateway }).factsOf("my-model-7").contextWindow).toBeUndefined();
    for (const [text, words] of [
      ["[]", "JSON object"],
      ["{", "JSON object"],
      ['{"x": {"contextWindow": -1}}', '"x"'],
      ['{"x": {"colour": 1}}', '"x"'],
    ] as const) {
      writeFileSync(path, text);
      expect(open).toThrow(words);
      expect(open).toThrow(path);
    }
  } finally {
    rmSync(directory, { recursive: true });
  }
});
