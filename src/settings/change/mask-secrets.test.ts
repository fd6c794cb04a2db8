import { expect, test } from "bun:test";
import { isReference, secretMask } from "#settings/change/mask-secrets.ts";

test("secrets of INI and YAML are masked wherever they are shown, references are not", () => {
  const ini =
    "[provider.x]\napi_key = sk-one ; mine\n# api_key = sk-old\napi_keys = sk-a, sk-b\n[mail]\nsmtp_url = smtp://u:p@h\n";
  const yaml =
    "providers:\n  y:\n    api_keys:\n      - sk-listed\n    api_key: ${KEY}\n  z: { api_key: sk-flow, type: openai }\n";
  const mask = secretMask([ini, yaml]);
  const shown = `${ini}${yaml}`.split("\n").map(mask).join("\n");
  for (const secret of ["sk-one", "sk-old", "sk-a", "sk-b", "smtp://", "sk-listed", "sk-flow"]) {
    expect(shown).not.toContain(secret);
  }
  expect(shown).toContain("api_key: ${KEY}");
  for (const line of ["# z: { type: openai, api_key: sk-1 }", '#  "api_key": sk-1', "# b: 2, smtp_url: sk-1"]) {
    expect(mask(line)).toContain("[secret]");
    expect(mask(line)).not.toContain("sk-1");
  }
  expect(mask("+api_key = file:///run/key")).toBe("+api_key = file:///run/key");
});

test("a reference says where a secret is and holds none", () => {
  expect(["${A}", "${A:-}", "env://A", "file:///a, ${B}", "vault://a/b"].every(isReference)).toBe(true);
  expect(["sk-1", "${A:-sk-1}", "x${A}", "${A}, sk-1"].some(isReference)).toBe(false);
});
