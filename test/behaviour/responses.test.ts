/** Answers of /v1/responses are kept for their caller alone, within bounds, and conversations go on from them at any provider. */
import { afterAll, beforeAll, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { type CallOptions, errorOf, postJson, withKey } from "../harness/client.ts";
import { eventually } from "../harness/eventually.ts";
import type { RecordedCall } from "../harness/fake-upstream.ts";
import { fourModels, fourProviders } from "../harness/four-providers.ts";
import { type GatewayUnderTest, startGateway } from "../harness/gateway.ts";
import { rejectionOf } from "../harness/rejection-of.ts";
import { objectsOf } from "../harness/scripted-answer.ts";
import { cutOff } from "../harness/upstream-script.ts";

// Commands and waits that other work on the machine may stretch.
setDefaultTimeout(30_000);

const providers = fourProviders();
const thinking = { text: "Let me look.", token: "c2lnbmVkIGJ5IGl0cyBtYWtlcg==" };
const tools = [{ type: "function", name: "weather", parameters: { type: "object", properties: {} }, strict: false }];
const ini = `[gateway]\nmax_retries = 0\n${providers.ini()}`;
const open: GatewayUnderTest[] = [];
let gateway: GatewayUnderTest;
let keys: readonly string[] = [];

async function started(settings = "", withKeys = false): Promise<GatewayUnderTest> {
  const one = await startGateway({ ini: ini.replace("[gateway]\n", `[gateway]\n${settings}`), keys: withKeys });
  open.push(one);
  return one;
}

beforeAll(async () => {
  gateway = await started("", true);
  keys = [await gateway.createKey(), await gateway.createKey()];
});
beforeEach(() => {
  for (const provider of providers.all) provider.holds([{ thinking, text: `This is ${provider.model}.` }]);
});
afterAll(async () => {
  await Promise.all(open.map((one) => one[Symbol.asyncDispose]()));
  providers.stop();
});

interface Kept {
  readonly id: string;
  readonly status: string;
  readonly store: boolean;
  readonly previous_response_id: string | null;
  readonly output: readonly { readonly type: string }[];
}

/** Whose key it is; the other gateways ask for none. */
function by(caller: number, at: GatewayUnderTest): CallOptions {
  return at === gateway ? withKey(keys[caller] ?? "") : {};
}

/** A request to the store, by the first caller unless another is named. */
function ask(method: string, path: string, caller = 0, at = gateway): Promise<Response> {
  return fetch(`${at.url}/v1/responses/${path}`, { method, ...by(caller, at) });
}

async function statusOf(id: string, at = gateway): Promise<number> {
  return (await ask("GET", id, 0, at)).status;
}

function post(fields: object, caller = 0, at = gateway): Promise<Response> {
  const asked = { model: "chat-model", input: "Hello", ...fields };
  return postJson(`${at.url}/v1/responses`, asked, by(caller, at));
}

/** The response object of an answer, streamed or not. */
async function made(fields: object = {}, at = gateway): Promise<Kept> {
  const answer = await post(fields, 0, at);
  expect(answer.status).toBe(200);
  const text = await answer.text();
  const last = text.startsWith("{") ? text : lastData(text);
  const value = JSON.parse(last) as Kept & { readonly response?: Kept };
  return value.response ?? value;
}

function lastData(stream: string): string {
  return /\ndata: (.*)\n\n$/.exec(stream)?.[1] ?? "{}";
}

/** What the model said before, as the provider was told it. */
const told = (call: RecordedCall | undefined): string => JSON.stringify(call?.json() ?? {});

describe.each([false, true])("an answer, streamed %p", (stream) => {
  test.each(fourModels)("of %s is found as it was sent, and gone when it is deleted", async (model) => {
    const response = await made({ model, stream });
    expect([response.status, response.output[0]?.type]).toEqual(["completed", "reasoning"]);
    expect(await (await ask("GET", response.id)).json()).toEqual(response);
    const deleted = await ask("DELETE", response.id);
    expect(await deleted.json()).toEqual({ id: response.id, object: "response", deleted: true });
    for (const [method, suffix] of [
      ["GET", ""],
      ["GET", "/input_items"],
      ["DELETE", ""],
    ] as const) {
      expect((await ask(method, `${response.id}${suffix}`)).status).toBe(404);
    }
  });

  test("that is not to be stored is not, and says so", async () => {
    const response = await made({ store: false, stream });
    expect([response.store, await statusOf(response.id)]).toEqual([false, 404]);
  });
});

test("what failed, was cut off or was left by its caller is not kept", async () => {
  const provider = providers.of("chat-model");
  provider.holds([{ text: "It rains cats and dogs.", cut: true }]);
  const broken = await made({ stream: true });
  expect([broken.status, await statusOf(broken.id)]).toEqual(["failed", 404]);

  provider.holds([{ script: { ...cutOff(provider.speech.stream({ text: "Slow and steady." })), end: "hang" } }]);
  const leaving = new AbortController();
  const asked = { model: "chat-model", input: "Hello", stream: true };
  const url = `${gateway.url}/v1/responses`;
  const answer = await postJson(url, asked, { ...by(0, gateway), signal: leaving.signal });
  const reader = answer.body?.getReader();
  const begun = new TextDecoder().decode((await reader?.read())?.value);
  leaving.abort();
  const id = /"id":"(resp_[^"]+)"/.exec(begun)?.[1] ?? "";
  await eventually("the provider is left", () => provider.calls.some((call) => call.abortedAtMs !== undefined));
  expect([id !== "", await statusOf(id)]).toEqual([true, 404]);
});

