import { expect, test } from "bun:test";
import { inspect } from "node:util";
import { explanationLines } from "#settings/describe/explanation.ts";
import { load, refusal } from "#settings/load-files.test-data.ts";
import type { LoadInput } from "#settings/loaded.ts";

const canary = "sk-canary-5f1d";

const keyOf = (
  apiKey: string,
  more: Partial<LoadInput> = {},
  files: Record<string, string> = {},
): string | undefined => {
  const ini = `[provider.x]\ntype = openai-compatible\nbase_url = http://127.0.0.1:1/v1\napi_key = ${apiKey}\n`;
  const { settings } = load({ "setting.ini": ini, ...files }, more);
  return settings.providers.find(({ name }) => name === "x")?.apiKey?.reveal();
};

test("a secret is read from where its reference says", () => {
  const environ = { KEY: canary };
  expect(keyOf(canary)).toBe(canary);
  expect(keyOf("${KEY}", { environ })).toBe(canary);
  expect(keyOf("${NONE:-spare}")).toBe("spare");
  expect(keyOf("env://KEY", { environ })).toBe(canary);
  expect(keyOf("file:///run/key", {}, { "/run/key": `${canary}\n` })).toBe(canary);
  expect(keyOf("file://~/key", {}, { "/home/ada/key": `${canary}\r\n` })).toBe(canary);
  expect(keyOf("$${KEY}", { environ })).toBe("${KEY}");
});

test("one trailing line break of a file is dropped, no more", () => {
  expect(keyOf("file:///k", {}, { "/k": "a\n\n" })).toBe("a\n");
});

test("what a variable holds is not looked through again", () => {
  expect(keyOf("${KEY}", { environ: { KEY: "${OTHER}" } })).toBe("${OTHER}");
  const environ = { TOKLIGENCE_PROVIDER_X_API_KEY: "pa${ss" };
  expect(keyOf("weaker", { environ })).toBe("pa${ss");
});

test("a disabled provider's missing secret is no error", () => {
  const off = "[provider.x]\ntype = openai\nenabled = no\napi_key = ${NONE}\nbase_url = ${NONE}\n";
  expect(load({ "setting.ini": off }).settings.providers.map(({ name }) => name)).toEqual(["loopback"]);
});

test("a credential that is wanted late and not there is refused when it is revealed, with its place, and not before", () => {
  const ini =
    "[provider.openai]\napi_key = ${NONE}\n[provider.gemini]\napi_keys = file:///none, b\n[gateway]\nport = 9000\n";
  const { settings, values } = load({ "setting.ini": ini }, { credentials: "late" });
  expect(settings.gateway.port).toBe(9000);
  const secretOf = (wanted: string) => settings.providers.find(({ name }) => name === wanted)?.apiKey;
  expect(() => secretOf("openai")?.reveal()).toThrow(
    "setting.ini:2: provider.openai.api_key: environment variable NONE is not set",
  );
  expect(() => secretOf("gemini")?.reveal()).toThrow(
    "setting.ini:4: provider.gemini.api_keys: file /none cannot be read",
  );
  expect(inspect([settings, values], { depth: 20 })).not.toContain("NONE");
  expect(load({ "setting.ini": "[mail]\nsmtp_url = ${NONE}" }, { credentials: "late" }).blockers).toEqual([]);
});

test("wanted late or not, a malformed reference is refused, and so is a variable that no credential stands for", () => {
  for (const line of [
    "[provider.openai]\napi_key = ${A-B}",
    "[provider.openai]\napi_key = file://x",
    "[gateway]\nhost = ${NONE}",
  ]) {
    expect(refusal({ "setting.ini": line }, { credentials: "late" })).toContain("setting.ini:2: ");
  }
});

test("no secret is printed, whatever is asked of what was loaded", () => {
  const ini = `[provider.openai]\napi_key = ${canary}\n[database]\npassword = ${canary}\n`;
  const yaml = `providers:\n  openai:\n    api_key: ${canary}\n`;
  const loaded = load(
    { "setting.ini": ini, "config.yaml": yaml },
    { environ: { TOKLIGENCE_DATABASE_PASSWORD: canary } },
  );
  const printed = [
    inspect(loaded, { depth: 20 }),
    JSON.stringify(loaded),
    String(loaded.values),
    loaded.values.flatMap(explanationLines).join("\n"),
  ].join("\n");
  expect(printed).toContain("[secret]");
  expect(printed).not.toContain(canary);
});

test("no refusal quotes what could be a secret", () => {
  const text = refusal(
    {
      "setting.ini": `[provider.openai]\napi_kye = ${canary}\nbase_url = https://me:${canary}@host/v1\n[database]\npassword = x\n`,
      "config.yaml": `providers:\n  openai:\n    timeout: \${KEY}\n`,
    },
    { environ: { KEY: canary } },
  );
  expect(text).toContain("base_url: expected http or https URL");
  expect(text).toContain("timeout: expected");
  expect(text).not.toContain(canary);
});
