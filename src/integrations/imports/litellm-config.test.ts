import { expect, test } from "bun:test";
import { parseRoute } from "#core/routing/route-syntax.ts";
import { readLitellmConfig } from "#integrations/imports/litellm-config.ts";

const config = `
model_list:
  - model_name: gpt-4o
    litellm_params:
      model: openai/gpt-4o
      api_key: os.environ/OPENAI_API_KEY
      rpm: 600
      tpm: 120000
  - model_name: gpt-4o
    litellm_params:
      model: azure/my-deployment
      api_base: https://eu.openai.azure.com/
      api_key: os.environ/AZURE_KEY
      api_version: "2024-10-21"
  - model_name: claude
    litellm_params: { model: anthropic/claude-sonnet-4-5, api_key: sk-ant-literal }
  - model_name: local
    litellm_params: { model: openai/llama, api_base: "http://localhost:9000", api_key: none, temperature: 0.2 }
  - model_name: odd
    litellm_params: { model: sagemaker/odd }
litellm_settings: { num_retries: 3, fallbacks: [{ gpt-4o: [claude, missing] }], drop_params: true, callbacks: [otel] }
router_settings: { routing_strategy: simple-shuffle, model_group_alias: { gpt-4: gpt-4o } }
general_settings: { master_key: sk-1234, database_url: "postgresql://u:p@h/db" }
`;

test("models of LiteLLM become providers with capacities, pools, fallbacks and aliases", () => {
  const { text } = readLitellmConfig(config);
  expect(text).toContain("[provider.openai]\ntype = openai\napi_key = ${OPENAI_API_KEY}");
  expect(text).toContain("[provider.azure]\npreset = azure\nbase_url = https://eu.openai.azure.com/openai/v1");
  expect(text).toContain("[provider.openai-2]\ntype = openai-compatible\nbase_url = http://localhost:9000/v1");
  expect(text).toContain("[provider.openai.gpt-4o]\nmax_rps = 10\nmax_tokens_per_sec = 2000");
  expect(text).toContain("max_retries = 3");
  const routes = text.slice(text.indexOf("[routes]")).split("\n").slice(1).filter(Boolean);
  expect(routes).toEqual([
    "gpt-4o = openai/gpt-4o | azure/my-deployment, anthropic/claude-sonnet-4-5",
    "claude = anthropic/claude-sonnet-4-5",
    "local = openai-2/llama",
    "gpt-4 = openai/gpt-4o | azure/my-deployment",
  ]);
  for (const line of routes)
    expect(() => parseRoute(line.split(" = ")[0] ?? "", line.split(" = ")[1] ?? "")).not.toThrow();
});

test("what LiteLLM has and this gateway cannot carry is named, secrets are not", () => {
  const { notes, text } = readLitellmConfig(config);
  const all = notes.join("\n");
  expect(all).toContain("odd (sagemaker/odd) was left out");
  expect(all).toContain("fallback of gpt-4o to missing");
  expect(all).toContain("local: temperature could not be carried");
  expect(notes.filter((note) => note.includes("count once scheduling.enabled is true"))).toHaveLength(1);
  expect(all).toContain("litellm_settings: callbacks, drop_params");
  expect(all).toContain("general_settings: database_url, master_key");
  expect(all + text).not.toContain("sk-1234");
});

test("no name in it writes a section or a key of its own", () => {
  const evil = "gpt]\\n[hooks]\\nscript = /tmp/evil\\n[provider.x.y";
  const { text, notes } = readLitellmConfig(`
model_list:
  - model_name: a
    litellm_params: { model: "openai/${evil}", rpm: 600, api_key: "sk\\n[hooks]\\nscript = /tmp/evil" }
  - model_name: "${evil}"
    litellm_params: { model: openai/b, rpm: 600 }
  - model_name: c
    litellm_params: { model: openai/c, custom_llm_provider: "x]\\n[hooks", api_base: "http://h/\\n[hooks]", rpm: 600 }
`);
  const sections = text.split("\n").filter((line) => line.startsWith("["));
  expect(sections.some((line) => line.startsWith("[hooks"))).toBe(false);
  expect(text).not.toMatch(/^script/m);
  expect(notes.join("\n")).toContain("capacity");
});

test("a configuration that is no YAML is refused, an empty one is nothing", () => {
  expect(() => readLitellmConfig("a: [")).toThrow("no YAML");
  expect(readLitellmConfig("")).toMatchObject({ text: "", notes: [] });
});