test("what the output limit cut is kept, and the conversation goes on from it", async () => {
  providers.of("chat-model").holds([{ text: "It rains cats", cutByLimit: true }, { text: "and dogs." }]);
  const first = await made({});
  expect(first.status).toBe("incomplete");
  const second = await made({ previous_response_id: first.id, input: "Go on." });
  expect(second.previous_response_id).toBe(first.id);
  expect(told(providers.of("chat-model").calls.at(-1))).toContain("It rains cats");
});

test("pitfall 38 a conversation goes on from provider to provider: each reads all that was said, none another's token", async () => {
  let previous: Kept | undefined;
  for (const [step, model] of fourModels.entries()) {
    const provider = providers.of(model);
    const calls = [{ id: `call_${step}`, name: "weather", input: "{}" }];
    provider.holds([{ thinking: { text: "Hm.", token: btoa(`token of ${model}`) }, text: `Step ${step}.`, calls }]);
    const output = { type: "function_call_output", call_id: `call_${step - 1}`, output: `Rain in ${step - 1}.` };
    const goesOn = previous === undefined ? {} : { previous_response_id: previous.id, input: [output] };
    previous = await made({ model, tools, stream: step % 2 === 0, ...goesOn });
    const said = told(provider.calls.at(-1));
    for (let earlier = 0; earlier < step; earlier += 1) {
      expect(said).toContain(`Step ${earlier}.`);
      expect(said).toContain(`Rain in ${earlier}.`);
      expect(said).not.toContain(btoa(`token of ${fourModels[earlier]}`));
    }
  }
});

test("the provider that stored an answer itself is sent what the caller wrote; another reads the whole conversation", async () => {
  const provider = providers.of("responses-model");
  const { body } = provider.speech.whole({ text: "It rains." });
  provider.holds([{ script: { body: { ...(body as object), id: "resp_theirs", store: true } } }]);
  await made({ model: "responses-model", input: "Weather?" });
  const goesOn = { previous_response_id: "resp_theirs", input: "And?" };
  await made({ ...goesOn, model: "responses-model" });
  expect(provider.calls.at(-1)?.json()).toEqual({ ...goesOn, model: "gpt-5.5" });
  await made({ ...goesOn, model: "anthropic-model" });
  const elsewhere = told(providers.of("anthropic-model").calls.at(-1));
  expect(["Weather?", "It rains.", "And?"].filter((text) => !elsewhere.includes(text))).toEqual([]);
});

test("pitfall 30 an id that nobody knows is a 400 in OpenAI's words, with nothing sent to anybody", async () => {
  for (const model of fourModels) {
    const refused = await post({ model, previous_response_id: "resp_nowhere" });
    expect(refused.status).toBe(400);
    expect(await errorOf(refused)).toMatchObject({
      type: "invalid_request_error",
      code: "previous_response_not_found",
      param: "previous_response_id",
    });
  }
  for (const [field, value] of Object.entries({ background: true, conversation: "conv_1" })) {
    expect(await errorOf(await post({ [field]: value }))).toMatchObject({ code: "unsupported_value", param: field });
  }
  expect(providers.all.flatMap(({ calls }) => calls)).toEqual([]);
});

