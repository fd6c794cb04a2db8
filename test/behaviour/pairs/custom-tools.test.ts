/** Freeform tools and the tool lists of Codex, in front of providers that know functions alone. */
import { describe, expect, test } from "bun:test";
import { sixteenPairs } from "../../harness/wires/pairs.ts";
import { type Fields, fieldsOf } from "../../harness/wires/wire.ts";

const pairs = sixteenPairs();
const toFunctions = pairs.table.filter(([, { upstream }]) => upstream.name !== "openai-responses");
const fromResponses = toFunctions.filter(([, { client }]) => client.name === "openai-responses");
const fromChat = pairs.translated.filter(([, { client }]) => client.name === "openai-chat");

const grammar = { type: "grammar", syntax: "lark", definition: 'start: "*** Begin Patch" /.+/' };
const patch = '*** Begin Patch\n+say("a\\tb") // "quoted" \\ ☔\n\u0001*** End Patch\n';
const wrapped = JSON.stringify({ input: patch });

/** What Codex 0.169 sends in function mode. */
const functionMode: Fields = {
  tools: [
    { type: "function", name: "shell", strict: false, parameters: { type: "object", properties: {} } },
    { type: "custom", name: "apply_patch", description: "Edits files.", format: grammar },
    { type: "tool_search", execution: "client", description: "Finds tools.", parameters: { type: "object" } },
    { type: "web_search", external_web_access: false },
  ],
  tool_choice: "auto",
  parallel_tool_calls: false,
  text: { verbosity: "low" },
  prompt_cache_key: "session",
};

/** And in code mode: the tools stand in the input. */
function codeMode(begun: Fields): Fields {
  const exec = { type: "custom", name: "exec", description: "Runs code.", format: grammar };
  const namespace = { type: "namespace", name: "functions", description: "All there is.", tools: [exec] };
  const tools = { type: "additional_tools", role: "developer", tools: [namespace] };
  return { ...begun, input: [tools, ...(begun["input"] as readonly Fields[])] };
}

describe.each(fromResponses)("%s", (_, pair) => {
  const { provider, client } = pair;

  test.each([false, true])("pitfalls 13, 14, T-16 function mode, streamed: %p", async (streamed) => {
    provider.holds([{ calls: [{ id: "call_1", name: "apply_patch", input: wrapped }] }, { text: "Done." }]);
    const told = await pair.ask({ text: "Fix it.", own: functionMode }, { streamed });
    expect(told.calls).toMatchObject([{ name: "apply_patch", input: patch, custom: true }]);
    expect(told.dropped).toContain("tools[2]");
    expect(told.dropped).toContain("tools[3]");
    expect(provider.speech.tools(pair.heard())).toEqual(["shell", "apply_patch"]);
    expect(JSON.stringify(pair.heard().json())).toContain("*** Begin Patch");
    const results = told.calls.map((call) => ({ call, text: "Patched." }));
    const end = await pair.reply(told, { results }, { streamed });
    expect(end.text).toBe("Done.");
    expect(pair.said().slice(1)).toEqual([`call apply_patch ${wrapped}`, "result: Patched."]);
  });

  test.each([false, true])("pitfalls 12, 13, T-16 code mode, streamed: %p", async (streamed) => {
    const name = "functions__exec";
    provider.holds([{ calls: [{ id: "call_1", name, input: wrapped }] }, { text: "Done." }]);
    const told = await pair.send(codeMode(client.begin({ text: "Run it." })), { streamed });
    expect(provider.speech.tools(pair.heard())).toEqual([name]);
    expect(told.calls).toMatchObject([{ name: "exec", namespace: "functions", input: patch, custom: true }]);
    const results = told.calls.map((call) => ({ call, text: "0" }));
    const end = await pair.reply(told, { results }, { streamed });
    expect(end.text).toBe("Done.");
    expect(pair.said().slice(1)).toEqual([`call ${name} ${wrapped}`, "result: 0"]);
  });
});

describe.each(fromChat)("%s", (_, pair) => {
  const isNative = pair.upstream.name === "openai-responses";

  test.each([false, true])("pitfall 13 a freeform tool of a chat caller, streamed: %p", async (streamed) => {
    const custom = {
      name: "apply_patch",
      format: { type: "grammar", grammar: { syntax: "lark", definition: "start: /.+/" } },
    };
    const input = isNative ? patch : wrapped;
    pair.provider.holds([
      { calls: [{ id: "call_1", name: "apply_patch", input, ...(isNative ? { custom: true } : {}) }] },
      { text: "Done." },
    ]);
    const told = await pair.ask({ text: "Fix it.", own: { tools: [{ type: "custom", custom }] } }, { streamed });
    expect(told.calls).toMatchObject([{ name: "apply_patch", input: patch, custom: true }]);
    const [tool] = pair.heard().json()["tools"] as readonly unknown[];
    if (isNative) expect(fieldsOf(tool)).toMatchObject({ type: "custom", name: "apply_patch" });
    const results = told.calls.map((call) => ({ call, text: "Patched." }));
    expect((await pair.reply(told, { results }, { streamed })).text).toBe("Done.");
    expect(pair.said().slice(1)).toEqual([`call apply_patch ${input}`, "result: Patched."]);
  });
});
