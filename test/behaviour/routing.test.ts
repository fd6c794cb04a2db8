import { afterAll, beforeAll, beforeEach, expect, setDefaultTimeout, test } from "bun:test";
import { chat, chatStream, contentOf, errorOf, postJson } from "../harness/client.ts";
import { FakeUpstream } from "../harness/fake-upstream.ts";
import { framesOf } from "../harness/frame-reader.ts";
import { freePort } from "../harness/free-port.ts";
import { type GatewayUnderTest, startGateway } from "../harness/gateway.ts";
import { chunk, completion, failure, stream } from "../harness/upstream-script.ts";

// Commands and waits that other work on the machine may stretch.
setDefaultTimeout(30_000);

const a = new FakeUpstream();
const b = new FakeUpstream();
const c = new FakeUpstream();
const upstreams = { a, b, c };
let gateway: GatewayUnderTest;

const routes = `
[provider.gone]
type = openai-compatible
base_url = http://127.0.0.1:${freePort()}/v1
[provider.limited]
type = openai-compatible
base_url = ${c.url}
models = only-this, vendor/that
[routes]
exact-name = b
exact-* = a
exact-name-long-* = c
fast = b/real-name
either = a/one | b/two
chain = a/first, b/second
from-nowhere = gone, b
spread = a@3, b@1
limited-* = limited
only-this = limited
`;

beforeAll(async () => {
  gateway = await startGateway({ upstreams, ini: routes.replace("[routes]", "[routes]\nnever = gone") });
});
beforeEach(() => {
  for (const [name, upstream] of Object.entries(upstreams)) {
    upstream.script(completion(name));
    upstream.calls.length = 0;
  }
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  for (const upstream of Object.values(upstreams)) upstream.stop();
});

const calls = (): number[] => [a.calls.length, b.calls.length, c.calls.length];

test.each([
  ["exact-name", "b", "exact-name"],
  ["exact-other", "a", "exact-other"],
  ["exact-name-long-1", "c", "exact-name-long-1"],
  ["fast", "b", "real-name"],
  ["anything/else:free", "a", "anything/else:free"],
])("%s goes to %s as %s: exact name, else the most specific pattern", async (model, provider, asked) => {
  const answer = await chat(gateway, { model });
  expect(await contentOf(answer)).toBe(provider);
  expect(answer.headers.get("x-tokligence-provider")).toBe(provider);
  expect(answer.headers.get("x-tokligence-model")).toBe(asked);
  expect(upstreams[provider as keyof typeof upstreams].calls[0]?.json()["model"]).toBe(asked);
  expect(calls().reduce((sum, count) => sum + count)).toBe(1);
});

test("a pool takes turns, and each deployment is asked for its own model", async () => {
  const answers = [];
  for (let turn = 0; turn < 4; turn += 1) answers.push(await contentOf(await chat(gateway, { model: "either" })));
  expect(answers.toSorted()).toEqual(["a", "a", "b", "b"]);
  expect(a.calls.map((call) => call.json()["model"])).toEqual(["one", "one"]);
  expect(b.calls.map((call) => call.json()["model"])).toEqual(["two", "two"]);
});

test("weights spread the first choice exactly, and the other one is still the fallback", async () => {
  for (let turn = 0; turn < 8; turn += 1) await chat(gateway, { model: "spread" });
  expect(calls()).toEqual([6, 2, 0]);
  a.script(failure(500));
  for (let turn = 0; turn < 4; turn += 1) expect((await chat(gateway, { model: "spread" })).status).toBe(200);
});

test("F30 a provider nobody listens at is passed over for the next", async () => {
  const answer = await chat(gateway, { model: "from-nowhere" });
  expect([answer.status, answer.headers.get("x-tokligence-provider")]).toEqual([200, "b"]);
  expect((await gateway.logs())[0]).toMatchObject({ provider: "b", attempts: 2, outcome: "finished" });
});

test.each([500, 503, 429, 401])(
  "a provider that answers %p is followed by the next pool, with its model",
  async (status) => {
    // What has refused a key, or asked to be left alone, is out of use for the tests that follow.
    await using own = await startGateway({ upstreams, ini: routes });
    a.script(failure(status, "secret of a", { "retry-after": "60" }));
    const answer = await chat(own, { model: "chain" });
    expect(await contentOf(answer)).toBe("b");
    expect(calls()).toEqual([1, 1, 0]);
    expect(b.calls[0]?.json()["model"]).toBe("second");
  },
);

test.each([400, 404, 422])("a refusal of the request itself (%p) is final: nobody else is asked", async (status) => {
  a.script(failure(status, "Your fault."));
  const answer = await chat(gateway, { model: "chain" });
  expect([answer.status, (await errorOf(answer))["message"]]).toEqual([status, "Your fault."]);
  expect(calls()).toEqual([1, 0, 0]);
});

