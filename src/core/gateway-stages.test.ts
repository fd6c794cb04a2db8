import { expect, test } from "bun:test";
import type { ChatEvent } from "#core/chat/event.ts";
import type { Message } from "#core/chat/request.ts";
import type { ModelCall } from "#core/model-call.ts";
import {
  bench,
  drain,
  end,
  failureOf,
  fails,
  finish,
  goodAnswer,
  plays,
  said,
  unknownFacts,
} from "#core/test-gateway.ts";

function saying(call: ModelCall, messages: readonly Message[]): ModelCall {
  if (call.request.operation !== "chat") throw new Error("A chat call is expected.");
  return { ...call, request: { operation: "chat", chat: { ...call.request.chat, messages } } };
}

function counting(call: ModelCall): ModelCall {
  if (call.request.operation !== "chat") throw new Error("A chat call is expected.");
  const chat = { ...call.request.chat, stream: false };
  return { ...call, protocol: "anthropic-count-tokens", request: { operation: "count", chat } };
}

const round = (id: string): readonly Message[] => [
  { role: "assistant", parts: [{ type: "tool-call", id, name: "look", form: "function", argumentsText: "{}" }] },
  { role: "tool", parts: [{ type: "tool-result", callId: id, parts: [{ type: "text", text: "nothing" }] }] },
];
const user: Message = { role: "user", parts: [{ type: "text", text: "Look." }] };
const picture: Message = {
  role: "user",
  parts: [
    { type: "media", kind: "image", source: { type: "url", url: "https://a/1" }, path: "messages[0].content[0]" },
  ],
};

test("a provider is told how to speak, and what the caller said beside its body", async () => {
  const { gateway, call, first } = bench([goodAnswer], [], 2, {
    workMode: "translation",
    manners: { speaks: () => "gemini-generate" },
  });
  await drain(await gateway.open({ ...call, strict: true, address: { model: "m" } }));
  expect(first.calls[0]).toMatchObject({
    requestId: "req_1",
    protocol: "openai-chat",
    upstreamProtocol: "gemini-generate",
    translate: true,
    strict: true,
    address: { model: "m" },
  });
});

test("a call that nobody may answer in its protocol is refused before anybody is asked, and is in the books", async () => {
  const { gateway, call, first, rows } = bench([goodAnswer], [], 2, {
    workMode: "passthrough",
    manners: { speaks: () => "gemini-generate" },
  });
  expect(await failureOf(gateway.open(call))).toMatchObject({
    code: "unsupported_value",
    details: { work_mode: "passthrough", protocol: "openai-chat" },
  });
  expect(first.calls).toHaveLength(0);
  expect(rows).toMatchObject([{ outcome: "failed", errorCode: "unsupported_value", httpStatus: 400, attempts: 0 }]);
});

test("what one provider cannot be asked the next one may be, and nobody is asked twice", async () => {
  const { gateway, call, first, second, rows } = bench([fails("unsupported_value")], [goodAnswer], 0);
  const reply = await gateway.open(call);
  expect([reply.provider, await drain(reply)]).toEqual(["second", "hi"]);
  expect([first.calls.length, second.calls.length]).toEqual([1, 1]);
  expect(rows).toMatchObject([{ outcome: "finished", attempts: 1 }]);
  const alone = bench([fails("unsupported_value")]);
  expect(await failureOf(alone.gateway.open(alone.call))).toMatchObject({ code: "unsupported_value" });
  expect(alone.first.calls).toHaveLength(1);
});

test("what a provider could not carry reaches the caller", async () => {
  const { gateway, call, first } = bench([goodAnswer]);
  const { call: ask } = first;
  Object.assign(first, {
    call: async (given: Parameters<typeof ask>[0]) => ({ ...(await ask(given)), dropped: ["seed"] }),
  });
  expect((await gateway.open(call)).dropped).toEqual(["seed"]);
});

test("an agent that goes round in circles is stopped before anybody is asked", async () => {
  const { gateway, call, first, rows } = bench([goodAnswer], [], 2, { toolLoop: { duplicateDetection: true } });
  const messages = [user, ...round("a"), ...round("b"), ...round("c")];
  expect(await failureOf(gateway.open(saying(call, messages)))).toMatchObject({ code: "invalid_request" });
  expect(first.calls).toHaveLength(0);
  expect(rows).toMatchObject([{ outcome: "failed", errorCode: "invalid_request" }]);
});

