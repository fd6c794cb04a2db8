import { expect, test } from "bun:test";
import { VirtualClock } from "#core/effects/virtual-clock.ts";
import type { UpstreamHttp, UpstreamRequest } from "#core/effects/upstream-http.ts";
import { GatewayError } from "#core/errors.ts";
import { offersModel } from "#core/routing/provider-check.ts";
import { checkProviders, findLocalServers } from "#configurations/provider-checks.ts";
import { loadSettings } from "#settings/load.ts";

const key = "sk-very-secret";

function settingsOf(ini: string) {
  return loadSettings({
    configDirFlag: "/c",
    flags: {},
    environ: { TOKLIGENCE_ENV: "dev", GOOD: key, OTHER: "sk-other" },
    home: "/home",
    readFile: (path) => (path === "/c/dev/gateway.ini" ? ini : undefined),
  }).settings;
}

interface Answer {
  readonly status?: number;
  readonly body?: unknown;
  readonly date?: string;
}

/** Answers by the text that an address contains; throws or never answers where told to. */
class Upstreams implements UpstreamHttp {
  readonly requests: UpstreamRequest[] = [];
  readonly #answers: Readonly<Record<string, Answer | GatewayError | "silence">>;

  constructor(answers: Readonly<Record<string, Answer | GatewayError | "silence">>) {
    this.#answers = answers;
  }

  async send(request: UpstreamRequest) {
    this.requests.push(request);
    const found = Object.entries(this.#answers).find(([part]) => request.url.includes(part))?.[1];
    if (found === undefined)
      throw new GatewayError("upstream_unavailable", `Provider ${request.peer}, connect: refused.`);
    if (found instanceof GatewayError) throw found;
    if (found === "silence") {
      return await new Promise<never>((_, reject) => {
        request.signal.addEventListener("abort", () => reject(request.signal.reason));
      });
    }
    const { status = 200, body, date } = found;
    const bytes = new TextEncoder().encode(typeof body === "string" ? body : JSON.stringify(body));
    return { status, header: (name: string) => (name === "date" ? date : undefined), body: pieces(bytes) };
  }
}

async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield bytes;
}

const list = (...ids: string[]): Answer => ({ body: { object: "list", data: ids.map((id) => ({ id })) } });

test("each type of provider is asked for its models in its own way, with its key, and nothing else is sent", async () => {
  const http = new Upstreams({
    "api.openai.com": list("gpt-x"),
    "anthropic.example": list("claude-x"),
    googleapis: { body: { models: [{ name: "models/gemini-x" }] } },
    "127.0.0.1:9/": { body: [{ id: "bare" }] },
    "127.0.0.1:8/": { body: { object: "list", data: null } },
  });
  const settings = settingsOf(`
[provider.openai]
api_key = \${GOOD}
organization = org-1
[provider.anthropic]
api_key = \${GOOD}
base_url = https://anthropic.example/v1
[provider.gemini]
api_key = \${GOOD}
[provider.mine]
type = openai-compatible
base_url = http://127.0.0.1:9/v1
[provider.empty]
type = openai-compatible
base_url = http://127.0.0.1:8/v1
[provider.claude-cloud]
type = anthropic
variant = bedrock
region = us-east-1
api_key = \${GOOD}
`);
  const checks = await checkProviders(settings, [], { http, clock: new VirtualClock() });
  expect(checks.map(({ provider, outcome, models }) => [provider, outcome, models])).toEqual([
    ["openai", "sound", ["gpt-x"]],
    ["anthropic", "sound", ["claude-x"]],
    ["gemini", "sound", ["gemini-x"]],
    ["mine", "sound", ["bare"]],
    ["empty", "sound", []],
    ["claude-cloud", "unasked", undefined],
    ["loopback", "unasked", undefined],
  ]);
  expect(http.requests.map(({ method, url }) => `${method} ${url}`)).toEqual([
    "GET https://api.openai.com/v1/models",
    "GET https://anthropic.example/v1/models?limit=1000",
    "GET https://generativelanguage.googleapis.com/v1beta/models?pageSize=1000",
    "GET http://127.0.0.1:9/v1/models",
    "GET http://127.0.0.1:8/v1/models",
  ]);
  expect(http.requests.map(({ headers }) => headers)).toMatchObject([
    { authorization: `Bearer ${key}`, "openai-organization": "org-1" },
    { "x-api-key": key, "anthropic-version": "2023-06-01" },
    { "x-goog-api-key": key },
    {},
    {},
  ]);
  expect(http.requests.every(({ body }) => body === undefined)).toBe(true);
});

