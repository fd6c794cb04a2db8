/** Refusals and failures of providers, in the caller's own words. */
import { describe, expect, test } from "bun:test";
import { eventually } from "../../harness/eventually.ts";
import type { UpstreamScript } from "../../harness/upstream-script.ts";
import { type Pair, sixteenPairs, type Told } from "../../harness/wires/pairs.ts";
import { fieldsOf, type PerWire, wordOf } from "../../harness/wires/wire.ts";

const pairs = sixteenPairs();
const question = { text: "Hello" };

/** OpenAI's two protocols have one envelope, in which a refusal passes word for word. */
const isOpenAi = (name: string): boolean => name.startsWith("openai");
const isOneFamily = ({ client, upstream }: Pair): boolean =>
  client === upstream || (isOpenAi(client.name) && isOpenAi(upstream.name));

/** What kind of error the caller's client takes it for. */
const kindOf: PerWire<(told: Told) => unknown> = {
  "openai-chat": ({ error }) => error["code"],
  "openai-responses": ({ error }) => error["code"],
  "anthropic-messages": ({ error }) => error["type"],
  "gemini-generate": ({ error }) => error["status"],
};

/** Each case of an error with the kind that each caller knows it by. */
const kinds: Readonly<Record<string, PerWire<string>>> = {
  rate: {
    "openai-chat": "rate_limit_exceeded",
    "openai-responses": "rate_limit_exceeded",
    "anthropic-messages": "rate_limit_error",
    "gemini-generate": "RESOURCE_EXHAUSTED",
  },
  overload: {
    "openai-chat": "upstream_overloaded",
    "openai-responses": "upstream_overloaded",
    "anthropic-messages": "overloaded_error",
    "gemini-generate": "UNAVAILABLE",
  },
  failure: {
    "openai-chat": "upstream_error",
    "openai-responses": "upstream_error",
    "anthropic-messages": "api_error",
    "gemini-generate": "INTERNAL",
  },
  credentials: {
    "openai-chat": "upstream_auth",
    "openai-responses": "upstream_auth",
    "anthropic-messages": "api_error",
    "gemini-generate": "INTERNAL",
  },
};

const openAiTooLong =
  "This model's maximum context length is 128000 tokens. However, your messages resulted in 150000 tokens.";
const tooLong: PerWire<string> = {
  "openai-chat": openAiTooLong,
  "openai-responses": openAiTooLong,
  "anthropic-messages": "prompt is too long: 150000 tokens > 128000 maximum",
  "gemini-generate": "The input token count (150000) exceeds the maximum number of tokens allowed (128000).",
};

/** The provider's refusal of a prompt that is too long. */
function refusalOf({ provider, upstream }: Pair): UpstreamScript {
  const script = provider.speech.failure(400, tooLong[upstream.name]);
  if (!isOpenAi(upstream.name)) return script;
  const error = fieldsOf(fieldsOf(script.body)["error"]);
  return {
    ...script,
    body: { error: { ...error, type: "invalid_request_error", code: "context_length_exceeded" } },
  };
}

/** The error event of a stream. */
const failing: PerWire<object> = {
  "openai-chat": { error: { message: "Overheated.", type: "server_error", param: null, code: null } },
  "openai-responses": {
    type: "error",
    sequence_number: 5,
    error: { type: "server_error", code: "server_error", message: "Overheated.", param: null },
  },
  "anthropic-messages": { type: "error", error: { type: "api_error", message: "Overheated." } },
  "gemini-generate": { error: { code: 500, message: "Overheated.", status: "INTERNAL" } },
};

