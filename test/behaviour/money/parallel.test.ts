/** Many calls at once against a budget: what fits is answered, the rest is refused before anybody is asked. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { postJson } from "../../harness/client.ts";
import { FakeUpstream } from "../../harness/fake-upstream.ts";
import { fourModels, fourProviders } from "../../harness/four-providers.ts";
import { type GatewayUnderTest, startGateway } from "../../harness/gateway.ts";
import { bookedRows, budgetNow, control, createBudget, setPrice } from "../../harness/money.ts";
import { scriptedUsage } from "../../harness/scripted-answer.ts";
import { anthropicWire } from "../../harness/wires/anthropic-wire.ts";
import { chatWire } from "../../harness/wires/chat-wire.ts";
import { geminiWire } from "../../harness/wires/gemini-wire.ts";
import { responsesWire } from "../../harness/wires/responses-wire.ts";
import type { Wire } from "../../harness/wires/wire.ts";

// 64 calls at once, many times over, beside whatever else the machine does.
setDefaultTimeout(60_000);

const providers = fourProviders();
const vectors = new FakeUpstream({
  body: {
    object: "list",
    data: [{ object: "embedding", index: 0, embedding: [0] }],
    model: "text-embedding-3-small",
    usage: { prompt_tokens: 4, total_tokens: 4 },
  },
});
let gateway: GatewayUnderTest;

beforeAll(async () => {
  const embedder = `[provider.vectors]\ntype = openai-compatible\nbase_url = ${vectors.url}\napi_key = k\n`;
  const routes = "vector-model = vectors/text-embedding-3-small\nold-model = chat/gpt-3.5-turbo-instruct\n";
  gateway = await startGateway({ ini: `${embedder}${providers.ini(routes)}`, keys: true });
  // A fee for the call and nothing for tokens: what a call can cost at most is what it costs.
  const fee = { input: "0", output: "0", request: "1" };
  const models = ["gpt-4o", "gpt-5.5", "claude-sonnet-4-5", "gemini-3-pro-preview", "gpt-3.5-turbo-instruct"];
  for (const model of [...models, "text-embedding-3-small"]) await setPrice(gateway, model, fee);
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  providers.stop();
  vectors.stop();
});

/** A call of one endpoint. */
interface Endpoint {
  readonly name: string;
  ask(key: string, headers?: Readonly<Record<string, string>>): Promise<Response>;
}

const wires: readonly Wire[] = [chatWire, responsesWire, anthropicWire, geminiWire];

function conversationWith(wire: Wire, model: string, streamed: boolean): Endpoint {
  const body = wire.begin({ text: "Hello" });
  const limited = wire.name === "anthropic-messages" ? { max_tokens: 100, ...body } : body;
  return {
    name: `${wire.name} to ${model}, ${streamed ? "streamed" : "whole"}`,
    ask: (key, headers) =>
      postJson(`${gateway.url}${wire.path(model, streamed)}`, wire.sent(limited, model, streamed), {
        headers: { ...keyHeaders(wire, key), ...headers },
      }),
  };
}

function keyHeaders({ name }: Wire, key: string): Record<string, string> {
  if (name === "anthropic-messages") return { "x-api-key": key };
  return name === "gemini-generate" ? { "x-goog-api-key": key } : { authorization: `Bearer ${key}` };
}

const simple = (name: string, path: string, body: object): Endpoint => ({
  name,
  ask: (key, headers) =>
    postJson(`${gateway.url}${path}`, body, { headers: { authorization: `Bearer ${key}`, ...headers } }),
});

const conversations = wires.flatMap((wire) =>
  fourModels.flatMap((model) => [false, true].map((streamed) => conversationWith(wire, model, streamed))),
);
const others: readonly Endpoint[] = [
  simple("completions", "/v1/completions", { model: "old-model", prompt: "Hello" }),
  simple("embeddings", "/v1/embeddings", { model: "vector-model", input: "Hello" }),
  simple("Gemini's embeddings", "/v1beta/models/vector-model:embedContent", {
    content: { parts: [{ text: "Hello" }] },
  }),
];

