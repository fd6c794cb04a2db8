import { describe, expect, test } from "bun:test";
import type { Feature } from "#core/chat/feature.ts";
import { plainDialect } from "#core/wire/dialect.ts";
import { load, refusal } from "#settings/load-files.test-data.ts";

const provider = (ini: string) => {
  const { settings } = load({ "setting.ini": `[provider.x]\n${ini}\n` });
  return settings.providers.find(({ name }) => name === "x");
};
const refused = (ini: string): string => refusal({ "setting.ini": `[provider.x]\n${ini}\n` });

describe("a preset", () => {
  test("makes a provider openai-compatible, with address and habits", () => {
    expect(provider("preset = groq\napi_key = k")).toMatchObject({
      type: "openai-compatible",
      baseUrl: "https://api.groq.com/openai/v1",
      authHeader: "authorization",
      dialect: { maxTokensField: "max_completion_tokens", reasoningField: "reasoning", streamOptions: true },
    });
  });

  test("of a server elsewhere needs a key, of one on this machine none", () => {
    const { settings, notices } = load({
      "setting.ini": "[provider.x]\npreset = groq\n[provider.y]\npreset = ollama\n",
    });
    expect(settings.providers.map(({ name }) => name)).toEqual(expect.arrayContaining(["y"]));
    expect(settings.providers.map(({ name }) => name)).not.toContain("x");
    expect(notices.join()).toContain("set TOKLIGENCE_PROVIDER_X_API_KEY, or api_key in [provider.x]");
  });

  test("is overridden key by key", () => {
    const said =
      "preset = groq\nbase_url = http://127.0.0.1:1/v1\nauth_header = X-Key\nstream_options = no\nreasoning_field = none\n" +
      "lacks = seed, logprobs\nmax_tokens_field = max_tokens";
    const built = provider(said);
    expect(built).toMatchObject({ baseUrl: "http://127.0.0.1:1/v1", authHeader: "x-key" });
    const lacks: readonly Feature[] = ["seed", "logprobs"];
    const maxTokensField = "max_tokens";
    expect(built?.dialect).toEqual({ ...plainDialect, maxTokensField, streamOptions: false, lacks });
  });

  test("without an address of its own needs one", () => {
    expect(refused("preset = azure\napi_key = k")).toContain("base_url is missing");
    const azure = "preset = azure\nbase_url = https://me.example/openai/v1\napi_key = k";
    expect(provider(azure)).toMatchObject({ authHeader: "api-key", dialect: { developerRole: true } });
  });

  test("that nobody knows is refused, and so is a feature that is none", () => {
    const acme = refused("preset = acme");
    expect(acme).toContain("preset: expected one of azure, ");
    expect(acme).not.toContain("type is missing");
    expect(refused("preset =\napi_key = k")).toContain("type is missing");
    expect(refused("preset = grok")).toContain('got "grok"; did you mean "groq"?');
    const server = "type = openai-compatible\nbase_url = http://a/\n";
    expect(refused(`${server}lacks = seed, temprature`)).toContain(
      'lacks: expected list of features, got "seed, temprature"; did you mean "temperature"?',
    );
  });

  test("its keys are nobody else's", () => {
    expect(refused("type = anthropic\napi_key = k\npreset = groq")).toContain(
      "provider.x.preset: only openai-compatible has it",
    );
    expect(refused("type = gemini\napi_key = k\napi = chat")).toContain(
      "provider.x.api: only openai and openai-compatible have it",
    );
  });
});

