import { expect, test } from "bun:test";
import { chat, errorOf, postJson } from "../harness/client.ts";
import { eventually } from "../harness/eventually.ts";
import { FakeUpstream } from "../harness/fake-upstream.ts";
import { type GatewayUnderTest, startGateway, testedProgram } from "../harness/gateway.ts";
import { GatewayProcess } from "../harness/gateway-process.ts";
import { sharedGateway } from "../harness/shared-gateway.ts";
import { threeFamilies } from "../harness/three-families.ts";
import { completion, stream } from "../harness/upstream-script.ts";

const shared = sharedGateway(completion());
const { upstream } = shared;
let keys = 0;

const under = (key: string) => ({ headers: { "idempotency-key": key } });
function freshKey(): string {
  keys += 1;
  return `key-${keys}`;
}
const isReplay = ({ headers }: Response): boolean => headers.get("x-tokligence-replayed") === "true";
const rows = async (gateway: GatewayUnderTest): Promise<number> => (await gateway.logs()).length;
/** Status and code of a refusal. */
const refusalOf = async (answer: Response) => [answer.status, (await errorOf(answer)).code];

test("F27 the same call twice at once, and once more, is one call of the provider, one row and one answer", async () => {
  upstream.script({ ...completion(), headDelayMs: 200 });
  const before = await rows(shared.gateway);
  const key = freshKey();
  const both = await Promise.all([1, 2].map(() => chat(shared.gateway, {}, under(key))));
  const again = await chat(shared.gateway, {}, under(key));
  const texts = await Promise.all([...both, again].map((answer) => answer.text()));
  expect(new Set(texts).size).toBe(1);
  expect([...both, again].map(isReplay).sort()).toEqual([false, true, true]);
  expect(again.headers.get("x-tokligence-provider")).toBe("up");
  expect(again.headers.get("x-request-id")).not.toBe(both[0]?.headers.get("x-request-id") ?? null);
  expect([upstream.calls.length, (await rows(shared.gateway)) - before]).toEqual([1, 1]);
  expect(upstream.calls[0]?.headers).not.toHaveProperty("idempotency-key");
});

test("F27 another body under the same key is 422, a key that is none 400, in the words of the caller's protocol", async () => {
  const [openai, anthropic, gemini] = threeFamilies;
  for (const family of [openai, anthropic, gemini]) {
    const key = freshKey();
    const ask = async (text: string, headers = under(key).headers) =>
      family?.ask(shared.gateway.url, { text, headers }) ?? new Response();
    const first = await ask("Hello");
    const whole = await first.text();
    expect([first.status, isReplay(first)]).toEqual([200, false]);
    const again = await ask("Hello");
    expect([await again.text(), isReplay(again), again.status]).toEqual([whole, true, 200]);
    const other = await ask("Goodbye");
    expect([family?.name, other.status]).toEqual([family?.name ?? "openai", 422]);
    expect(JSON.stringify(await other.json())).toContain("used for another request");
  }
  expect(upstream.calls).toHaveLength(3);
  for (const key of ["", "x".repeat(256), "é"]) {
    const refused = await chat(shared.gateway, {}, under(key));
    expect([refused.status, (await errorOf(refused)).param]).toEqual([400, "idempotency-key"]);
  }
});

test("F27 a stream is given again byte for byte, translated or passed through; of the Responses API and embeddings too", async () => {
  const vector = { object: "list", model: "m", data: [{ object: "embedding", index: 0, embedding: [0.5] }] };
  upstream.script((call) => (call.path.includes("embeddings") ? { body: vector } : stream()));
  const calls: [string, object][] = [
    ["/v1/chat/completions", { stream: true, messages: [{ role: "user", content: "Hi" }] }],
    ["/v1/messages", { stream: true, max_tokens: 9, messages: [{ role: "user", content: "Hi" }] }],
    ["/v1/responses", { stream: true, input: "Hi" }],
    ["/v1/embeddings", { input: "Hi" }],
  ];
  for (const [path, fields] of calls) {
    const key = freshKey();
    const ask = () => postJson(`${shared.gateway.url}${path}`, { model: "test-model", ...fields }, under(key));
    const first = await ask();
    const bytes = await first.bytes();
    const again = await ask();
    expect([path, first.status, isReplay(first), isReplay(again)]).toEqual([path, 200, false, true]);
    expect(again.headers.get("content-type")).toBe(first.headers.get("content-type") ?? "");
    expect(await again.bytes()).toEqual(bytes);
  }
  expect(upstream.calls).toHaveLength(calls.length);
});