function everybodyAnswers(): void {
  for (const { holds } of providers.all) holds(Array.from({ length: 4 }, () => ({ text: "Hello there" })));
}

async function keyOf(): Promise<{ readonly key: string; readonly id: string }> {
  const key = await gateway.createKey();
  const { data } = (await control(gateway, "GET", "/keys?limit=1000")) as { data: { id: string; prefix: string }[] };
  const found = data.find(({ prefix }) => key.startsWith(prefix));
  if (found === undefined) throw new Error("The key is not listed.");
  return { key, id: found.id };
}

describe("F107, T-27, T-28: of 64 parallel calls against a budget for ten exactly ten are answered", () => {
  test.each([...conversations, ...others].map((endpoint) => [endpoint.name, endpoint] as const))(
    "%s",
    async (_, endpoint) => {
      everybodyAnswers();
      const { key, id } = await keyOf();
      const budget = await createBudget(gateway, { scope: `key:${id}`, limit_usd: "10" });
      const answers = await Promise.all(Array.from({ length: 64 }, () => endpoint.ask(key)));
      const texts = await Promise.all(answers.map((answer) => answer.text()));
      const good = answers.filter(({ ok }) => ok).length;
      expect([good, texts.find((text, at) => answers[at]?.status !== 200 && !/budget/i.test(text))]).toEqual([
        10,
        undefined,
      ]);
      expect(await budgetNow(gateway, budget)).toMatchObject({
        spent_usd: "10",
        reserved_usd: "0",
        remaining_usd: "0",
      });
    },
  );
});

describe("T-28: a budget of every scope is kept at every endpoint", () => {
  test.each(["org", "team", "user", "key", "tag"])("%s", async (scope) => {
    everybodyAnswers();
    const { key: own, id } = await keyOf();
    const scopeId = await scopeOf(scope, id);
    const key = scope === "team" ? await teamKey(id) : own;
    const budget = await createBudget(gateway, { scope: scopeId, limit_usd: "0.5" });
    const headers = scope === "tag" ? { "x-tokligence-tags": "other, project=search" } : {};
    const asked = providers.all.flatMap(({ upstream }) => upstream.calls).length + vectors.calls.length;
    try {
      for (const endpoint of [...conversations, ...others]) {
        const answer = await endpoint.ask(key, headers);
        expect([endpoint.name, answer.ok, await answer.text()]).toEqual([
          endpoint.name,
          false,
          expect.stringMatching(/budget/i),
        ]);
      }
    } finally {
      await control(gateway, "DELETE", `/budgets/${budget.id}`);
    }
    expect(providers.all.flatMap(({ upstream }) => upstream.calls).length + vectors.calls.length).toBe(asked);
  });

  async function scopeOf(scope: string, keyId: string): Promise<string> {
    if (scope === "org") return "org";
    if (scope === "tag") return "tag:project=search";
    if (scope === "key") return `key:${keyId}`;
    if (scope === "user") return `user:${await ownerOf(keyId)}`;
    await control(gateway, "POST", "/teams", { name: "searchers" });
    return "team:searchers";
  }

  async function ownerOf(keyId: string): Promise<string> {
    return ((await control(gateway, "GET", `/keys/${keyId}`)) as { user_id: string }).user_id;
  }

  /** A key of the team, of whoever owns this one. */
  async function teamKey(keyId: string): Promise<string> {
    const user = await ownerOf(keyId);
    await control(gateway, "PUT", `/teams/searchers/members/${user}`, {});
    const issued = await control(gateway, "POST", "/keys", { user, team: "searchers", name: "of the team" });
    return (issued as { key: string }).key;
  }
});

