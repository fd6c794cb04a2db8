import { expect, test } from "bun:test";
import { stubProvider } from "#core/routing/stub-provider.ts";
import { createLocalProvider } from "#integrations/providers/local/provider.ts";
import { callOf, failure } from "#integrations/providers/scripted-http.test-data.ts";

async function* nothing() {}

const question = { messages: [{ role: "user", content: "ping" }] };
const claude = stubProvider("local/anthropic", [], [nothing], {
  speaks: () => "anthropic-messages",
  needsBytes: (protocol) => protocol === "anthropic-messages",
});
const llama = stubProvider("local", [], [nothing]);
const local = createLocalProvider({
  name: "local",
  type: "local",
  models: ["claude", "llama"],
  byModel: new Map([
    ["claude", claude],
    ["llama", llama],
  ]),
  left: new Set(),
});

test("TC-P0-LOC-001 test_local_provider: each model speaks what its vendor speaks, under one name", () => {
  expect([local.name, local.type, local.models]).toEqual(["local", "local", ["claude", "llama"]]);
  expect(local.speaks("openai-chat", "claude")).toBe("anthropic-messages");
  expect(local.speaks("openai-chat", "llama")).toBe("openai-chat");
  expect(local.speaks("openai-chat", "other")).toBeUndefined();
  expect(local.needsBytes("anthropic-messages", "image", "claude")).toBe(true);
  expect(local.needsBytes("anthropic-messages", "image", "llama")).toBe(false);
  expect(local.needsBytes("anthropic-messages", "image")).toBe(true);
});

test("a call goes to the one that has its model, and to nobody else", async () => {
  const call = callOf(question, "openai-chat", { model: "llama" });
  await local.call(call);
  expect([claude.calls.length, llama.calls]).toEqual([0, [call]]);
  const refused = await failure(local, callOf(question, "openai-chat", { model: "other" }));
  expect(refused.code).toBe("model_not_found");
});

test("what was remembered as made by the whole is, for a vendor behind it, its own", async () => {
  const makers: Readonly<Record<string, string>> = { a: "local", b: "openai" };
  const call = callOf(question, "openai-chat", { model: "claude", tokenMaker: (token) => makers[token] });
  await local.call(call);
  const seen = claude.calls.at(-1);
  expect(["a", "b", "c"].map((token) => seen?.tokenMaker(token))).toEqual(["local/anthropic", "openai", undefined]);
});

test("all other models are asked for at the provider itself, save those that are left out", () => {
  const some = createLocalProvider({
    name: "x",
    type: "openai",
    account: 2,
    models: [],
    byModel: new Map(),
    left: new Set(["own"]),
    otherwise: llama,
  });
  expect(some.account).toBe(2);
  expect([some.speaks("openai-chat", "any"), some.speaks("openai-chat", "own")]).toEqual(["openai-chat", undefined]);
  expect("account" in local).toBe(false);
});
