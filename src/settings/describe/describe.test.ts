import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { documentedKeys } from "#settings/describe/documented-keys.ts";
import { generatedFiles } from "#settings/describe/generated-files.ts";
import { configurationJsonSchema } from "#settings/describe/json-schema.ts";
import { selectValues } from "#settings/describe/select-values.ts";
import { readIni } from "#settings/ini/read-ini.ts";
import { load } from "#settings/load-files.test-data.ts";

const root = resolve(import.meta.dir, "../../..");

for (const { path, text } of generatedFiles()) {
  test(`${path} is what the schema generates`, () => {
    expect(readFileSync(resolve(root, path), "utf8")).toBe(text);
  });
}

test("every key and environment name is on the reference page", () => {
  const page = readFileSync(resolve(root, "docs/configuration.md"), "utf8");
  const names = documentedKeys().flatMap(({ key, environment }) => [key, ...(environment ?? [])].flat());
  expect(names.length).toBeGreaterThan(100);
  expect(
    documentedKeys().filter(
      ({ key, environment }) =>
        !page.includes(`\`${key}\``) || (environment !== undefined && !page.includes(`\`${environment}\``)),
    ),
  ).toEqual([]);
});

test("templates say nothing until something is chosen, and what they offer is the built-in value", () => {
  for (const { path, text } of generatedFiles().filter((file) => file.path.endsWith(".ini"))) {
    expect([path, readIni(text).lines]).toEqual([path, []]);
    const offered = text.split("# Providers: any number")[0] ?? "";
    const active = offered.replace(/^# (\w+ = .+)$/gm, "$1");
    const file = path === "config/setting.ini" ? "setting.ini" : "dev/gateway.ini";
    expect(load({ [file]: active }).inactive.filter(({ file: from }) => from?.endsWith(".ini"))).toEqual([]);
  }
});

test("the JSON schema is strict and knows types, defaults and units, and nothing of its own making", () => {
  const schema = configurationJsonSchema();
  expect(schema).toMatchObject({
    additionalProperties: false,
    properties: {
      gateway: {
        additionalProperties: false,
        properties: {
          port: { type: "integer", default: 8081, maximum: 65_535 },
          request_timeout: { type: "number", unit: "seconds" },
        },
      },
      database: { properties: { password: { type: "string" } } },
      providers: { additionalProperties: { properties: { models: { type: "array" } } } },
    },
  });
  expect(JSON.stringify(schema)).not.toMatch(/"(expects|quotable|handling|required)"/);
});

test("a key, a section or a built-in value can be asked for; anything else names the nearest key", () => {
  const { values } = load({});
  expect(selectValues(values, "gateway.port")).toMatchObject([{ value: 8081 }]);
  expect(selectValues(values, "gateway.auth").length).toBeGreaterThan(1);
  expect(selectValues(values, "providers.openai.enabled")).toMatchObject([{ value: true }]);
  expect(selectValues(values, "cache.host")).toMatchObject([{ value: undefined }]);
  expect(() => selectValues(values, "gateway.pord")).toThrow('did you mean "gateway.port"?');
});
