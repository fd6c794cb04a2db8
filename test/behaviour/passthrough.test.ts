import { afterAll, beforeAll, expect, test } from "bun:test";
import { chat, chatStream, contentOf, errorOf, hello, postJson } from "../harness/client.ts";
import { FakeUpstream, type RecordedCall } from "../harness/fake-upstream.ts";
import { type GatewayUnderTest, startGateway, upstreamKey } from "../harness/gateway.ts";
import { completion, stream } from "../harness/upstream-script.ts";

const upstream = new FakeUpstream();
let gateway: GatewayUnderTest;

beforeAll(async () => {
  gateway = await startGateway({
    upstreams: { up: upstream },
    ini: "[routes]\nalias = up/vendor/real-model.v1\n",
  });
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  upstream.stop();
});

const textOf = (bytes: Uint8Array | undefined): string => new TextDecoder().decode(bytes);
const lastCall = (): RecordedCall => {
  const call = upstream.calls.at(-1);
  if (call === undefined) throw new Error("The provider was not asked.");
  return call;
};

/** Every field of the API reference, some nobody has heard of, numbers no double can hold, and careless spacing. */
const everyField = `{ "zebra":1,"messages" : [{"role":"user","content":"Grüße \\u00e9 \\ud83d\\ude00","vendor_hint":[1.0,1e2]}],
  "n":2, "tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object"},"strict":true}}],
  "tool_choice":"auto","parallel_tool_calls":false,"response_format":{"type":"json_schema","json_schema":{"name":"x","schema":{}}},
  "logprobs":true,"top_logprobs":5,"seed":1234567890123456789012345678901234567890,"logit_bias":{"50256":-100},
  "modalities":["text","audio"],"audio":{"voice":"alloy","format":"wav"},"prediction":{"type":"content","content":"x"},
  "reasoning_effort":"high","service_tier":"flex","store":false,"metadata":{"b":"2","a":"1"},"stop":["\\n"],
  "temperature":0.10,"top_p":1,"presence_penalty":-0.0,"user":"u","max_completion_tokens":16,
  "vendor":{"nested":{"deep":[null,true,9007199254740993]}}, "model":"alias" ,"apple":0}`;

test("every field of a chat request reaches the provider byte for byte, only the model's name is another", async () => {
  upstream.script(completion());
  const answer = await postJson(`${gateway.url}/v1/chat/completions`, everyField);
  expect(answer.status).toBe(200);
  expect(textOf(lastCall().body)).toBe(everyField.replace('"model":"alias"', '"model":"vendor/real-model.v1"'));
});

test("a streamed request differs in the wish for usage alone, and other stream options stay", async () => {
  upstream.script(stream());
  const sent =
    '{"model":"test-model","stream":true,"stream_options":{"include_obfuscation":false},"messages":[],"x":1e2}';
  const answer = await postJson(`${gateway.url}/v1/chat/completions`, sent.replace("[]", JSON.stringify(hello)));
  await answer.text();
  const received = textOf(lastCall().body);
  expect(lastCall().json()["stream_options"]).toEqual({ include_obfuscation: false, include_usage: true });
  expect(received.replace(/"stream_options":\{[^}]*\}/, '"stream_options":{"include_obfuscation":false}')).toBe(
    sent.replace("[]", JSON.stringify(hello)),
  );
});

test("an unstreamed request has no wish for usage added", async () => {
  upstream.script(completion());
  await chat(gateway);
  expect(lastCall().json()).not.toHaveProperty("stream_options");
});

test("a whole answer comes back byte for byte, unknown fields and odd spacing included", async () => {
  const body = `{"x_vendor":{"cost":0.10},"usage":{"completion_tokens":1,"prompt_tokens":2,"total_tokens":3,"queue_time":1e-3},
    "choices":[{"message":{"content":"Hi","role":"assistant","reasoning_content":"hm","annotations":[]},"index":0,"finish_reason":"stop","logprobs":null}],
    "model":"real","created":1700000000,"object":"chat.completion","id":"a","big":9007199254740993}`;
  upstream.script({ body });
  expect(await (await chat(gateway)).text()).toBe(body);
});

test("a streamed answer comes back byte for byte, comments, unknown events and fields included", async () => {
  const frames =
    ': OPENROUTER PROCESSING\n\ndata: {"id":"a","choices":[{"index":0,"delta":{"content":"Hi","vendor":1.0}}],"x":9007199254740993}\n\n' +
    'event: vendor\ndata: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n';
  upstream.script({ headers: { "content-type": "text/event-stream" }, body: frames });
  const answer = await chatStream(gateway);
  expect([answer.status, await answer.text()]).toEqual([200, frames]);
});

test("embeddings pass the same way, and their vectors are not touched", async () => {
  const body =
    '{"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.10,-1e-7]}],"model":"e","usage":{"prompt_tokens":2,"total_tokens":2},"x":1}';
  upstream.script({ body });
  const sent = '{"input":["a",[1,2]],"model":"alias","encoding_format":"float","dimensions":2,"vendor":true}';
  const answer = await postJson(`${gateway.url}/v1/embeddings`, sent);
  expect([answer.status, await answer.text()]).toEqual([200, body]);
  expect(lastCall().path).toBe("/v1/embeddings");
  expect(textOf(lastCall().body)).toBe(sent.replace("alias", "vendor/real-model.v1"));
});