describe.each(pairs.table)("%s", (_, pair) => {
  const { provider, client } = pair;
  const ways = [false, true];

  test.each(ways)("pitfall 71 too many requests is that, with the wait, streamed: %p", async (streamed) => {
    // Gemini's wait stands in the body alone: 6.4 s.
    const wait = pair.upstream.name === "gemini-generate" ? undefined : { "retry-after": "7" };
    provider.holds([{ script: provider.speech.failure(429, "Slow down.", wait) }]);
    const told = await pair.ask(question, { streamed });
    expect(told).toMatchObject({ status: 429, error: { message: "Slow down." } });
    expect(told.headers.get("retry-after")).toBe("7");
    if (!isOneFamily(pair)) expect(kindOf[client.name](told)).toBe(kinds["rate"]?.[client.name]);
    if (client.name === "gemini-generate") expect(JSON.stringify(told.error["details"])).toContain("retryDelay");
  });

  test("pitfall 74 a prompt that is too long is told in the caller's words, with the numbers", async () => {
    provider.holds([{ script: refusalOf(pair) }]);
    const told = await pair.ask(question, { streamed: true });
    expect(told.status).toBe(400);
    const message = wordOf(told.error["message"]);
    if (isOpenAi(client.name)) expect(told.error["code"]).toBe("context_length_exceeded");
    else expect(message).toBe(tooLong[client.name]);
    expect(message).toContain("150000");
    expect(message).toContain("128000");
  });

  test.each([500, 503, 529])("pitfall 72 the provider's %d keeps its class", async (status) => {
    provider.holds([{ script: provider.speech.failure(status, '{"detail":"at /srv/app.py:10"}') }]);
    const told = await pair.ask(question, { streamed: true });
    const overload = status !== 500;
    expect(told.status).toBe(overload ? (client.name === "anthropic-messages" ? 529 : 503) : 502);
    expect(kindOf[client.name](told)).toBe(kinds[overload ? "overload" : "failure"]?.[client.name]);
    expect(wordOf(told.error["message"])).not.toMatch(/[{}]|srv/);
  });

  test("pitfall 72 a failure is told in the provider's sentence, and the books hold its id of the call", async () => {
    const script = provider.speech.failure(500, "The model worker at 10.0.0.7 crashed.", { "x-request-id": "up-9" });
    provider.holds([{ script }]);
    const told = await pair.ask(question, { streamed: true });
    expect([told.status, told.error["message"]]).toEqual([502, "The model worker at [address] crashed."]);
    expect((await pairs.gateway.logs())[0]).toMatchObject({ outcome: "failed", upstream_request_id: "up-9" });
  });

  test("pitfall 72 a model that the provider does not know is not found for the caller's client too", async () => {
    provider.holds([{ script: provider.speech.failure(404, "No such model.") }]);
    const told = await pair.ask(question);
    expect([told.status, told.error["message"]]).toEqual([404, "No such model."]);
    if (client.name === "anthropic-messages") expect(kindOf[client.name](told)).toBe("not_found_error");
    if (client.name === "gemini-generate") expect(kindOf[client.name](told)).toBe("NOT_FOUND");
  });

  test.each([401, 403])("pitfall 73 the gateway's own bad key (%d) is not the caller's", async (status) => {
    provider.holds([{ script: provider.speech.failure(status, "Incorrect API key provided: sk-secret.") }]);
    const told = await pair.ask(question);
    expect(told.status).toBe(502);
    expect(kindOf[client.name](told)).toBe(kinds["credentials"]?.[client.name]);
    expect(told.raw).not.toContain("sk-");
    const named = `"provider":"${provider.target.split("/")[0]}"`;
    const line = await eventually("it is told", () =>
      pairs.gateway
        .output()
        .split("\n")
        .find((one) => one.includes("credentials_refused") && one.includes(named) && one.endsWith("}")),
    );
    expect(JSON.parse(line)).toMatchObject({ level: "error" });
  });

  test("T-10 an error in the middle of a stream is one in the caller's grammar, and no success", async () => {
    const script = provider.speech.stream({ text: "It rains cats and dogs." });
    const events = script.events?.slice(0, 5) ?? [];
    provider.holds([{ script: { ...script, events: [...events, failing[pair.upstream.name]] } }]);
    const told = await pair.ask(question, { streamed: true });
    expect(told.status).toBe(200);
    expect(told.text).toStartWith("It ");
    expect(told.isWhole).toBe(false);
    expect(wordOf(told.failure?.["message"])).not.toBe("");
  });

  test("an error before any content is still a status", async () => {
    const script = provider.speech.stream({ text: "Never." });
    provider.holds([{ script: { ...script, events: [failing[pair.upstream.name]] } }]);
    const told = await pair.ask(question, { streamed: true });
    expect(told.status).toBe(502);
    expect(kindOf[client.name](told)).toBe(kinds["failure"]?.[client.name]);
  });

  test("pitfall 57 T-10 a stream that is cut does not end like a good one", async () => {
    provider.holds([{ text: "It rains cats and dogs.", cut: true }]);
    const told = await pair.ask(question, { streamed: true });
    expect("It rains cats and dogs.").toStartWith(told.text);
    expect(told.isWhole).toBe(false);
    expect(wordOf(told.failure?.["message"])).not.toBe("");
  });

  test("pitfall 57 a whole answer that is cut is an error", async () => {
    provider.holds([{ text: "It rains cats and dogs.", cut: true }]);
    const told = await pair.ask(question);
    expect(told.status).toBe(502);
    expect(wordOf(told.error["message"])).not.toBe("");
  });
});

const toGemini = pairs.table.filter(([, { upstream }]) => upstream.name === "gemini-generate");
test.each(toGemini)("pitfall 73 %s: Gemini's 400 for a bad key is the gateway's own too", async (_, pair) => {
  const info = {
    "@type": "type.googleapis.com/google.rpc.ErrorInfo",
    reason: "API_KEY_INVALID",
    domain: "googleapis.com",
  };
  const message = "API key not valid. Please pass a valid API key.";
  const body = { error: { code: 400, message, status: "INVALID_ARGUMENT", details: [info] } };
  pair.provider.holds([{ script: { status: 400, body } }]);
  const told = await pair.ask(question);
  expect(told.status).toBe(502);
  expect(kindOf[pair.client.name](told)).toBe(kinds["credentials"]?.[pair.client.name]);
});
