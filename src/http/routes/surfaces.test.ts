import { expect, test } from "bun:test";
import type { ChatEvent } from "#core/chat/event.ts";
import { GatewayError } from "#core/errors.ts";
import { bytes } from "#http/plain-codec.ts";
import { replyOf, type TestDoors, testDoors } from "#http/test-doors.ts";

const post = (doors: TestDoors, path: string, body: unknown = {}, headers: Record<string, string> = {}) =>
  doors.send(path, { method: "POST", body: JSON.stringify(body), headers: { "x-api-key": "caller", ...headers } });
const errorOf = async (response: Response) =>
  ((await response.json()) as { error: { code: string; protocol: string } }).error;

test.each([
  ["/v1/chat/completions", "openai-chat"],
  ["/v1/completions", "openai-completions"],
  ["/v1/embeddings", "openai-embeddings"],
  ["/v1/responses", "openai-responses"],
  ["/v1/responses/input_tokens", "openai-count-tokens"],
  ["/v1/messages", "anthropic-messages"],
  ["/v1/messages?beta=true&x=%zz", "anthropic-messages"],
  ["/v1/messages/count_tokens?beta=true", "anthropic-count-tokens"],
  ["/anthropic/v1/messages", "anthropic-messages"],
  ["/anthropic/v1/messages/count_tokens", "anthropic-count-tokens"],
])("%s is asked in %s, whatever its query says (pitfall 33)", async (path, protocol) => {
  const doors = testDoors();
  expect((await post(doors, path, { model: "gpt-x" })).status).toBe(200);
  expect(doors.gateway.calls).toMatchObject([{ protocol, address: {} }]);
});

test.each(["/v1beta", "/v1", "/v1alpha"])("Gemini's methods are served under %s (pitfalls 32, 60)", async (version) => {
  const call = async (path: string) => {
    const doors = testDoors();
    expect((await post(doors, `${version}/models/${path}`)).status).toBe(200);
    const [{ protocol, address } = {}] = doors.gateway.calls;
    return [protocol, address];
  };
  const model = "gemini-x";
  expect(await call("gemini-x:generateContent")).toEqual(["gemini-generate", { model, stream: false }]);
  const stream = { model, stream: true };
  expect(await call("gemini-x:streamGenerateContent")).toEqual(["gemini-generate", { ...stream, jsonArray: true }]);
  expect(await call("gemini-x:streamGenerateContent?alt=sse&key=caller")).toEqual([
    "gemini-generate",
    { ...stream, jsonArray: false },
  ]);
  expect(await call("gemini-x:countTokens")).toEqual(["gemini-count-tokens", { model }]);
  expect(await call("gemini-x:embedContent")).toEqual(["gemini-embeddings", { model }]);
  expect(await call("gemini-x:batchEmbedContents")).toEqual(["gemini-embeddings", { model }]);
});

test.each([
  ["org/deep:free:generateContent", "org/deep:free"],
  ["org%2Fdeep%3Afree:generateContent", "org/deep:free"],
  ["a:b:c:generateContent", "a:b:c"],
])("the model of %s is %s: everything before the last colon (pitfall 32)", async (path, model) => {
  const doors = testDoors();
  expect((await post(doors, `/v1beta/models/${path}`)).status).toBe(200);
  expect(doors.gateway.calls[0]?.address).toEqual({ model, stream: false });
});

test.each(["gemini-x", "gemini-x:", "gemini-x:predict", ":generateContent", "x:__proto__", "%zz:generateContent"])(
  "%s is no method of a model, told in Google's envelope (pitfall 75)",
  async (path) => {
    const doors = testDoors();
    const response = await post(doors, `/v1beta/models/${path}`);
    expect(response.status).toBe(404);
    expect((await errorOf(response)).protocol).toBe("gemini-generate");
    expect(doors.gateway.calls).toEqual([]);
  },
);

test.each([
  ["/v1beta/nothing", "gemini-generate"],
  ["/v1alpha", "gemini-generate"],
  ["/v1/models/a/b:nothing/x", "openai-chat"],
  ["/anthropic/v1/nothing", "anthropic-messages"],
  ["/v1/messages/batches", "anthropic-messages"],
  ["/v1/nothing", "openai-chat"],
])("what is not at %s is told in the envelope of %s (pitfall 75)", async (path, protocol) => {
  const response = await testDoors().send(path, { method: "PUT", headers: { "x-api-key": "caller" } });
  expect([404, 405]).toContain(response.status);
  expect((await errorOf(response)).protocol).toBe(protocol);
});