test("F27 a refusal and a failure leave the key free", async () => {
  const key = freshKey();
  upstream.script({ status: 400, body: { error: { message: "no" } } }, completion());
  expect((await chat(shared.gateway, {}, under(key))).status).toBe(400);
  const second = await chat(shared.gateway, {}, under(key));
  expect([second.status, isReplay(second)]).toEqual([200, false]);
  expect(isReplay(await chat(shared.gateway, {}, under(key)))).toBe(true);
  const unknown = freshKey();
  expect((await chat(shared.gateway, { tools: 7 }, under(unknown))).status).toBe(400);
  expect((await chat(shared.gateway, {}, under(unknown))).status).toBe(200);
});

test("F27 a stream whose caller left, or that broke off, is not given again: nobody knows how it ended", async () => {
  const [left, broken] = [freshKey(), freshKey()];
  upstream.script({ events: stream().events?.slice(0, 3) ?? [], end: "hang" });
  const caller = new AbortController();
  const options = { ...under(left), signal: caller.signal };
  const leaving = await chat(shared.gateway, { stream: true }, options);
  await leaving.body?.getReader().read();
  caller.abort();
  const outcome = () => chat(shared.gateway, { stream: true }, under(left)).then(refusalOf);
  expect(await outcome()).toEqual([409, "idempotency_interrupted"]);
  upstream.script({ events: stream().events?.slice(0, 3) ?? [], end: "cut" });
  await (await chat(shared.gateway, { stream: true }, under(broken))).text();
  const after = await chat(shared.gateway, { stream: true }, under(broken));
  expect([after.headers.get("x-should-retry"), ...(await refusalOf(after))]).toEqual([
    "false",
    409,
    "idempotency_interrupted",
  ]);
});

test("F27 F94 with keys the same idempotency key of somebody else is another one; a replay counts for no limit", async () => {
  await using gateway = await startGateway({ upstreams: { up: upstream }, keys: true });
  const [one, other] = [await gateway.createKey({ requests_per_minute: 2 }), await gateway.createKey()];
  const ask = (key: string, name = "shared") =>
    chat(gateway, {}, { headers: { authorization: `Bearer ${key}`, "idempotency-key": name } });
  expect(isReplay(await ask(one))).toBe(false);
  expect(isReplay(await ask(other))).toBe(false);
  for (let round = 0; round < 5; round += 1) expect(isReplay(await ask(one))).toBe(true);
  expect(upstream.calls).toHaveLength(2);
  expect([(await ask(one, "second")).status, (await ask(one, "third")).status]).toEqual([200, 429]);
});

test("F27 after kill -9 an answer that was given is given again, and a call that was under way is 409", async () => {
  using provider = new FakeUpstream(completion("remembered"));
  await using gateway = new GatewayProcess({
    program: testedProgram,
    configuration: `[provider.up]\ntype = openai-compatible\nbase_url = ${provider.url}\n[routes]\n* = up\n[gateway]\nidempotency_max_bytes = 2000\n`,
  });
  await gateway.serve();
  const done = await (await chat(gateway, {}, under("done"))).text();
  provider.script(completion("x".repeat(3_000)));
  expect((await chat(gateway, {}, under("large"))).status).toBe(200);
  provider.script({ headDelayMs: Number.POSITIVE_INFINITY });
  const lost = chat(gateway, {}, under("lost")).catch(() => undefined);
  await eventually("the call is under way", () => provider.calls.length === 3);
  await gateway.stop("SIGKILL");
  await lost;
  provider.script(completion());
  await gateway.serve();
  const again = await chat(gateway, {}, under("done"));
  expect([await again.text(), isReplay(again)]).toEqual([done, true]);
  expect(await refusalOf(await chat(gateway, {}, under("lost")))).toEqual([409, "idempotency_interrupted"]);
  expect(await refusalOf(await chat(gateway, {}, under("large")))).toEqual([409, "idempotency_not_kept"]);
  expect(provider.calls).toHaveLength(3);
});
