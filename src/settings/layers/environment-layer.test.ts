import { expect, test } from "bun:test";
import { readEnvironmentLayer } from "#settings/layers/environment-layer.ts";

const read = (environ: Record<string, string>, declared: readonly string[] = []) =>
  readEnvironmentLayer(environ, declared);
const values = (environ: Record<string, string>, declared: readonly string[] = []) =>
  read(environ, declared).entries.map(({ key, value }) => [key, value]);

test("a name is the path of its key", () => {
  expect(values({ TOKLIGENCE_GATEWAY_AUTH_ENABLED: "1" })).toEqual([["gateway.auth.enabled", "1"]]);
});

test("providers and models are matched when they are declared, else warned about", () => {
  const environ = { TOKLIGENCE_PROVIDER_MY_LLM_API_KEY: "k", TOKLIGENCE_PROVIDER_MY_LLM_GPT_4_1_MAX_RPS: "3" };
  expect(values(environ, ["provider.my-llm.type", "provider.my-llm.gpt-4.1.max_rps"])).toEqual([
    ["provider.my-llm.api_key", "k"],
    ["provider.my-llm.gpt-4.1.max_rps", "3"],
  ]);
  expect(read(environ).notices).toHaveLength(2);
});

test("the names of the specification are accepted", () => {
  const environ = {
    TOKLIGENCE_EMAIL: "e",
    TOKLIGENCE_DISPLAY_NAME: "d",
    TOKLIGENCE_ENABLE_PROVIDER: "true",
    TOKLIGENCE_PUBLISH_NAME: "n",
    TOKLIGENCE_MODEL_FAMILY: "m",
    TOKLIGENCE_PROFILE: "team",
    TOKLIGENCE_ENV: "live",
    TOKLIGENCE_SCHEDULING_ENABLED: "true",
    TOKLIGENCE_SCHEDULER_PRIORITY_LEVELS: "10",
    TOKLIGENCE_PROVIDER_LOCAL_ENABLED: "true",
    TOKLIGENCE_PROVIDER_LOCAL_MAX_TOKENS_PER_SEC: "50000",
    TOKLIGENCE_MARKETPLACE_ENABLED: "false",
    TOKLIGENCE_BASE_URL: "http://weaker",
    TOKEN_EXCHANGE_BASE_URL: "http://stronger",
  };
  expect(read(environ).notices).toEqual([]);
  expect(Object.fromEntries(values(environ))).toEqual({
    email: "e",
    display_name: "d",
    enable_provider: "true",
    "publish.name": "n",
    "publish.model_family": "m",
    profile: "team",
    environment: "live",
    "scheduling.enabled": "true",
    "scheduler.priority_levels": "10",
    "provider.local.enabled": "true",
    "provider.local.max_tokens_per_sec": "50000",
    "provider.marketplace.enabled": "false",
    base_url: "http://stronger",
  });
});

test("an unknown name is a warning with the nearest one, a foreign name nothing", () => {
  const { notices, problems } = read({
    TOKLIGENCE_GATEWAY_PROT: "1",
    PATH: "/bin",
    TOKLIGENCE_CONFIG_DIR: "/x",
    TOKLIGENCE_API_KEY: "x",
  });
  expect(notices).toEqual([
    "TOKLIGENCE_GATEWAY_PROT is set and means nothing here; did you mean TOKLIGENCE_GATEWAY_PORT?",
  ]);
  expect(problems).toEqual([]);
});

test("a Kubernetes service link is no port", () => {
  const { entries, notices } = read({ TOKLIGENCE_GATEWAY_PORT: "tcp://10.0.0.1:8081" });
  expect(entries).toEqual([]);
  expect(notices).toHaveLength(1);
});

test("a set name that stands for two declared keys is a problem, an empty one is unset", () => {
  const declared = ["provider.a-b.type", "provider.a_b.type"];
  const [problem] = read({ TOKLIGENCE_PROVIDER_A_B_API_KEY: "k" }, declared).problems;
  expect(problem?.text).toContain("provider.a-b.api_key and provider.a_b.api_key");
  expect(read({ TOKLIGENCE_PROVIDER_A_B_API_KEY: "" }, declared).problems).toEqual([]);
});
