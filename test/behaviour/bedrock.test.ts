import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import Anthropic from "@anthropic-ai/sdk";
import type { ContentBlockParam, Message, MessageParam } from "@anthropic-ai/sdk/resources/messages";
import { pureDigest } from "#core/effects/pure-digest.ts";
import { bedrockChunk } from "#integrations/providers/anthropic/aws-event-stream.test-data.ts";
import { signatureHeaders } from "#integrations/providers/anthropic/signature-v4.ts";
import { FakeUpstream, type RecordedCall } from "../harness/fake-upstream.ts";
import { type GatewayUnderTest, startGateway } from "../harness/gateway.ts";
import type { UpstreamScript } from "../harness/upstream-script.ts";

const bedrock = new FakeUpstream();
const key = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG" };
const region = "eu-west-1";
let gateway: GatewayUnderTest;
let client: Anthropic;

beforeAll(async () => {
  const provider = [
    "[provider.aws]\ntype = anthropic\nvariant = bedrock",
    `region = ${region}\nbase_url = ${bedrock.origin}`,
    `access_key_id = ${key.accessKeyId}\nsecret_access_key = ${key.secretAccessKey}`,
  ].join("\n");
  gateway = await startGateway({
    ini: `[gateway]\nmax_retries = 0\n${provider}\n[routes]\nclaude = aws/eu.anthropic.claude-sonnet-4-5-20250929-v1:0\n`,
  });
  client = new Anthropic({ baseURL: gateway.url, apiKey: "any", maxRetries: 0 });
});
beforeEach(() => {
  bedrock.calls.length = 0;
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  bedrock.stop();
});

// What a decoder or a second encoding would change: escapes, padding, what is no base64 at all.
const thought = { type: "thinking", thinking: 'Where is "Zürich"? \u2028 🦊', signature: "EqRk/+x0tYx3d+BAA==" };
const hidden = { type: "redacted_thinking", data: "EmwKAhgBEgy3va3pzix/LafPsn4a=" };
const later = { type: "thinking", thinking: "", signature: "not base64 (at all)" };
const blocks = [
  thought,
  hidden,
  { type: "text", text: "I look." },
  later,
  { type: "tool_use", id: "toolu_1", name: "weather", input: { city: "Zürich" } },
];
const usage = { input_tokens: 12, cache_read_input_tokens: 3, output_tokens: 40 };
const message = { id: "msg_bdrk_1", type: "message", role: "assistant", model: "claude-sonnet-4-5", content: [] };

const whole: UpstreamScript = { body: { ...message, content: blocks, stop_reason: "tool_use", usage } };

const deltas = (block: (typeof blocks)[number]): readonly object[] => {
  if ("signature" in block) {
    const { thinking, signature } = block;
    const text = thinking === "" ? [] : [{ type: "thinking_delta", thinking }];
    return [...text, { type: "signature_delta", signature }];
  }
  if ("text" in block) return [{ type: "text_delta", text: block.text }];
  return "input" in block ? [{ type: "input_json_delta", partial_json: JSON.stringify(block.input) }] : [];
};
const begun = (block: (typeof blocks)[number]): object => {
  if ("signature" in block) return { ...block, thinking: "", signature: "" };
  if ("text" in block) return { ...block, text: "" };
  return "input" in block ? { ...block, input: {} } : block;
};
const events = [
  { type: "message_start", message: { ...message, stop_reason: null, usage: { ...usage, output_tokens: 1 } } },
  ...blocks.flatMap((block, index) => [
    { type: "content_block_start", index, content_block: begun(block) },
    ...deltas(block).map((delta) => ({ type: "content_block_delta", index, delta })),
    { type: "content_block_stop", index },
  ]),
  { type: "message_delta", delta: { stop_reason: "tool_use", stop_sequence: null }, usage },
  { type: "message_stop", "amazon-bedrock-invocationMetrics": { inputTokenCount: 12 } },
];