test("no credential, cookie, forwarding or x-tokligence header of the caller goes upstream", async () => {
  upstream.script(completion());
  const secret = "caller-secret-0815";
  const headers = {
    authorization: `Bearer ${secret}`,
    "x-api-key": secret,
    "x-goog-api-key": secret,
    cookie: `session=${secret}`,
    "proxy-authorization": secret,
    "x-forwarded-for": "10.1.2.3",
    "x-tokligence-deadline-ms": "5000",
    "x-tokligence-priority": "3",
    "openai-organization": secret,
    "accept-encoding": "br",
    "user-agent": "spy",
    "openai-beta": "assistants=v2",
  };
  expect((await chat(gateway, {}, { headers })).status).toBe(200);
  const { headers: received, path } = lastCall();
  expect(received["authorization"]).toBe(`Bearer ${upstreamKey}`);
  expect(received["openai-beta"]).toBe("assistants=v2");
  expect(JSON.stringify(received)).not.toContain(secret);
  expect(received["user-agent"]).toStartWith("tokligence/");
  const names = Object.keys(received);
  expect(names.filter((name) => /^x-|cookie|^proxy-|organization/.test(name))).toEqual([]);
  expect(path).toBe("/v1/chat/completions");
});

test("a key in the query is taken from it and not sent on", async () => {
  upstream.script(completion());
  const answer = await postJson(`${gateway.url}/v1/chat/completions?key=caller-secret-0815`, {
    model: "m",
    messages: hello,
  });
  expect(answer.status).toBe(200);
  expect(lastCall().path).not.toContain("caller-secret-0815");
});

test.each([false, true])("no header of the provider comes back, only our own (stream: %p)", async (streamed) => {
  const headers = {
    "openai-organization": "acme",
    "openai-processing-ms": "12",
    "x-ratelimit-remaining-requests": "7",
    "set-cookie": "spy=1",
    "x-request-id": "req_upstream",
    "x-vendor": "1",
    server: "vendor",
  };
  upstream.script({ ...(streamed ? stream() : completion()), headers });
  const answer = await chat(gateway, { stream: streamed });
  await answer.text();
  expect(answer.headers.get("x-tokligence-provider")).toBe("up");
  expect(answer.headers.get("x-tokligence-model")).toBe("test-model");
  expect(Number(answer.headers.get("x-tokligence-overhead-ms"))).toBeGreaterThanOrEqual(0);
  expect(answer.headers.get("x-tokligence-queue-ms")).toBe("0");
  expect(answer.headers.get("x-request-id")).toStartWith("req_");
  expect(answer.headers.get("x-request-id")).not.toBe("req_upstream");
  const names = [...answer.headers.keys()];
  expect(names.filter((name) => /^openai|ratelimit|cookie|vendor|^server$/.test(name))).toEqual([]);
  const [row] = await gateway.logs();
  expect(row?.upstream_request_id).toBe("req_upstream");
});

test("the list of models holds exact routes, aliases and what providers name, and no pattern", async () => {
  const answer = (await (await fetch(`${gateway.url}/v1/models`)).json()) as {
    readonly object: string;
    readonly data: readonly { readonly id: string; readonly object: string; readonly created: number }[];
  };
  expect(answer.object).toBe("list");
  const ids = answer.data.map(({ id }) => id);
  expect(ids).toContain("alias");
  expect(ids).toContain("loopback");
  expect(ids.filter((id) => id.includes("*"))).toEqual([]);
  expect(answer.data.every(({ object, created }) => object === "model" && typeof created === "number")).toBe(true);
});

test("one model is shown by its name, slashes included; a name only a pattern takes is shown too", async () => {
  for (const id of ["alias", "loopback", "some/model/with:colon"]) {
    const answer = await fetch(`${gateway.url}/v1/models/${id}`);
    expect([answer.status, ((await answer.json()) as { id: string }).id]).toEqual([200, id]);
  }
});

test("a whole answer for a streamed request becomes a stream, and a stream for a whole request becomes whole", async () => {
  upstream.script(completion("as one"));
  const streamed = await (await chatStream(gateway)).text();
  expect(streamed).toContain('"content":"as one"');
  expect(streamed).toEndWith("data: [DONE]\n\n");
  upstream.script(stream(["by", " parts"]));
  expect(await contentOf(await chat(gateway))).toBe("by parts");
});

test("a refusal of the provider comes back word for word with its status", async () => {
  const refusal =
    '{"error":{"message":"No such thing.","type":"invalid_request_error","param":"n","code":"odd", "x":1}}';
  upstream.script({ status: 422, body: refusal });
  const answer = await chat(gateway);
  expect([answer.status, await answer.text()]).toEqual([422, refusal]);
  upstream.script({ status: 401, body: '{"error":{"message":"Bad key sk-upst***"}}' });
  const hidden = await chat(gateway);
  expect(hidden.status).toBe(502);
  expect(JSON.stringify(await errorOf(hidden))).not.toContain("sk-upst");
});
