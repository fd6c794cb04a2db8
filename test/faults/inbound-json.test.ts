import { expect, test } from "bun:test";
import fc from "fast-check";
import { chatBody, postChat } from "../harness/chat-text.ts";
import { chat, errorOf } from "../harness/client.ts";
import { startGateway } from "../harness/gateway.ts";
import { sharedGateway } from "../harness/shared-gateway.ts";
import { completion } from "../harness/upstream-script.ts";

const shared = sharedGateway(completion());
const { upstream } = shared;

const send = (body: string | Uint8Array<ArrayBuffer>): Promise<Response> => postChat(shared.gateway, body);

/** Sends a body whose JSON holds `member` literally, and gives what the provider received. */
async function forwarded(member: string): Promise<string> {
  const response = await send(`{"model":"test-model","messages":[{"role":"user","content":"x"}],${member}}`);
  expect([member.slice(0, 100), response.status, await response.text()]).toEqual([
    member.slice(0, 100),
    200,
    JSON.stringify(completion().body),
  ]);
  return new TextDecoder().decode(upstream.calls.at(-1)?.body);
}

async function expectRefusal(body: string | Uint8Array<ArrayBuffer>, code: string | null): Promise<string> {
  const response = await send(body);
  const error = await errorOf(response);
  expect([response.status, error.type, error.code]).toEqual([400, "invalid_request_error", code]);
  expect(upstream.calls).toHaveLength(0);
  return String(error.message);
}

test("F1 a body cut at any byte is refused with its offset, and neither echoed nor forwarded", async () => {
  const body = JSON.stringify(chatBody({ messages: [{ role: "user", content: "canary-prompt" }], n: 1 }));
  for (let length = 0; length < body.length; length += 1) {
    const message = await expectRefusal(body.slice(0, length), "invalid_json");
    expect(message).toMatch(/byte \d+/);
    expect(message).not.toContain("canary");
  }
});

test.each([
  ['{"model":"m",}', 13],
  ['{"model":NaN}', 9],
  ["{'model':'m'}", 1],
  ['{"model":"m"}}', 13],
  ['{"model":"m"} x', 14],
])("F1 %s is refused at byte %d", async (body, offset) => {
  expect(await expectRefusal(body, "invalid_json")).toContain(`byte ${offset}.`);
});

test.each(["[]", "null", '"text"', "7"])("F1 %s is refused for not being an object", async (body) => {
  await expectRefusal(body, null);
});

test("F1 a byte order mark is taken, and the provider never sees it", async () => {
  const response = await send(`\uFEFF${JSON.stringify(chatBody())}`);
  expect(response.status).toBe(200);
  expect(upstream.calls[0]?.body[0]).toBe("{".charCodeAt(0));
});

test("F4 nesting 100,000 deep is refused by name", async () => {
  for (const [open, close] of [
    ["[", "]"],
    ['{"a":', "}"],
  ] as const) {
    const deep = `${open.repeat(100_000)}1${close.repeat(100_000)}`;
    await expectRefusal(`{"model":"m","metadata":${deep}}`, "json_too_deep");
    await expectRefusal(`{"model":"m","metadata":${open.repeat(100_000)}`, "json_too_deep");
  }
});

test("F4 nesting that a tool's schema may have is forwarded as it is", async () => {
  const member = `"metadata":${"[".repeat(100)}1${"]".repeat(100)}`;
  expect(await forwarded(member)).toContain(member);
});

test("F5 a million keys and a million elements are refused before anything is built on them", async () => {
  const keys = Array.from({ length: 1_000_000 }, (_, index) => `"k${index}":1`).join(",");
  await expectRefusal(`{"model":"m","metadata":{${keys}}}`, null);
  await expectRefusal(`{"model":"m","metadata":[${"1,".repeat(1_000_000)}1]}`, null);
});

test("F5 a key said twice is refused where it decides, however it is written", async () => {
  for (const second of ['"model":"other"', '"mod\\u0065l":"other"', '"messages":[]']) {
    const message = await expectRefusal(
      `{"model":"test-model","messages":[{"role":"user","content":"x"}],${second}}`,
      null,
    );
    expect(message).not.toContain("other");
  }
});

test("F6 keys that name prototypes change nothing in the gateway and arrive as they were sent", async () => {
  const member =
    '"__proto__":{"stream":true,"n":9},"constructor":{"prototype":{"polluted":1}},"metadata":{"__proto__":[]}';
  expect(await forwarded(member)).toContain(member);
  expect(Object.keys(Object.prototype)).toEqual([]);
  expect(await forwarded('"n":1')).not.toContain("polluted");
});

test.each(["__proto__", "constructor", "toString", "hasOwnProperty"])(
  "F6 a model named %s is nothing but an unknown name",
  async (model) => {
    await using bare = await startGateway();
    const called = await chat(bare, { model });
    expect([called.status, (await errorOf(called)).code]).toEqual([404, "model_not_found"]);
    expect((await fetch(`${bare.url}/v1/models/${model}`)).status).toBe(404);
  },
);

test("F7 no number is altered on its way: 1e400, -0, 2^53+1, forty digits, and any other", async () => {
  const literal = fc.oneof(
    fc.constantFrom("1e400", "-0", "9007199254740993", "-0.0e-0", "1E+2", "1234567890".repeat(4)),
    fc
      .tuple(
        fc.constantFrom("", "-"),
        fc.bigInt({ min: 0n, max: 10n ** 40n }),
        fc.stringMatching(/^(\.\d{1,30})?(e[+-]?\d{1,3})?$/),
      )
      .map(([sign, whole, rest]) => `${sign}${whole}${rest}`),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(literal, { minLength: 1, maxLength: 50 }), async (numbers) => {
      const member = `"metadata":[${numbers.join(", ")}]`;
      expect(await forwarded(member)).toContain(member);
    }),
    { numRuns: 25 },
  );
});

test("F8 invalid UTF-8 is refused and never repaired", async () => {
  const bad = [
    [0xff],
    [0xc0, 0xaf],
    [0xe0, 0x80, 0xaf],
    [0xed, 0xa0, 0x80],
    [0xf4, 0x90, 0x80, 0x80],
    [0xe2, 0x82],
    [0x80],
  ];
  for (const bytes of bad) {
    const body = new Uint8Array(
      Buffer.concat([Buffer.from('{"model":"m","user":"'), Buffer.from(bytes), Buffer.from('"}')]),
    );
    await expectRefusal(body, "invalid_utf8");
  }
});

test("F9 lone surrogates, NUL, bidi and tag characters pass unchanged both ways and reach no log raw", async () => {
  const texts = ["\\ud800", "\\u0000", "\u202e\u2066", "\u{E0041}\u{E007F}", "\\u001b[31m"];
  const member = `"user":"${texts.join("-")}"`;
  const raw = `{"id":"x","choices":[{"index":0,"message":{"role":"assistant","content":"${texts.join("+")}"},"finish_reason":"stop"}]}`;
  upstream.script({ body: raw });
  const response = await send(`{"model":"test-model","messages":[{"role":"user","content":"x"}],${member}}`);
  expect(await response.text()).toBe(raw);
  expect(new TextDecoder().decode(upstream.calls[0]?.body)).toContain(member);

  const name = "bad\\u202e\\u001b[31m\\n{\\u0000\\ud800";
  expect((await send(`{"model":"${name}","messages":[]}`)).status).toBe(400);
  for (const raw of ["\u202e", "\u001b", "\u0000"]) expect(shared.gateway.output()).not.toContain(raw);
});
