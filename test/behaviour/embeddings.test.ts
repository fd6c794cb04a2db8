/** Vectors whichever of the two families asks for them and gives them, and completions of the old kind where they exist. */
import { afterAll, afterEach, beforeAll, expect, test } from "bun:test";
import { postJson } from "../harness/client.ts";
import { FakeUpstream } from "../harness/fake-upstream.ts";
import { type GatewayUnderTest, startGateway } from "../harness/gateway.ts";

const openAi = new FakeUpstream();
const gemini = new FakeUpstream();
let gateway: GatewayUnderTest;

beforeAll(async () => {
  const ini = [
    `[provider.open]\ntype = openai\nbase_url = ${openAi.url}\napi_key = k`,
    `[provider.google]\ntype = gemini\nbase_url = ${gemini.origin}\napi_key = k`,
    "[routes]\ntext-embedding-3-small = open\ngemini-embedding-001 = google\ngpt-3.5-turbo-instruct = open",
  ].join("\n");
  gateway = await startGateway({ ini });
});
afterEach(() => {
  openAi.calls.length = 0;
  gemini.calls.length = 0;
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  openAi.stop();
  gemini.stop();
});

const vectors = { object: "list", model: "text-embedding-3-small", usage: { prompt_tokens: 5, total_tokens: 5 } };
const entry = (index: number, embedding: readonly number[]) => ({ object: "embedding", index, embedding });

async function post(path: string, body: object): Promise<Record<string, unknown>> {
  const answer = await postJson(`${gateway.url}${path}`, body);
  const said: unknown = await answer.json();
  if (!answer.ok) throw new Error(`${answer.status} ${JSON.stringify(said)}`);
  return said as Record<string, unknown>;
}

test("an OpenAI caller gets the vectors of a Gemini model, in order", async () => {
  gemini.script({ body: { embeddings: [{ values: [1, 2] }, { values: [3, 4] }] } });
  const said = await post("/v1/embeddings", { model: "gemini-embedding-001", input: ["a", "b"], dimensions: 2 });
  expect(said).toMatchObject({ object: "list", data: [entry(0, [1, 2]), entry(1, [3, 4])] });
  expect(gemini.calls[0]?.path).toBe("/v1beta/models/gemini-embedding-001:batchEmbedContents");
  expect(gemini.calls[0]?.json()).toMatchObject({
    requests: [
      { content: { parts: [{ text: "a" }] }, outputDimensionality: 2 },
      { content: { parts: [{ text: "b" }] }, outputDimensionality: 2 },
    ],
  });
});

test("a Gemini caller gets the vector of an OpenAI model, or several in a batch", async () => {
  openAi.script({ body: { ...vectors, data: [entry(0, [0.5, 0.25])] } });
  const content = (text: string) => ({ content: { parts: [{ text }] } });
  const one = await post("/v1beta/models/text-embedding-3-small:embedContent", content("a"));
  expect(one).toMatchObject({ embedding: { values: [0.5, 0.25] } });
  expect(openAi.calls[0]?.json()).toMatchObject({ model: "text-embedding-3-small", input: "a" });

  openAi.script({ body: { ...vectors, data: [entry(1, [2]), entry(0, [1])] } });
  const model = "models/text-embedding-3-small";
  const requests = ["a", "b"].map((text) => ({ model, ...content(text) }));
  const batch = await post(`/v1beta/${model}:batchEmbedContents`, { requests });
  expect(batch).toMatchObject({ embeddings: [{ values: [1] }, { values: [2] }] });
});

test("what only Gemini knows of an embedding is named when it is left out", async () => {
  openAi.script({ body: { ...vectors, data: [entry(0, [1])] } });
  const answer = await postJson(`${gateway.url}/v1beta/models/text-embedding-3-small:embedContent`, {
    content: { parts: [{ text: "a" }] },
    taskType: "RETRIEVAL_QUERY",
  });
  expect([answer.status, answer.headers.get("x-tokligence-dropped")]).toEqual([200, "taskType"]);
});

test("a completion of the old kind passes to a provider that has them, and is refused by name where none has", async () => {
  const body = {
    id: "cmpl-1",
    object: "text_completion",
    choices: [{ index: 0, text: " world", finish_reason: "stop" }],
  };
  openAi.script({ body });
  const said = await post("/v1/completions", { model: "gpt-3.5-turbo-instruct", prompt: "Hello" });
  expect(said).toEqual(body);
  expect(openAi.calls[0]?.path).toBe("/v1/completions");

  const refused = await postJson(`${gateway.url}/v1/completions`, { model: "gemini-embedding-001", prompt: "Hello" });
  expect(refused.status).toBe(400);
  expect(JSON.stringify(await refused.json())).toContain("openai-completions");
  expect(gemini.calls).toEqual([]);
});
