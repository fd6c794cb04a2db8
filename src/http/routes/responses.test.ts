import { expect, test } from "bun:test";
import type { ChatEvent } from "#core/chat/event.ts";
import { VirtualClock } from "#core/effects/virtual-clock.ts";
import type { TenantId } from "#core/effects/ids.ts";
import { callerPermissions } from "#core/identity/permission.ts";
import { MemoryResponseStore } from "#core/responses/memory-response-store.ts";
import { codecs } from "#core/wire/codecs.ts";
import type { HttpParts } from "#http/http-parts.ts";
import { bytes } from "#http/plain-codec.ts";
import { replyOf, type TestDoors, testDoors } from "#http/test-doors.ts";

const answered: ChatEvent[] = [
  { type: "start", model: "gpt-x" },
  { type: "text", choice: 0, text: "Hello." },
  { type: "finish", choice: 0, reason: "stop", raw: "stop" },
  { type: "usage", usage: { inputTokens: 3, outputTokens: 2 } },
  { type: "end" },
];

/** Doors whose key is the name of its tenant, and whose gateway always says hello. */
function responseDoors(overrides: Partial<HttpParts> = {}): TestDoors {
  const doors = testDoors({
    codecs,
    ...overrides,
    authenticator: {
      authenticate: ({ presented }) => ({
        kind: "key",
        tenantId: (presented ?? "nobody") as TenantId,
        permissions: callerPermissions,
      }),
    },
  });
  doors.gateway.answer = async () => replyOf([{ events: answered }]);
  return doors;
}

interface Answer {
  readonly id: string;
  readonly previous_response_id: string | null;
  readonly output: readonly unknown[];
}

const send = (doors: TestDoors, method: string, path: string, body?: object, tenant = "acme") =>
  doors.send(`/v1/responses${path}`, {
    method,
    headers: { "x-api-key": tenant },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });

async function create(doors: TestDoors, fields: object = {}): Promise<Answer> {
  const response = await send(doors, "POST", "", { model: "gpt-x", input: "Hi.", ...fields });
  expect(response.status).toBe(200);
  return (await response.json()) as Answer;
}

const lastInput = (doors: TestDoors) => doors.gateway.calls.at(-1)?.body.value["input"];

test("a response is kept as it was sent, shown with its input, and gone once it is deleted", async () => {
  const doors = responseDoors();
  const made = await create(doors);
  expect(await (await send(doors, "GET", `/${made.id}`)).json()).toEqual(made);
  expect(await (await send(doors, "GET", `/${made.id}/input_items?order=asc`)).json()).toMatchObject({
    object: "list",
    data: [{ type: "message", role: "user", content: [{ type: "input_text", text: "Hi." }] }],
    has_more: false,
  });
  const deleted = await send(doors, "DELETE", `/${made.id}`);
  expect(await deleted.json()).toEqual({ id: made.id, object: "response", deleted: true });
  for (const [method, path] of [
    ["GET", ""],
    ["GET", "/input_items"],
    ["DELETE", ""],
  ] as const) {
    const gone = await send(doors, method, `/${made.id}${path}`);
    expect([gone.status, ((await gone.json()) as { error: { type: string } }).error.type]).toEqual([
      404,
      "invalid_request_error",
    ]);
  }
});

test("a call that goes on from a response is asked with everything said before, however long the chain", async () => {
  const doors = responseDoors();
  const first = await create(doors);
  const second = await create(doors, { previous_response_id: first.id, input: "And?" });
  const user = (text: string) => ({ type: "message", role: "user", content: [{ type: "input_text", text }] });
  const assistant = { type: "message", role: "assistant", content: [{ type: "output_text", text: "Hello." }] };
  expect(lastInput(doors)).toMatchObject([user("Hi."), assistant, user("And?")]);
  expect(doors.gateway.calls.at(-1)?.body.value).not.toHaveProperty("previous_response_id");
  // The caller sees what it asked for.
  expect(second.previous_response_id).toBe(first.id);
  await create(doors, { previous_response_id: second.id, input: "So?" });
  expect(lastInput(doors)).toMatchObject([user("Hi."), assistant, user("And?"), assistant, user("So?")]);
});

test("an item that a call only refers to is put in its place, and one that nobody here made stays as it is", async () => {
  const doors = responseDoors();
  const made = await create(doors);
  const [{ id } = { id: "" }] = made.output as { id: string }[];
  const foreign = { type: "item_reference", id: "msg_theirs" };
  const input = [{ type: "item_reference", id }, { role: "user", content: "And?" }, foreign];
  await create(doors, { input });
  expect(lastInput(doors)).toMatchObject([{ type: "message", content: [{ text: "Hello." }] }, input[1], foreign]);
  expect(JSON.stringify(lastInput(doors))).not.toContain(id);
  const stranger = await send(doors, "POST", "", { model: "gpt-x", input }, "other");
  expect([stranger.status, lastInput(doors)]).toEqual([200, input]);
});

