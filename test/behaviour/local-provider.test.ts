import { afterAll, beforeAll, expect, test } from "bun:test";
import { anthropicSpeech } from "../harness/anthropic-speech.ts";
import { chat } from "../harness/client.ts";
import { FakeUpstream } from "../harness/fake-upstream.ts";
import { type GatewayUnderTest, startGateway } from "../harness/gateway.ts";
import { HeldUpstream } from "../harness/held-upstream.ts";
import { queueOf } from "../harness/queue.ts";
import { completion } from "../harness/upstream-script.ts";

const openai = new FakeUpstream();
const anthropic = new FakeUpstream();
let gateway: GatewayUnderTest;

beforeAll(async () => {
  anthropic.script(anthropicSpeech.whole({ text: "pong" }));
  gateway = await startGateway({
    ini: `[provider.local]
models = gpt-4o, claude-3-5-sonnet, llama3, gpt-4
max_tokens_per_sec = 50000
[provider.local.gpt-4o]
base_url = ${openai.url}
api_key = key-of-gpt
max_rps = 100
[provider.local.claude-3-5-sonnet]
base_url = ${anthropic.origin}
api_key = key-of-claude
[provider.local.llama3]
base_url = ${openai.url}
`,
  });
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  openai.stop();
  anthropic.stop();
});

test("TC-P0-LOC-001 test_local_provider: models of several vendors are listed as one provider's, those without a key are not", async () => {
  const answer = await fetch(`${gateway.url}/v1/models`);
  const { data } = (await answer.json()) as { data: { id: string }[] };
  const ids = data.map(({ id }) => id);
  expect(ids).toEqual(expect.arrayContaining(["gpt-4o", "claude-3-5-sonnet", "llama3"]));
  expect(ids).not.toContain("gpt-4");
});

test("TC-P0-LOC-002 test_local_provider: each model is asked for at its own address, with its own key or none", async () => {
  for (const model of ["gpt-4o", "claude-3-5-sonnet", "llama3"]) {
    const answer = await chat(gateway, { model });
    expect([model, answer.status, answer.headers.get("x-tokligence-provider")]).toEqual([model, 200, "local"]);
  }
  const credentials = [...openai.calls, ...anthropic.calls].map(({ path, headers }) => [
    path,
    headers["authorization"] ?? headers["x-api-key"],
  ]);
  expect(credentials).toEqual([
    ["/v1/chat/completions", "Bearer key-of-gpt"],
    ["/v1/chat/completions", undefined],
    ["/v1/messages", "key-of-claude"],
  ]);
});

test("the next key of a provider answers once one is refused, and nobody sees the refusal", async () => {
  using upstream = new FakeUpstream((call) =>
    call.headers["authorization"] === "Bearer revoked" ? { status: 401, body: { error: "who" } } : completion(),
  );
  await using pool = await startGateway({
    ini: `[provider.pool]
type = openai-compatible
base_url = ${upstream.url}
api_keys = revoked, good
[routes]
* = pool
`,
  });
  for (let asked = 0; asked < 4; asked++) expect((await chat(pool)).status).toBe(200);
  const refused = upstream.calls.filter(({ headers }) => headers["authorization"] === "Bearer revoked");
  expect(refused.length).toBe(1);
});

test("TC-P0-LOC-002 test_local_provider: the limits of one model hold for it and not for its neighbours", async () => {
  using upstream = new HeldUpstream();
  await using limited = await startGateway({
    ini: `[scheduling]
enabled = true
capacity_model = simple
[provider.local]
base_url = ${upstream.url}
models = llama3, qwen3
[provider.local.llama3]
max_concurrent = 1
`,
  });
  const calls = ["llama3", "llama3", "qwen3", "qwen3"].map((model) => chat(limited, { model }));
  await upstream.call(2);
  await queueOf(limited, 5, 1);
  expect(upstream.calls.map(({ body }) => String(body["model"])).toSorted()).toEqual(["llama3", "qwen3", "qwen3"]);
  upstream.open();
  for (const answer of await Promise.all(calls)) expect(answer.status).toBe(200);
  expect(upstream.calls.length).toBe(4);
});