test("another caller's answers do not exist: not to read, to list, to delete, to go on from or to refer to", async () => {
  const { id, output } = await made();
  for (const [method, suffix] of [
    ["GET", ""],
    ["GET", "/input_items"],
    ["DELETE", ""],
  ] as const) {
    expect((await ask(method, `${id}${suffix}`, 1)).status).toBe(404);
  }
  const goesOn = await post({ previous_response_id: id }, 1);
  expect([goesOn.status, (await errorOf(goesOn))["code"]]).toEqual([400, "previous_response_not_found"]);
  const item = output.at(-1) as { id?: string } | undefined;
  const refers = await post({ input: [{ type: "item_reference", id: item?.id }] }, 1);
  expect([refers.status, (await errorOf(refers))["code"]]).toEqual([400, "unsupported_value"]);
  expect(await statusOf(id)).toBe(200);
});

test("the items an answer was made from are listed in either order, page by page, those of earlier answers too", async () => {
  const first = await made({ input: "One" });
  const { id } = await made({ previous_response_id: first.id, input: [{ role: "user", content: "Two" }] });
  const page = async (query: string) =>
    (await (await ask("GET", `${id}/input_items?${query}`)).json()) as {
      readonly data: readonly { readonly id: string }[];
      readonly has_more: boolean;
    };
  const all = await page("order=asc&limit=100");
  expect(objectsOf(all.data).map((item) => item["role"])).toEqual(["user", undefined, "assistant", "user"]);
  const ids = all.data.map((item) => item.id);
  expect(new Set(ids).size).toBe(4);
  expect((await page("")).data.map((item) => item.id)).toEqual(ids.toReversed());
  const head = await page("order=asc&limit=3");
  expect([head.data.length, head.has_more]).toEqual([3, true]);
  const tail = await page(`order=asc&limit=3&after=${ids[2]}`);
  expect([tail.data.map((item) => item.id), tail.has_more]).toEqual([ids.slice(3), false]);
  for (const query of ["order=up", "limit=0", "limit=101", "after=nobody"]) {
    expect((await ask("GET", `${id}/input_items?${query}`)).status).toBe(400);
  }
});

test("answers are forgotten when their time is over, when there are too many, and when they are too large", async () => {
  const [brief, few, small] = await Promise.all([
    started("response_store_ttl = 2\n"),
    started("response_store_entries = 2\n"),
    started("response_store_bytes = 20000\n"),
  ]);
  const { id } = await made({}, brief);
  expect(await statusOf(id, brief)).toBe(200);
  await eventually("it is forgotten", async () => (await statusOf(id, brief)) === 404);

  const kept: string[] = [];
  for (let count = 0; count < 3; count += 1) kept.push((await made({}, few)).id);
  expect(await Promise.all(kept.map((one) => statusOf(one, few)))).toEqual([404, 200, 200]);

  const large = await made({ input: "x".repeat(20_000) }, small);
  expect(await statusOf(large.id, small)).toBe(404);
  expect(await statusOf((await made({}, small)).id, small)).toBe(200);
});

test("a gateway that keeps nothing says so in every answer", async () => {
  const forgetful = await started("response_store_ttl = 0\n");
  const { id, store } = await made({ store: true }, forgetful);
  expect([store, await statusOf(id, forgetful)]).toEqual([false, 404]);
});

test("pitfall 34 a client that wants a WebSocket is told 426 at once, and then served by POST", async () => {
  const { headers } = withKey(keys[0] ?? "");
  const socket = new WebSocket(`${gateway.url.replace("http", "ws")}/v1/responses`, { headers: { ...headers } });
  const refused = new Promise((_, reject) => socket.addEventListener("error", reject));
  expect(await rejectionOf(refused)).toBeInstanceOf(Event);
  const wishes = { ...headers, upgrade: "websocket", connection: "Upgrade" };
  const sentAt = performance.now();
  const answer = await fetch(`${gateway.url}/v1/responses`, { headers: wishes });
  expect([answer.status, (await errorOf(answer))["code"]]).toEqual([426, "upgrade_required"]);
  // Who waits for it goes on waiting for many seconds.
  expect(performance.now() - sentAt).toBeLessThan(2_000);
  expect((await made({ stream: true })).status).toBe("completed");
});
