import { expect, test } from "bun:test";
import { createCatalog } from "#core/catalog/catalog.ts";
import type { Feature } from "#core/chat/feature.ts";
import { GatewayError } from "#core/errors.ts";
import { callOf, plainCodec, translated } from "#core/translation/lane.test-data.ts";
import { translate } from "#core/translation/translate.ts";
import { toolLoaded } from "#core/wire/anthropic-messages/content-block.ts";
import { authorDialect } from "#core/wire/dialect.ts";

const asked = (...pairs: [Feature, string][]): { asked: ReadonlyMap<Feature, string> } => ({ asked: new Map(pairs) });

function refusalOf(act: () => unknown): GatewayError {
  try {
    act();
  } catch (thrown) {
    if (thrown instanceof GatewayError) return thrown;
    throw thrown;
  }
  throw new Error("It was not refused.");
}

test("what is noted is named once, in the caller's words and in the order asked", () => {
  const { dropped } = translated(
    { ...asked(["seed", "seed"], ["top_k", "topK"], ["temperature", "temp"]), unknownFields: ["vendor_x"] },
    { target: { takes: { seed: "note", top_k: "note" }, notes: ["temperature", "seed", "messages[3].content[0]"] } },
  );
  expect(dropped).toEqual(["seed", "topK", "vendor_x", "temp", "messages[3].content[0]"]);
});

test("pitfall 29, pitfall 30: what changes the kind of answer is refused before anything is written", () => {
  let encoded = 0;
  const codec = plainCodec({ takes: { choices: "refuse" }, protocol: "anthropic-messages", family: "anthropic" });
  const counting = { ...codec, encodeRequest: () => new Uint8Array(++encoded) };
  const target = { model: "m", facts: createCatalog().factsOf("m"), dialect: authorDialect, provider: "p" };
  const error = refusalOf(() => translate(counting, codec, callOf(asked(["choices", "n"])), target));
  expect(error).toMatchObject({ code: "unsupported_value", status: 400, details: { field: "n" } });
  expect(error.message).toContain("'n'");
  expect(error.message).toContain("anthropic-messages");
  expect(encoded).toBe(0);
});

test("a strict call is refused for anything that would be left out, all of it named", () => {
  const error = refusalOf(() =>
    translated(
      { ...asked(["seed", "seed"]), unknownFields: ["x"] },
      { target: { takes: { seed: "note" }, notes: ["verbosity"] }, call: { strict: true } },
    ),
  );
  expect(error).toMatchObject({ code: "unsupported_value", details: { field: "seed" } });
  for (const name of ["'seed'", "'x'", "'verbosity'"]) expect(error.message).toContain(name);
  expect(translated(asked(["seed", "seed"]), { call: { strict: true } }).dropped).toEqual([]);
});

test("what a server lacks is left out and named where it is a hint, refused where the answer would be another", () => {
  const { chat, dropped } = translated(
    { ...asked(["seed", "seed"], ["temperature", "temperature"]), seed: 1, temperature: 0.5 },
    { dialect: { lacks: ["seed", "logprobs"] } },
  );
  expect(dropped).toEqual(["seed"]);
  expect(chat.seed).toBeUndefined();
  expect(chat.temperature).toBe(0.5);
  const act = (): unknown => translated(asked(["logprobs", "logprobs"]), { dialect: { lacks: ["logprobs"] } });
  expect(refusalOf(act).details).toEqual({ field: "logprobs" });
  const inWords = translated(asked(["json_schema", "response_format"]), { dialect: { lacks: ["json_schema"] } });
  expect(inWords.dropped).toEqual(["response_format"]);
});

test("a picture by URL that was fetched meanwhile is no reason to refuse", () => {
  const path = "messages[0].content[0]";
  const picture = { type: "media", kind: "image", path } as const;
  const asking = asked(["image_url", path]);
  const target = { takes: { image_url: "refuse" } } as const;
  const fetched = { ...picture, source: { type: "data", mimeType: "image/png", base64: "AA==" } } as const;
  expect(translated({ ...asking, messages: [{ role: "user", parts: [fetched] }] }, { target }).dropped).toEqual([]);
  const named = { ...picture, source: { type: "url", url: "https://x/y.png" } } as const;
  const act = (): unknown => translated({ ...asking, messages: [{ role: "user", parts: [named] }] }, { target });
  expect(refusalOf(act).details).toEqual({ field: path });
});

test("pitfall 14, T-06: a hosted tool beside others is left out and named, alone or forced it is refused", () => {
  const search = { kind: "hosted", type: "tool_search", path: "tools[0]" } as const;
  const own = { kind: "function", name: "f" } as const;
  const target = { takes: { hosted_tools: "refuse" } } as const;
  const asking = asked(["hosted_tools", "tools[0]"], ["tools", "tools"]);
  const beside = translated({ ...asking, tools: [search, own] }, { target });
  expect(beside.chat.tools).toEqual([own]);
  expect(beside.dropped).toEqual(["tools[0]"]);
  expect(refusalOf(() => translated({ ...asking, tools: [search] }, { target })).details).toEqual({
    field: "tools[0]",
  });
  const forced = { type: "hosted", path: "tools[0]" } as const;
  const act = (): unknown => translated({ ...asking, tools: [search, own], toolChoice: forced }, { target });
  expect(refusalOf(act).details).toEqual({ field: "tools[0]" });
  const unknown = { type: "hosted", path: "tool_choice" } as const;
  expect(refusalOf(() => translated({ tools: [own], toolChoice: unknown }, { target })).details).toEqual({
    field: "tool_choice",
  });
  const none = translated({ ...asking, tools: [search], toolChoice: { type: "none" } }, { target });
  expect(none.chat.tools).toEqual([]);
});