test("T-45 a stream that fails before its first content falls back, and nothing of the first try is seen", async () => {
  a.script({ events: [chunk({ role: "assistant", content: "" }), { error: { message: "boom", code: 500 } }] });
  b.script(stream(["from", " b"]));
  const text = (await framesOf(await chatStream(gateway, { model: "chain" }))).join("\n");
  expect(text).toContain('"from"');
  expect(text).not.toContain("boom");
  expect(calls()).toEqual([1, 1, 0]);
});

test("T-45 after the first content nobody else is asked: the caller is told, no word comes twice", async () => {
  a.script({ events: [chunk({ content: "from a" })], end: "cut" });
  b.script(stream(["from b"]));
  const text = (await framesOf(await chatStream(gateway, { model: "chain" }))).join("\n");
  expect(text.match(/from a/g)).toHaveLength(1);
  expect(text).not.toContain("from b");
  expect(text).toContain('"error"');
  expect(calls()).toEqual([1, 0, 0]);
});

test("an unknown model is 404 in OpenAI's envelope, before anything else is judged, and nobody is asked", async () => {
  await using strict = await startGateway({
    ini: `[provider.a]\ntype = openai-compatible\nbase_url = ${a.url}\n[routes]\nknown = a\n`,
  });
  for (const body of [
    { model: "unknown", messages: [] },
    { model: "unknown", messages: "no list", stream: 7 },
  ]) {
    const answer = await postJson(`${strict.url}/v1/chat/completions`, body);
    expect(answer.status).toBe(404);
    expect(await errorOf(answer)).toMatchObject({
      type: "invalid_request_error",
      param: "model",
      code: "model_not_found",
    });
  }
  const embedding = await postJson(`${strict.url}/v1/embeddings`, { model: "unknown", input: "x" });
  const shown = await fetch(`${strict.url}/v1/models/unknown`);
  expect([embedding.status, shown.status]).toEqual([404, 404]);
  expect(a.calls).toEqual([]);
});

test("a provider with a list of models is asked for those alone, and they are listed", async () => {
  expect((await chat(gateway, { model: "only-this" })).status).toBe(200);
  expect((await chat(gateway, { model: "limited-other" })).status).toBe(404);
  expect(calls()).toEqual([0, 0, 1]);
  const { data } = (await (await fetch(`${gateway.url}/v1/models`)).json()) as { data: readonly { id: string }[] };
  expect(data.map(({ id }) => id)).toContain("only-this");
});

test("T-46 a single provider is asked again after a failure that may pass", async () => {
  b.script(failure(503), completion("second try"));
  expect(await contentOf(await chat(gateway, { model: "exact-name" }))).toBe("second try");
  expect((await gateway.logs())[0]).toMatchObject({ attempts: 2, outcome: "finished" });
});

test("T-46 Retry-After is obeyed: not before it, and never when it is longer than anybody waits", async () => {
  b.script(failure(429, "Slow down.", { "retry-after": "1" }), completion("after a second"));
  expect(await contentOf(await chat(gateway, { model: "exact-name" }))).toBe("after a second");
  const [first, second] = b.calls.map(({ receivedAtMs }) => receivedAtMs);
  expect((second ?? 0) - (first ?? 0)).toBeGreaterThanOrEqual(990);
  b.calls.length = 0;
  b.script(failure(429, "Much slower.", { "retry-after": "17" }));
  const refused = await chat(gateway, { model: "exact-name" });
  expect([refused.status, refused.headers.get("retry-after"), b.calls.length]).toEqual([429, "17", 1]);
});

test("T-46 retries have one budget: many failing requests together ask little more than once each", async () => {
  await using own = await startGateway({ upstreams: { c }, ini: "[gateway]\nmax_retries = 10\n" });
  c.script(failure(503, "Down.", { "retry-after": "0" }));
  const requests = 60;
  await Promise.all(Array.from({ length: requests }, async () => (await chat(own)).text()));
  expect(c.calls.length).toBeGreaterThan(requests);
  expect(c.calls.length).toBeLessThanOrEqual(requests + 10 + requests / 10 + 5);
});

test("when every provider fails the caller gets the last one's failure and one row names the attempts", async () => {
  a.script(failure(500));
  b.script(failure(503));
  const answer = await chat(gateway, { model: "chain" });
  expect(answer.status).toBe(503);
  expect(a.calls.length + b.calls.length).toBe(3);
  expect((await gateway.logs())[0]).toMatchObject({
    outcome: "failed",
    attempts: 3,
    http_status: 503,
    cost_nanos: null,
  });
});
