import { expect, test } from "bun:test";
import { dialectWith, serverPreset, serverPresetNames } from "#core/catalog/server-preset.ts";
import presets from "#core/catalog/server-presets.json" with { type: "json" };
import { plainDialect } from "#core/wire/dialect.ts";

test("the names and the data are the same presets, and each can be read", () => {
  expect(Object.keys(presets.presets)).toEqual([...serverPresetNames]);
  for (const name of serverPresetNames) {
    const { baseUrl, dialect } = serverPreset(name);
    expect(Object.keys(dialect)).toEqual(expect.arrayContaining(Object.keys(plainDialect)));
    expect([name, baseUrl === undefined || /^https?:\/\/[^/]+\/.*v1$/.test(baseUrl)]).toEqual([name, true]);
  }
});

test("servers of this machine are asked without TLS, all others with it", () => {
  for (const name of serverPresetNames) {
    const { baseUrl = "https:" } = serverPreset(name);
    expect([name, baseUrl.startsWith("http://127.0.0.1:") || baseUrl.startsWith("https:")]).toEqual([name, true]);
  }
});

test("a quirk overrides, an unsaid one leaves the dialect, none takes the field of thoughts away", () => {
  const thinking = dialectWith(plainDialect, { reasoningField: "reasoning" });
  expect(thinking).toEqual({ ...plainDialect, reasoningField: "reasoning" });
  expect(dialectWith(thinking, { lacks: ["seed"] })).toEqual({ ...thinking, lacks: ["seed"] });
  expect(dialectWith(thinking, { reasoningField: "none", streamOptions: undefined })).toEqual(plainDialect);
});

test("turns with calls never go without thoughts to those who refuse that: DeepSeek takes none, Kimi wants a blank", () => {
  const standIns = (["deepseek", "moonshot", "vllm"] as const).map(
    (name) => serverPreset(name).dialect.reasoningStandIn,
  );
  expect(standIns).toEqual(["", " ", undefined]);
});

test("every server says where its facts stand, and the list when they were looked at", () => {
  expect(presets.asOf).toMatch(/^\d{4}-\d\d-\d\d$/);
  for (const [name, { checked }] of Object.entries(presets.presets))
    expect([name, checked.length > 0]).toEqual([name, true]);
});