test("pictures named by URL are fetched for a provider that takes bytes only, and not for one that is forwarded to", async () => {
  const asked: string[] = [];
  const mediaFetcher = {
    async fetch(url: string, path: string) {
      asked.push(`${url} ${path}`);
      return { mimeType: "image/png", base64: "AA==" };
    },
  };
  const needy = bench([goodAnswer], [], 2, {
    mediaFetcher,
    manners: { speaks: () => "gemini-generate", needsBytes: (protocol) => protocol === "gemini-generate" },
  });
  await drain(await needy.gateway.open(saying(needy.call, [picture])));
  expect(needy.first.calls[0]?.request).toMatchObject({
    chat: { messages: [{ parts: [{ source: { type: "data", mimeType: "image/png", base64: "AA==" } }] }] },
  });
  expect(asked).toEqual(["https://a/1 messages[0].content[0]"]);
  const forwarded = bench([goodAnswer], [], 2, { mediaFetcher, manners: { needsBytes: () => true } });
  await drain(await forwarded.gateway.open(saying(forwarded.call, [picture])));
  expect(forwarded.first.calls[0]?.request).toMatchObject({ chat: { messages: [picture] } });
  expect(asked).toHaveLength(1);
});

test("thinking that a chat caller cannot carry is put back before its call, for its own tenant only (pitfall 40)", async () => {
  const token = { kind: "thought", data: "dGs=" } as const;
  const answer: ChatEvent[] = [
    { type: "reasoning", choice: 0, text: "Hm." },
    { type: "reasoning-token", choice: 0, token },
    { type: "tool-call", choice: 0, call: 0, id: "a", name: "look" },
    finish,
    end,
  ];
  const { gateway, call, first } = bench([plays(...answer), goodAnswer]);
  await drain(await gateway.open(call));
  const next = saying(call, [user, ...round("a")]);
  await drain(await gateway.open(next));
  expect(first.calls[1]?.request).toMatchObject({
    chat: { messages: [user, { parts: [{ type: "reasoning", text: "Hm.", token }, { type: "tool-call" }] }, {}] },
  });
  const stranger = { ...next, principal: { ...next.principal, tenantId: "other" as typeof next.principal.tenantId } };
  await drain(await gateway.open(stranger));
  expect(first.calls[2]?.request).toEqual(next.request);
});

test("who made a token that was passed through is known when it comes back (pitfall 38)", async () => {
  const token = { kind: "signature", data: "c2ln" } as const;
  const { gateway, call, first } = bench([
    plays({ type: "reasoning-token", choice: 0, token }, said("hi"), finish, end),
  ]);
  const { call: ask } = first;
  Object.assign(first, {
    call: async (given: Parameters<typeof ask>[0]) => ({ ...(await ask(given)), rawProtocol: "openai-chat" }),
  });
  await drain(await gateway.open(call));
  expect(first.calls[0]?.tokenMaker("c2ln")).toBe("first");
  expect(first.calls[0]?.tokenMaker("b3RoZXI=")).toBeUndefined();
});

test("tokens are counted for every model: estimated and said so where nobody counts, free of charge (T-05)", async () => {
  const { gateway, call, first, rows } = bench([goodAnswer]);
  const reply = await gateway.open(counting(call));
  expect(reply).toMatchObject({ provider: "tokligence", model: "m", estimated: true });
  const events = (await Array.fromAsync(reply.pieces)).flatMap((piece) => piece.events);
  expect(events).toEqual([{ type: "usage", usage: { inputTokens: 10 } }, { type: "end" }]);
  expect(first.calls).toHaveLength(0);
  expect(rows).toMatchObject([{ operation: "count", outcome: "finished", usageSource: "none", attempts: 0 }]);
  expect(rows[0]?.costNanos).toBeUndefined();
});

test("a server without the counting endpoint is estimated for; a bad request stays one (T-05)", async () => {
  const answered = (status: number) => {
    const upstream = { status, contentType: "application/json", body: new Uint8Array(), family: "anthropic" } as const;
    return bench([fails("upstream_rejected", { upstream })], [], 2, { manners: { speaks: (protocol) => protocol } });
  };
  const missing = answered(404);
  expect(await missing.gateway.open(counting(missing.call))).toMatchObject({ estimated: true });
  expect(missing.first.calls).toHaveLength(1);
  const bad = answered(400);
  expect(await failureOf(bad.gateway.open(counting(bad.call)))).toMatchObject({ code: "upstream_rejected" });
});

test("an unknown model is not found even when only its tokens are to be counted", async () => {
  const { gateway, call } = bench([goodAnswer]);
  const unknown = counting(call);
  if (unknown.request.operation !== "count") throw new Error("A count is expected.");
  const request = { operation: "count", chat: { ...unknown.request.chat, model: "nope" } } as const;
  expect(await failureOf(gateway.open({ ...unknown, request }))).toMatchObject({ code: "model_not_found" });
});

test("listed models carry what is known of them, and nothing that is not", () => {
  const known = { displayName: "Em", contextWindow: 1000, maxOutputTokens: 100 };
  const { gateway } = bench([goodAnswer], [], 2, { factsOf: (model) => ({ ...unknownFacts(model), ...known }) });
  expect(gateway.models()).toEqual([{ id: "m", ownedBy: "tokligence", ...known }]);
  expect(bench([goodAnswer]).gateway.models()).toEqual([{ id: "m", ownedBy: "tokligence" }]);
});