test.each([
  ["/v1/messages", "anthropic-messages"],
  ["/v1beta/models/x:generateContent", "gemini-generate"],
  ["/v1/models/x:generateContent", "gemini-generate"],
  ["/v1/responses", "openai-responses"],
])("bad JSON, a bad key and a body too large at %s are told in %s (pitfall 75)", async (path, protocol) => {
  const doors = testDoors({}, { maxBodyBytes: 20 });
  const send = (body: string, key: string) => doors.send(path, { method: "POST", body, headers: { "x-api-key": key } });
  expect(await errorOf(await send("{oops", "caller"))).toMatchObject({ code: "invalid_json", protocol });
  expect(await errorOf(await send("{}", "bad"))).toMatchObject({ code: "unauthenticated", protocol });
  expect(await errorOf(await send(`{"model":"${"x".repeat(20)}"}`, "caller"))).toMatchObject({
    code: "request_too_large",
    protocol,
  });
});

test("x-api-key wins over a bearer key, and both are keys on every surface (pitfall 31)", async () => {
  const doors = testDoors();
  await post(doors, "/v1/messages", { model: "m" }, { authorization: "Bearer good" });
  await doors.send("/v1beta/models?key=caller");
  await doors.send("/v1beta/models", { headers: { "x-goog-api-key": "caller" } });
  expect(doors.presented).toEqual(["caller", "caller", "caller"]);
});

test("a key in the query is in no log line, answered or refused (pitfalls 31, 79)", async () => {
  const doors = testDoors();
  const path = "/v1beta/models/gemini-x:streamGenerateContent?alt=sse&key=";
  await doors.send(`${path}caller`, { method: "POST", body: "{}" });
  await doors.send(`${path}sk-secret`, { method: "POST", body: "{}" });
  await doors.send("/v1beta/nothing?key=sk-secret");
  const lines = JSON.stringify(doors.log.lines);
  expect(lines).toContain("request_failed");
  expect(lines).not.toContain("sk-secret");
  expect(lines).not.toContain("key=");
});

test("Anthropic's callers find their request id where they look for it, in answers, streams and errors", async () => {
  const doors = testDoors();
  const idOf = (response: Response) => [response.headers.get("request-id"), response.headers.get("x-request-id")];
  expect(idOf(await post(doors, "/v1/messages", { model: "m" }))).toEqual(["req_1", "req_1"]);
  expect(idOf(await post(doors, "/v1/messages", { model: "m", stream: true }))).toEqual(["req_2", "req_2"]);
  expect(idOf(await post(doors, "/v1/messages", {}))).toEqual(["req_3", "req_3"]);
  expect(idOf(await post(doors, "/v1/chat/completions", { model: "m" }))).toEqual([null, "req_4"]);
});

test("greetings are answered without a key, and quietly (pitfall 35)", async () => {
  const doors = testDoors({}, { maxConcurrentRequests: 0 });
  for (const path of ["/api/hello", "/"]) {
    for (const method of ["HEAD", "GET"]) expect((await doors.send(path, { method })).status).toBe(200);
  }
  expect(doors.log.lines.filter(({ level }) => level !== "debug")).toEqual([]);
  expect(doors.presented).toEqual([]);
});

test("whether to be strict is the caller's word, and nothing but true or false (T-06)", async () => {
  const strictness = async (strict: string) => {
    const doors = testDoors();
    const response = await post(doors, "/v1/messages", { model: "m" }, { "x-tokligence-strict": strict });
    return response.status === 200 ? doors.gateway.calls[0]?.strict : response.status;
  };
  expect(await strictness("true")).toBe(true);
  expect(await strictness("TRUE")).toBe(true);
  expect(await strictness("false")).toBe(false);
  expect(await strictness("yes")).toBe(400);
});

test("what could not be carried is named in a header and in the log", async () => {
  const doors = testDoors();
  const dropped = ["seed", "messages[2].content[1] (server_tool_use)", "ä,\r\nx"];
  doors.gateway.answer = async () => ({ ...replyOf([]), dropped });
  for (const stream of [false, true]) {
    const response = await post(doors, "/v1/chat/completions", { model: "m", stream });
    const text = "seed,messages[2].content[1]%20(server_tool_use),%C3%A4%2C%0D%0Ax";
    expect(response.headers.get("x-tokligence-dropped")).toBe(text);
    await response.text();
    expect(doors.log.lines.at(-1)).toMatchObject({
      level: "info",
      event: "request_finished",
      fields: { dropped: text },
    });
  }
});