test("a web search goes along where the provider has one", () => {
  const search = { kind: "hosted", type: "web_search", path: "tools[0]", webSearch: {} } as const;
  const tools = [search, { kind: "function", name: "f" } as const];
  const asking = asked(["web_search", "tools[0]"]);
  expect(translated({ ...asking, tools }, { target: { takes: { web_search: "fold" } } }).chat.tools).toHaveLength(2);
  const without = translated({ ...asking, tools }, { target: { takes: { web_search: "note" } } });
  expect(without.chat.tools).toHaveLength(1);
  expect(without.dropped).toEqual(["tools[0]"]);
});

test("T-06 a hosted tool that the choice does not allow is not sent, one that it allows is", () => {
  const search = { kind: "hosted", type: "web_search", path: "tools[0]", webSearch: {} } as const;
  const shell = { kind: "hosted", type: "code_interpreter", path: "tools[1]" } as const;
  const own = { kind: "function", name: "f" } as const;
  const kept = (hosted?: readonly string[]): unknown => {
    const toolChoice = { type: "allowed", required: false, names: ["f"], ...(hosted && { hosted }) } as const;
    const { chat, dropped } = translated({ tools: [search, shell, own], toolChoice });
    expect(dropped).toEqual([]);
    return chat.tools;
  };
  expect(kept([])).toEqual([own]);
  expect(kept(["tools[0]"])).toEqual([search, own]);
  expect(kept()).toEqual([search, shell, own]);
});

test("parts of a foreign protocol are left out, each kind named once; what cannot be missed is refused", () => {
  const foreign = (path: string, required = false) => ({ type: "foreign", path, required }) as const;
  const messages = [
    { role: "user", parts: [{ type: "text", text: "a" }] },
    {
      role: "assistant",
      parts: [foreign("messages[1].content[0] (search)"), foreign("messages[1].content[1] (search)")],
    },
    { role: "assistant", parts: [{ type: "text", text: "b" }, foreign("messages[2].content[0] (fetch)")] },
  ] as const;
  const { chat, dropped } = translated({ messages });
  expect(chat.messages.map(({ role, parts }) => [role, parts.length])).toEqual([
    ["user", 1],
    ["assistant", 1],
  ]);
  expect(dropped).toEqual(["messages[1].content[0] (search)", "messages[2].content[0] (fetch)"]);
  const needed = [{ role: "user", parts: [foreign("input[0] (item_reference)", true)] }] as const;
  expect(refusalOf(() => translated({ messages: needed })).details).toEqual({ field: "input[0] (item_reference)" });
});

test("a refusal of the model is plain text for providers of another family", () => {
  const messages = [{ role: "assistant", parts: [{ type: "refusal", text: "No." }] }] as const;
  expect(translated({ messages }, { target: { family: "gemini" } }).chat.messages[0]?.parts).toEqual([
    { type: "text", text: "No." },
  ]);
  expect(translated({ messages }).chat.messages[0]?.parts[0]?.type).toBe("refusal");
});

test("deferred tools are shown once loaded, or when nothing could load them", () => {
  const deferred = { kind: "function", name: "Edit", deferred: true } as const;
  const search = { kind: "function", name: "ToolSearch" } as const;
  const target = { takes: { deferred_tools: "shim" } } as const;
  const names = (chat: Parameters<typeof translated>[0]): readonly string[] =>
    translated(chat, { target }).chat.tools.map((tool) => (tool.kind === "hosted" ? tool.type : tool.name));
  expect(names({ tools: [search, deferred] })).toEqual(["ToolSearch"]);
  const call = { type: "tool-call", id: "1", name: "ToolSearch", form: "function", argumentsText: "{}" } as const;
  const result = { type: "tool-result", callId: "1", parts: [{ type: "text", text: toolLoaded("Edit") }] } as const;
  const messages = [
    { role: "assistant", parts: [call] },
    { role: "tool", parts: [result] },
  ] as const;
  expect(names({ tools: [search, deferred], messages })).toEqual(["ToolSearch", "Edit"]);
  expect(names({ tools: [deferred] })).toEqual(["Edit"]);
  for (const toolChoice of [
    { type: "tool", name: "Edit" },
    { type: "allowed", required: true, names: ["Edit"] },
  ] as const) {
    expect(names({ tools: [search, deferred], toolChoice })).toEqual(["ToolSearch", "Edit"]);
  }
  const hosted = { kind: "hosted", type: "tool_search", path: "tools[0]" } as const;
  const shown = translated(
    { tools: [hosted, search, deferred] },
    { target: { takes: { deferred_tools: "shim", hosted_tools: "note" } } },
  );
  expect(shown.chat.tools).toEqual([search, { kind: "function", name: "Edit" }]);
});

test("a strict refusal stays short, however much would be left out", () => {
  const unknownFields = Array.from({ length: 5_000 }, (_, at) => `vendor_${"x".repeat(1_000)}_${at}`);
  const error = refusalOf(() => translated({ unknownFields }, { call: { strict: true } }));
  expect(error.message).toContain("4980 more");
  expect(error.message.length).toBeLessThan(5_000);
});

test("a signature that is missing is named by what the caller calls the conversation", () => {
  const target = { notes: ["reasoning_history"] };
  expect(translated({}, { target }).dropped).toEqual(["messages (thought signature)"]);
  expect(translated({}, { target, call: { protocol: "openai-responses" } }).dropped).toEqual([
    "input (thought signature)",
  ]);
  const own = asked(["reasoning_history", "messages[1].content[0]"]);
  expect(translated(own, { target }).dropped).toEqual(["messages[1].content[0]"]);
});