describe("a cloud", () => {
  test("Bedrock takes an access key, or an API key of its own, and a region", () => {
    const keys = "access_key_id = AK\nsecret_access_key = s\nsession_token = t";
    const built = provider(`type = anthropic\nvariant = bedrock\nregion = us-east-1\n${keys}`);
    expect(built?.cloud).toMatchObject({ variant: "bedrock", region: "us-east-1", keys: { accessKeyId: "AK" } });
    const cloud = built?.cloud?.variant === "bedrock" ? built.cloud.keys : undefined;
    expect([cloud?.secretAccessKey.reveal(), cloud?.sessionToken?.reveal()]).toEqual(["s", "t"]);
    const other = provider("type = anthropic\nvariant = bedrock\nregion = us-east-1\napi_key = k");
    expect(other).toMatchObject({ authHeader: "authorization", cloud: { variant: "bedrock", region: "us-east-1" } });
  });

  test("Vertex takes an access token, a project and a region", () => {
    for (const type of ["anthropic", "gemini"]) {
      const built = provider(`type = ${type}\nvariant = vertex\nproject = p\nregion = global\napi_key = k`);
      expect(built).toMatchObject({
        type,
        authHeader: "authorization",
        cloud: { variant: "vertex", project: "p", region: "global" },
      });
    }
  });

  test("says what is missing and what does not belong", () => {
    expect(refused("type = anthropic\nvariant = bedrock\napi_key = k")).toContain("provider.x.region: is missing");
    expect(refused("type = gemini\nvariant = vertex\nregion = r\napi_key = k")).toContain(
      "provider.x.project: is missing",
    );
    expect(refused("type = gemini\nvariant = bedrock\nregion = r\napi_key = k")).toContain("bedrock hosts no gemini");
    expect(refused("type = openai\nvariant = vertex\nproject = p\nregion = r\napi_key = k")).toContain(
      "provider.x.variant",
    );
    expect(refused("type = anthropic\nsession_token = t\napi_key = k")).toContain("needs variant = bedrock");
  });

  test("without a key is not active, and says which key", () => {
    const { settings, notices } = load({
      "setting.ini": "[provider.x]\ntype = anthropic\nvariant = bedrock\nregion = r\naccess_key_id = AK\n",
    });
    expect(settings.providers.map(({ name }) => name)).not.toContain("x");
    expect(notices.join()).toContain("TOKLIGENCE_PROVIDER_X_SECRET_ACCESS_KEY");
  });
});

test("F97 a base_url of another kind, with credentials, or of a metadata service is refused when it is read", () => {
  const forms = [
    "file:///etc/passwd",
    "gopher://a/",
    "ftp://a/",
    "https://u:p@a/v1",
    "https://key@a/v1",
    "http://169.254.169.254/latest",
    "http://2852039166/",
    "http://0xa9fea9fe/",
    "http://0251.0376.0251.0376/",
    "http://[::ffff:169.254.169.254]/",
    "http://[64:ff9b::a9fe:a9fe]/",
    "http://[fd00:ec2::254]/",
    "http://metadata.google.internal/computeMetadata/v1",
  ];
  for (const form of forms) {
    expect(refused(`type = openai-compatible\nbase_url = ${form}`)).toContain("provider.x.base_url: expected");
  }
  for (const local of ["http://127.0.0.1:11434/v1", "http://[::1]:8080/v1", "http://10.0.0.7/v1"]) {
    expect(provider(`type = openai-compatible\nbase_url = ${local}`)?.baseUrl).toBe(local);
  }
});

test("what this issue activates arrives, with its defaults", () => {
  const { gateway, media, agent } = load({}).settings;
  expect(gateway.workMode).toBe("auto");
  expect(gateway.responseStore).toEqual({ ttlMs: 86_400_000, maxEntries: 10_000, maxBytes: 67_108_864 });
  expect(media).toEqual({ fetch: true, maxBytes: 20_971_520, timeoutMs: 20_000, maxConcurrent: 8, privateHosts: [] });
  expect(agent).toEqual({ duplicateDetection: false });
  const agents = load({}, { profileFlag: "agent" });
  expect(agents.settings.agent).toEqual({ maxToolIterations: 10, duplicateDetection: true });
  expect(agents.inactive.map(({ key }) => key)).not.toContain("agent.tool_calling.max_iterations");
  const said = "[gateway]\nwork_mode = translation\nmodel_catalog = facts.json\nresponse_store_ttl = 1m\n";
  const loaded = load({ "setting.ini": said });
  expect(loaded.settings.gateway).toMatchObject({
    workMode: "translation",
    modelCatalogPath: "/etc/tokligence/facts.json",
    responseStore: { ttlMs: 60_000 },
  });
  expect(loaded.inactive.map(({ key }) => key)).not.toContain("gateway.work_mode");
});
