/** Embeddings and the model list as the official `openai` client reads them. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import OpenAI from "openai";
import { eventually } from "../harness/eventually.ts";
import { FakeUpstream } from "../harness/fake-upstream.ts";
import { type GatewayUnderTest, startGateway } from "../harness/gateway.ts";
import { openAiClient } from "../harness/openai-client.ts";
import { rejectionOf } from "../harness/rejection-of.ts";

const upstream = new FakeUpstream();
const vector = [0.5, -0.25, 1];
let gateway: GatewayUnderTest;
let client: OpenAI;

beforeAll(async () => {
  gateway = await startGateway({ upstreams: { up: upstream }, ini: "fast = up/test-model\norg/slashed = up\n" });
  client = openAiClient(gateway);
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  upstream.stop();
});

function embeddings(embedding: unknown): object {
  const usage = { prompt_tokens: 2, total_tokens: 2 };
  return { object: "list", data: [{ object: "embedding", index: 0, embedding }], model: "test-model", usage };
}

test("vectors arrive, whether the client asks for numbers or, as it does by itself, for base64", async () => {
  const base64 = Buffer.from(new Float32Array(vector).buffer).toString("base64");
  upstream.script({ body: embeddings(base64) });
  const decoded = await client.embeddings.create({ model: "test-model", input: "Hello" });
  expect(decoded.data[0]?.embedding).toEqual(vector);
  expect(upstream.calls.at(-1)?.json()["encoding_format"]).toBe("base64");

  upstream.script({ body: embeddings(vector) });
  const numbers = await client.embeddings.create({ model: "test-model", input: "Hello", encoding_format: "float" });
  expect(numbers.data[0]?.embedding).toEqual(vector);
  expect(numbers.usage).toEqual({ prompt_tokens: 2, total_tokens: 2 });
  expect((await gateway.logs())[0]).toMatchObject({ input_tokens: 2, outcome: "finished" });
});

test("the built-in model gives the same vector in both encodings, as long as asked", async () => {
  const request = { model: "loopback", input: ["a", "b"], dimensions: 8 };
  const decoded = await client.embeddings.create(request);
  const numbers = await client.embeddings.create({ ...request, encoding_format: "float" });
  expect(decoded.data.map(({ embedding }) => embedding.length)).toEqual([8, 8]);
  for (const [index, { embedding }] of decoded.data.entries()) {
    expect(embedding).toEqual([...new Float32Array(numbers.data[index]?.embedding ?? [])]);
  }
});

test("T-44 an abort of a call for vectors stops the provider", async () => {
  upstream.script({ headDelayMs: Number.POSITIVE_INFINITY });
  const before = upstream.calls.length;
  const controller = new AbortController();
  const failed = rejectionOf(
    client.embeddings.create({ model: "test-model", input: "Hello" }, { signal: controller.signal }),
  );
  await eventually("the call arrived", () => upstream.calls.length > before);
  controller.abort();
  expect(await failed).toBeInstanceOf(OpenAI.APIUserAbortError);
  await eventually("the provider saw it", () => upstream.calls.at(-1)?.abortedAtMs !== undefined);
});

test("models are listed and retrieved, names with slashes too; an unknown one is not found", async () => {
  const listed: string[] = [];
  for await (const model of client.models.list()) listed.push(model.id);
  expect(listed).toContainValues(["loopback", "fast", "org/slashed"]);
  expect(listed).not.toContain("*");
  for (const id of ["fast", "org/slashed"]) {
    expect(await client.models.retrieve(id)).toMatchObject({ id, object: "model", created: expect.any(Number) });
  }
  await using strict = await startGateway({ ini: "[routes]\nfast = loopback\n" });
  const error = await rejectionOf(openAiClient(strict).models.retrieve("nothing"));
  expect(error).toBeInstanceOf(OpenAI.NotFoundError);
});