test("a streamed response is kept by the time its end is here, in our words or the provider's", async () => {
  const doors = responseDoors();
  const translated = await (await send(doors, "POST", "", { model: "gpt-x", input: "Hi.", stream: true })).text();
  const id = /"id":"(resp_[^"]+)"/.exec(translated)?.[1] ?? "";
  expect(await (await send(doors, "GET", `/${id}`)).json()).toMatchObject({ id, status: "completed" });

  const response = { id: "resp_theirs", object: "response", status: "completed", output: [], vendor: 1e21 };
  const frame = `event: response.completed\ndata: ${JSON.stringify({ type: "response.completed", response })}\n\n`;
  doors.gateway.answer = async () => replyOf([{ events: [{ type: "end" }], raw: bytes(frame) }], "openai-responses");
  expect(await (await send(doors, "POST", "", { model: "gpt-x", input: "Hi.", stream: true })).text()).toBe(frame);
  expect(await (await send(doors, "GET", "/resp_theirs")).json()).toEqual(response);
});

test("what is not to be stored is not, and the answer says so", async () => {
  const doors = responseDoors();
  const made = await create(doors, { store: false });
  expect(made).toHaveProperty("store", false);
  expect((await send(doors, "GET", `/${made.id}`)).status).toBe(404);
});

test("an answer says that it is not stored where nothing ever is", async () => {
  const limits = { mostResponses: 10, mostBytes: 100_000, timeToLiveMs: 0 };
  const doors = responseDoors({ responses: new MemoryResponseStore(limits, new VirtualClock()) });
  expect(await create(doors, { store: true })).toHaveProperty("store", false);
  expect(await create(responseDoors(), {})).toHaveProperty("store", true);
});

test("nobody finds, goes on from or deletes another tenant's response", async () => {
  const doors = responseDoors();
  const { id } = await create(doors);
  expect((await send(doors, "GET", `/${id}`, undefined, "other")).status).toBe(404);
  expect((await send(doors, "GET", `/${id}/input_items`, undefined, "other")).status).toBe(404);
  expect((await send(doors, "DELETE", `/${id}`, undefined, "other")).status).toBe(404);
  const theirs = { model: "gpt-x", input: "And?", previous_response_id: id };
  expect((await send(doors, "POST", "", theirs, "other")).status).toBe(400);
  expect((await send(doors, "GET", `/${id}`)).status).toBe(200);
});

test("a response that is not kept, and work in the background, are refused by name before anybody is asked (pitfall 30)", async () => {
  const doors = responseDoors();
  for (const [field, value, code] of [
    ["previous_response_id", "resp_nowhere", "previous_response_not_found"],
    ["background", true, "unsupported_value"],
  ] as const) {
    const refused = await send(doors, "POST", "", { model: "gpt-x", input: "Hi.", [field]: value });
    expect(refused.status).toBe(400);
    expect(await refused.json()).toMatchObject({ error: { type: "invalid_request_error", param: field, code } });
    const unknown = await send(doors, "POST", "", { model: "unknown", input: "Hi.", [field]: value });
    expect(unknown.status).toBe(404);
  }
  expect(doors.gateway.calls).toEqual([]);
});

test("only who wishes for a WebSocket is told to upgrade nothing and use POST (pitfall 34)", async () => {
  const doors = responseDoors();
  const headers = { "x-api-key": "acme", upgrade: "websocket" };
  const refused = await doors.send("/v1/responses", { headers });
  expect(refused.status).toBe(426);
  expect(await refused.json()).toMatchObject({ error: { code: "upgrade_required" } });
  const plain = await send(doors, "GET", "");
  expect([plain.status, plain.headers.get("allow")]).toEqual([405, "POST"]);
});

test("a stored response is not streamed again, and nothing is compacted: both are said, not ignored", async () => {
  const doors = responseDoors();
  const { id } = await create(doors);
  const replay = await send(doors, "GET", `/${id}?stream=true`);
  expect([replay.status, ((await replay.json()) as { error: { param: string } }).error.param]).toEqual([400, "stream"]);
  expect((await send(doors, "GET", `/${id}?stream=false`)).status).toBe(200);
  const compacted = await send(doors, "POST", "/compact", { model: "gpt-x", input: "Hi." });
  expect([compacted.status, ((await compacted.json()) as { error: { code: string } }).error.code]).toEqual([
    404,
    "not_found",
  ]);
});

test("the provider that stored a response is sent what its caller wrote, everybody else the whole conversation", async () => {
  const doors = responseDoors();
  for (const stored of [true, false]) {
    const response = { id: "resp_theirs", object: "response", status: "completed", output: [], store: stored };
    doors.gateway.answer = async () =>
      replyOf([{ events: [{ type: "end" }], raw: bytes(JSON.stringify(response)) }], "openai-responses");
    const { id } = await create(doors);
    await create(doors, { previous_response_id: id, input: "And?" });
    const { body, shortBody } = doors.gateway.calls.at(-1) ?? {};
    expect(body?.value).not.toHaveProperty("previous_response_id");
    const { model } = body?.value ?? {};
    expect(shortBody?.body.value).toEqual(stored ? { model, input: "And?", previous_response_id: id } : undefined);
  }
});