test("what went wrong is told apart, and a key that is said back is not shown", async () => {
  const http = new Upstreams({
    "//refused": { status: 401, body: { error: { message: `No such key: ${key}`, type: "invalid_request_error" } } },
    "//away": new GatewayError("upstream_unavailable", "Provider away, connect: connection failed (ECONNREFUSED)."),
    "//html": { body: "<html>welcome</html>" },
    "//missing": { status: 404, body: { error: { message: "no route" } } },
    "//moved": { status: 302, body: "" },
    "//busy": { status: 503, body: { error: { message: "later" } } },
  });
  const names = ["refused", "away", "html", "missing", "moved", "busy"];
  const ini = names.map(
    (name) => `[provider.${name}]\ntype = openai-compatible\nbase_url = http://${name}.example\napi_key = \${GOOD}\n`,
  );
  const checks = await checkProviders(settingsOf(ini.join("")), names, { http, clock: new VirtualClock() });
  expect(checks.map(({ provider, outcome, status }) => [provider, outcome, status])).toEqual([
    ["refused", "key_refused", undefined],
    ["away", "unreachable", undefined],
    ["html", "failed", undefined],
    ["missing", "failed", 404],
    ["moved", "failed", undefined],
    ["busy", "failed", 503],
  ]);
  expect(checks[1]?.detail).toBe("Nobody listens at away.example (ECONNREFUSED).");
  expect(JSON.stringify(checks)).not.toContain(key);
  expect(checks.every(({ detail }) => detail.length > 0 && detail.length <= 300)).toBe(true);
});

test("each key of a provider is tried, and each model that is asked for elsewhere", async () => {
  const http = new Upstreams({ "127.0.0.1:1/": list("a"), "127.0.0.1:2/": list("b") });
  const settings = settingsOf(`
[provider.two]
type = openai-compatible
base_url = http://127.0.0.1:1
api_keys = \${GOOD}, \${OTHER}
[provider.two.b]
base_url = http://127.0.0.1:2
`);
  const checks = await checkProviders(settings, ["two"], { http, clock: new VirtualClock() });
  expect(checks.map(({ account, model, models }) => [account, model, models])).toEqual([
    [1, undefined, ["a"]],
    [2, undefined, ["a"]],
    [undefined, "b", ["b"]],
  ]);
  await expect(checkProviders(settings, ["tow"], { http, clock: new VirtualClock() })).rejects.toMatchObject({
    code: "usage",
    message: 'There is no provider "tow"; did you mean "two"?',
  });
});

test("a provider that says nothing is given up after five seconds, while the others have answered", async () => {
  const clock = new VirtualClock();
  const http = new Upstreams({
    "//slow": "silence",
    "//quick": { ...list("m"), date: new Date(clock.now() - 90_000).toUTCString() },
  });
  const ini = ["slow", "quick"].map(
    (name) => `[provider.${name}]\ntype = openai-compatible\nbase_url = http://${name}\n`,
  );
  const asking = checkProviders(settingsOf(ini.join("")), [], { http, clock });
  clock.advance(5_000);
  const [slow, quick] = await asking;
  expect(slow).toMatchObject({ outcome: "unreachable" });
  expect(quick).toMatchObject({ outcome: "sound" });
  expect(Math.abs((quick?.clockAheadMs ?? 0) - 90_000)).toBeLessThan(6_000);
});

test("local servers are listed when they give a list of models, at vLLM's port only vLLM", async () => {
  const vllm = { body: { object: "list", data: [{ id: "m", owned_by: "vllm" }] } };
  const found = (answers: Record<string, Answer>) =>
    findLocalServers(undefined, { http: new Upstreams(answers), clock: new VirtualClock() });
  expect(await found({ ":11434/v1/models": list("llama3:latest"), ":8000/": vllm, ":1234/": list("q") })).toEqual([
    { name: "ollama", baseUrl: "http://127.0.0.1:11434/v1", models: ["llama3:latest"] },
    { name: "vllm", baseUrl: "http://127.0.0.1:8000/v1", models: ["m"] },
    { name: "lm-studio", baseUrl: "http://127.0.0.1:1234/v1", models: ["q"] },
  ]);
  expect(
    await found({ ":8000/": list("m"), ":1234/": { body: "hello" }, ":11434/": { status: 404, body: {} } }),
  ).toEqual([]);
});

test("a model without a tag is Ollama's latest", () => {
  expect(offersModel(["llama3:latest"], "llama3")).toBe(true);
  expect(offersModel(["llama3:8b"], "llama3")).toBe(false);
  expect(offersModel(["gemini-x"], "models/gemini-x")).toBe(true);
});

test("an alias of Anthropic's stands for the model with a date", () => {
  const listed = ["claude-sonnet-4-5-20250929", "claude-3-7-sonnet-20250219", "claude-opus-4-20250514"];
  const aliases = ["claude-sonnet-4-5", "claude-3-7-sonnet-latest", "claude-opus-4-0"];
  expect(aliases.filter((name) => !offersModel(listed, name))).toEqual([]);
  expect(["claude-sonnet-4", "claude-opus-4-5"].filter((name) => offersModel(listed, name))).toEqual([]);
});