const opaque: ChatEvent = { type: "opaque", what: "web_search_call" };
const cut = new GatewayError("upstream_truncated", "Cut.");
const text: ChatEvent = { type: "text", choice: 0, text: "a" };

test("content that only another protocol has is named: in the header of a whole answer, in a last comment of a stream", async () => {
  const doors = testDoors();
  doors.gateway.answer = async () => ({
    ...replyOf([{ events: [text, opaque] }, { events: [opaque, { type: "end" }] }]),
    dropped: ["seed"],
  });
  const whole = await doors.chat({ model: "m" });
  expect(whole.headers.get("x-tokligence-dropped")).toBe("seed,web_search_call");
  const stream = await doors.chat({ model: "m", stream: true });
  expect(stream.headers.get("x-tokligence-dropped")).toBe("seed");
  expect(await stream.text()).toBe("a:x-tokligence-dropped=web_search_call:");
  expect(doors.log.lines.at(-1)?.fields).toMatchObject({ dropped: "seed,web_search_call" });
});

test("content of a kind of its own that is passed through is not lost, and not called so", async () => {
  const doors = testDoors();
  doors.gateway.answer = async () => replyOf([{ events: [opaque], raw: bytes("raw") }], "openai-chat");
  const stream = await doors.chat({ model: "m", stream: true });
  expect([stream.headers.get("x-tokligence-dropped"), await stream.text()]).toEqual([null, "raw"]);
});

test("an estimated count says that it is one (T-05)", async () => {
  const doors = testDoors();
  doors.gateway.answer = async () => ({ ...replyOf([]), estimated: true });
  const response = await post(doors, "/v1/messages/count_tokens", { model: "m" });
  expect(response.headers.get("x-tokligence-estimated")).toBe("true");
  doors.gateway.answer = async () => replyOf([]);
  expect((await post(doors, "/v1/messages", { model: "m" })).headers.get("x-tokligence-estimated")).toBeNull();
});

test("of a caller's headers only those of its protocol's list go on, its name never (pitfall 79)", async () => {
  const doors = testDoors();
  await post(doors, "/v1/messages", { model: "m" }, { "user-agent": "claude-cli", "openai-beta": "x", cookie: "c" });
  expect(doors.gateway.calls[0]?.headers).toEqual({ "openai-beta": "x" });
});

test("a provider's failure, our own bad key too, is told in the envelope of whoever asked (pitfall 73)", async () => {
  const doors = testDoors();
  doors.gateway.answer = () => Promise.reject(new GatewayError("upstream_auth", "Our key is bad."));
  const response = await post(doors, "/v1beta/models/x:generateContent");
  expect([response.status, (await errorOf(response)).protocol]).toEqual([502, "gemini-generate"]);
});

test("who was cut off in a stream may ask the same path again for a whole answer (pitfall 58)", async () => {
  const doors = testDoors();
  doors.gateway.answer = async () => ({
    ...replyOf([{ events: [text] }, { events: [{ type: "error", error: cut }] }]),
  });
  const broken = await post(doors, "/v1/messages", { model: "m", stream: true });
  await broken.text();
  doors.gateway.answer = async () => replyOf([{ events: [text, { type: "end" }] }]);
  const whole = await post(doors, "/v1/messages", { model: "m", stream: false });
  expect([whole.status, await whole.json()]).toEqual([200, { model: "m", events: 2 }]);
  expect(doors.app.inFlight()).toBe(0);
});

test("a stream committed early says in its comment what was dropped", async () => {
  const doors = testDoors({}, { commitAfterMs: 10 });
  const opened = Promise.withResolvers<ReturnType<typeof replyOf>>();
  doors.gateway.answer = () => opened.promise;
  const pending = doors.chat({ model: "m", stream: true });
  await doors.clock.run(10);
  opened.resolve({ ...replyOf([{ events: [text] }]), dropped: ["seed", "top_k"] });
  expect(await (await pending).text()).toContain("x-tokligence-dropped=seed,top_k:a");
});
