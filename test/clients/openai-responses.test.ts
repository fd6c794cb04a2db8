/** The official `openai` client goes on from kept responses, reads and deletes them, as it does at OpenAI. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import OpenAI from "openai";
import { fourModels, fourProviders } from "../harness/four-providers.ts";
import { type GatewayUnderTest, startGateway } from "../harness/gateway.ts";
import { openAiClient } from "../harness/openai-client.ts";
import { rejectionOf } from "../harness/rejection-of.ts";

const providers = fourProviders();
const thinking = { text: "Let me look.", token: "c2lnbmVkIGJ5IGl0cyBtYWtlcg==" };
const parameters = { type: "object", properties: { city: { type: "string" } } };
const tools = [{ type: "function" as const, name: "weather", parameters, strict: false }];
let gateway: GatewayUnderTest;
let client: OpenAI;

beforeAll(async () => {
  gateway = await startGateway({ ini: `[gateway]\nmax_retries = 0\n${providers.ini()}` });
  client = openAiClient(gateway);
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  providers.stop();
});

describe.each(fourModels)("%s", (model) => {
  const provider = providers.of(model);

  test("a tool's result goes on from the call by its id, and the streaming helper tells the final answer", async () => {
    const call = { id: "call_1", name: "weather", input: '{"city":"Oslo"}' };
    provider.holds([{ thinking, calls: [call] }, { text: "It rains." }]);
    const asked = await client.responses.create({ model, tools, input: "How is the weather in Oslo?" });
    const [made] = asked.output.filter((item) => item.type === "function_call");
    expect(made).toMatchObject({ name: "weather", arguments: '{"city":"Oslo"}' });
    const output = { type: "function_call_output" as const, call_id: made?.call_id ?? "", output: "rain" };
    const pieces: string[] = [];
    const told = await client.responses
      .stream({ model, tools, previous_response_id: asked.id, input: [output] })
      .on("response.output_text.delta", ({ delta }) => void pieces.push(delta))
      .finalResponse();
    expect([told.output_text, pieces.join("")]).toEqual(["It rains.", "It rains."]);
    expect(provider.calls.flatMap(provider.speech.results).map(({ text }) => text)).toEqual([
      expect.stringContaining("rain"),
    ]);
  });

  test("a response is read, its input listed page by page, and deleted", async () => {
    provider.holds([{ text: "Hello." }]);
    const { id } = await client.responses.create({ model, input: "One" });
    const response = await client.responses.create({ model, input: "Two", previous_response_id: id });
    expect(await client.responses.retrieve(response.id)).toEqual(response);
    const roles: unknown[] = [];
    for await (const item of client.responses.inputItems.list(response.id, { order: "asc", limit: 2 })) {
      roles.push(item.type === "message" ? item.role : item.type);
    }
    expect(roles.filter((role) => role !== "reasoning")).toEqual(["user", "assistant", "user"]);
    await client.responses.delete(response.id);
    expect(await rejectionOf(client.responses.retrieve(response.id))).toBeInstanceOf(OpenAI.NotFoundError);
  });

  test("an answer in the form of a schema is parsed", async () => {
    provider.holds([{ text: '{"city":"Oslo"}' }]);
    const schema = { ...parameters, required: ["city"], additionalProperties: false };
    const format = { type: "json_schema" as const, name: "place", strict: true, schema };
    const answer = await client.responses.parse({ model, input: "Where?", text: { format } });
    expect(answer.output_text).toBe('{"city":"Oslo"}');
  });
});

test("what is not kept, or not served, is the error that the client documents", async () => {
  const unknown = client.responses.create({ model: "chat-model", input: "Hello", previous_response_id: "resp_no" });
  const refused = await rejectionOf(unknown);
  expect(refused).toBeInstanceOf(OpenAI.BadRequestError);
  expect(refused).toMatchObject({ code: "previous_response_not_found", param: "previous_response_id" });
  const { id } = await client.responses.create({ model: "chat-model", input: "Hello" });
  const replayed = await rejectionOf(client.responses.retrieve(id, { stream: true }));
  expect(replayed).toMatchObject({ status: 400, code: "unsupported_value", param: "stream" });
  expect(await rejectionOf(client.responses.cancel(id))).toBeInstanceOf(OpenAI.NotFoundError);
});