/** The stream as it comes over the network: in pieces that end anywhere. */
function streamed(): UpstreamScript {
  const frames = Buffer.concat(events.map(bedrockChunk));
  const pieces: Buffer[] = [];
  for (let from = 0; from < frames.length; from += 37) {
    const piece = frames.subarray(from, from + 37);
    pieces.push(Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from("\r\n"));
  }
  const head =
    "HTTP/1.1 200 OK\r\ncontent-type: application/vnd.amazon.eventstream\r\ntransfer-encoding: chunked\r\n\r\n";
  return { raw: Buffer.concat([Buffer.from(head), ...pieces, Buffer.from("0\r\n\r\n")]) };
}

const done: UpstreamScript = {
  body: { ...message, content: [{ type: "text", text: "Sunny." }], stop_reason: "end_turn", usage },
};
const question: MessageParam = { role: "user", content: "What is the weather in Zürich?" };
const ask = (messages: MessageParam[]) => ({
  model: "claude",
  max_tokens: 4_000,
  thinking: { type: "enabled" as const, budget_tokens: 2_000 },
  tools: [{ name: "weather", input_schema: { type: "object" as const, properties: { city: { type: "string" } } } }],
  messages,
});

/** Asks, runs the tool, sends everything back as it was received, and gives what Bedrock then read. */
async function secondTurn(first: UpstreamScript, turn: (asked: ReturnType<typeof ask>) => Promise<Message>) {
  bedrock.script(first, done);
  const { content } = await turn(ask([question]));
  const answer: ContentBlockParam[] = [{ type: "tool_result", tool_use_id: "toolu_1", content: "sunny" }];
  const told = await client.messages.create(
    ask([question, { role: "assistant", content }, { role: "user", content: answer }]),
  );
  expect(told.content).toMatchObject([{ type: "text", text: "Sunny." }]);
  return { content, call: lastCall() };
}

function lastCall(): RecordedCall {
  const call = bedrock.calls.at(-1);
  if (call === undefined) throw new Error("Bedrock was not asked.");
  return call;
}

describe("T-09 T-11 a tool loop of Anthropic's SDK with thoughts, at a model on Bedrock", () => {
  test.each([
    ["whole", whole, (asked: ReturnType<typeof ask>) => client.messages.create(asked), "invoke"],
    [
      "streamed",
      streamed(),
      (asked: ReturnType<typeof ask>) => client.messages.stream(asked).finalMessage(),
      "invoke-with-response-stream",
    ],
  ] as const)("pitfall 42 %s, gives back every thought byte for byte, in its place", async (_, first, turn, method) => {
    const { content, call } = await secondTurn(first, turn);
    const types: readonly string[] = content.map(({ type }) => type);
    expect(types).toEqual(blocks.map(({ type }) => type));
    expect(bedrock.calls[0]?.path).toBe(`/model/eu.anthropic.claude-sonnet-4-5-20250929-v1%3A0/${method}`);
    const [, replayed] = call.json()["messages"] as { content: object[] }[];
    expect(replayed?.content).toMatchObject(blocks);
    const body = new TextDecoder().decode(call.body);
    for (const block of [thought, hidden, later]) {
      for (const value of Object.values(block)) expect(body).toContain(JSON.stringify(value));
    }
  });

  test("what is sent is what was signed, with the key of the configuration", async () => {
    const { call } = await secondTurn(whole, (asked) => client.messages.create(asked));
    const { "content-type": type = "", accept = "", "x-amz-date": date = "", authorization } = call.headers;
    const [, y, mo, d, h, mi, s] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(date) ?? [];
    const signed = signatureHeaders(pureDigest, key, {
      method: "POST",
      url: `${bedrock.origin}${call.path}`,
      headers: { "content-type": type, accept },
      body: call.body,
      region,
      service: "bedrock",
      nowMs: Date.UTC(Number(y), Number(mo) - 1, Number(d), Number(h), Number(mi), Number(s)),
    });
    expect(authorization).toBe(signed["authorization"]);
    expect(call.json()).toMatchObject({ anthropic_version: "bedrock-2023-05-31" });
    for (const field of ["model", "stream"]) expect(call.json()).not.toHaveProperty(field);
    expect(Object.keys(call.headers).filter((name) => name.startsWith("anthropic") || name === "x-api-key")).toEqual(
      [],
    );
  });
});