describe("a call that a budget refuses", () => {
  const shown: Readonly<Record<Wire["name"], readonly [number, object]>> = {
    "openai-chat": [402, { error: { type: "insufficient_quota", code: "insufficient_quota" } }],
    "openai-responses": [402, { error: { type: "insufficient_quota", code: "insufficient_quota" } }],
    "anthropic-messages": [402, { type: "error", error: { type: "billing_error" } }],
    "gemini-generate": [429, { error: { code: 429, status: "RESOURCE_EXHAUSTED" } }],
  };

  test.each(wires.map((wire) => [wire.name, wire] as const))(
    "is told so as %s tells it, and not to try again",
    async (_, wire) => {
      const { key, id } = await keyOf();
      await createBudget(gateway, { scope: `key:${id}`, limit_usd: "0.25", window: "month" });
      for (const streamed of [false, true]) {
        const answer = await conversationWith(wire, "chat-model", streamed).ask(key);
        const [status, body] = shown[wire.name];
        expect([answer.status, answer.headers.get("x-should-retry")]).toEqual([status, "false"]);
        const text = await answer.text();
        expect(JSON.parse(text)).toMatchObject(body);
        expect(text).toMatch(/0\.25/);
      }
    },
  );

  test("T-31 consumes nothing: its row has no tokens, no cost and nobody asked", async () => {
    const { key, id } = await keyOf();
    await createBudget(gateway, { scope: `key:${id}`, limit_usd: "0.25" });
    const answer = await conversationWith(chatWire, "chat-model", false).ask(key);
    const requestId = answer.headers.get("x-request-id");
    const [row] = bookedRows(gateway).filter((booked) => booked["request_id"] === requestId);
    expect(row).toMatchObject({
      outcome: "failed",
      error_code: "budget_exhausted",
      http_status: 402n,
      attempts: 0n,
      usage_source: "none",
      input_tokens: null,
      cost_nanos: null,
    });
    expect(await gateway.metrics()).toMatch(/tokligence_budget_refusals_total\{code="budget_exhausted"\} [1-9]/);
  });

  test("a soft budget refuses nobody, and pays", async () => {
    everybodyAnswers();
    const { key, id } = await keyOf();
    const budget = await createBudget(gateway, { scope: `key:${id}`, limit_usd: "0.25", mode: "soft" });
    const answer = await conversationWith(chatWire, "chat-model", false).ask(key);
    expect(answer.status).toBe(200);
    expect((await budgetNow(gateway, budget)).spent_usd).toBe("1");
  });
});

test("where tokens cost, a call holds more than it costs, never more than the limit is spent, and what was not used is free again", async () => {
  await setPrice(gateway, "gpt-4o", { input: "1000", output: "1000" });
  everybodyAnswers();
  const { key, id } = await keyOf();
  // 1,000 dollars a million tokens: a tenth of a cent each.
  const cost = (scriptedUsage.input + scriptedUsage.output) / 1000;
  const budget = await createBudget(gateway, { scope: `key:${id}`, limit_usd: "1" });
  const ask = () =>
    postJson(
      `${gateway.url}/v1/chat/completions`,
      { model: "chat-model", messages: [{ role: "user", content: "Hello" }], max_tokens: 100 },
      { headers: { authorization: `Bearer ${key}` } },
    );
  let good = 0;
  for (let rounds = 0; rounds < 12; rounds += 1) {
    const answers = await Promise.all(Array.from({ length: 16 }, ask));
    good += answers.filter(({ ok }) => ok).length;
    for (const answer of answers) await answer.text();
    const { spent_usd: spent, reserved_usd: reserved } = await budgetNow(gateway, budget);
    expect(Number(spent)).toBeLessThanOrEqual(1);
    expect([reserved, Number(spent)]).toEqual(["0", Number((good * cost).toFixed(9))]);
  }
  // Until less is left than one more may cost: 100 tokens of answer and at most 66 of input.
  expect(1 - good * cost).toBeLessThan(0.17);
});
