import { expect, test } from "bun:test";
import fc from "fast-check";
import type { CallableTool, Message } from "#core/chat/request.ts";
import { restoredOneByOne, translated } from "#core/translation/lane.test-data.ts";

const strict = { toolName: { pattern: /^[A-Za-z0-9_-]+$/, most: 64 } };
const flat = { ...strict, namespaces: false, customTools: false };

function namesOf(tools: readonly CallableTool[], traits: object = flat): readonly string[] {
  return translated({ tools }, { target: { traits } }).chat.tools.map((tool) =>
    tool.kind === "hosted" ? "" : tool.name,
  );
}

const plain = (name: string, namespace?: string): CallableTool => ({
  kind: "function",
  name,
  ...(namespace === undefined ? {} : { namespace }),
});

function calling(name: string, more: { namespace?: string; form?: "custom"; argumentsText?: string } = {}): Message {
  const { form = "function", argumentsText = "{}", namespace } = more;
  const home = namespace === undefined ? {} : { namespace };
  return { role: "assistant", parts: [{ type: "tool-call", id: "c", name, form, argumentsText, ...home }] };
}

test("pitfall 15: a long name with dots fits and comes back unchanged; names that differ only at the end do not collide", () => {
  const long = `mcp.server.${"x".repeat(78)}`;
  const tools = [plain(`${long}A`), plain(`${long}B`), plain("a.b"), plain("a_b"), plain("fine-name")];
  const wire = namesOf(tools);
  expect(new Set(wire).size).toBe(tools.length);
  for (const name of wire) expect(name).toMatch(/^[A-Za-z0-9_-]{1,64}$/);
  expect(wire.slice(3)).toEqual(["a_b", "fine-name"]);
  const translation = translated({ tools }, { target: { traits: flat } });
  for (const [index, name] of wire.entries()) {
    const events = restoredOneByOne(translation, [{ type: "tool-call", choice: 0, call: 0, id: "1", name }]);
    expect(events).toMatchObject([{ name: tools[index]?.name }]);
  }
});

test("a tool has the same name in its declaration, the choice and every call, however long the conversation", () => {
  const tools = [plain("do.it"), plain("do_it")];
  const toolChoice = { type: "tool", name: "do.it" } as const;
  const messages = [calling("do.it"), calling("gone.tool"), calling("do_it")];
  const { chat } = translated(
    { tools, toolChoice, messages },
    { target: { traits: { ...flat, answeredCalls: false } } },
  );
  const [first, second] = chat.tools;
  expect(second).toEqual(plain("do_it"));
  expect(chat.toolChoice).toEqual({ type: "tool", name: first?.kind === "function" ? first.name : "" });
  const called = chat.messages.flatMap(({ parts }) =>
    parts.map((part) => (part.type === "tool-call" ? part.name : "")),
  );
  expect(called).toEqual([first?.kind === "function" ? first.name : "", "gone_tool", "do_it"]);
  const shorter = translated({ tools, toolChoice, messages: messages.slice(0, 1) }, { target: { traits: flat } });
  expect(shorter.chat.tools).toEqual(chat.tools);
});

test("property: any names fit, differ, and are restored", () => {
  const name = fc.oneof(fc.string({ minLength: 1, maxLength: 90 }), fc.stringMatching(/^[a-c._]{1,4}$/));
  const tool = fc.record({ name, namespace: fc.option(fc.constantFrom("n", "n.m"), { nil: undefined }) });
  const identity = ({ name: own, namespace }: { name: string; namespace?: string | undefined }): string =>
    JSON.stringify([own, namespace ?? null]);
  fc.assert(
    fc.property(fc.uniqueArray(tool, { selector: identity, maxLength: 12 }), (wanted) => {
      const tools = wanted.map((each) => plain(each.name, each.namespace));
      const translation = translated({ tools }, { target: { traits: flat } });
      const wire = translation.chat.tools.map((each) => (each.kind === "hosted" ? "" : each.name));
      expect(new Set(wire).size).toBe(wire.length);
      for (const [index, sent] of wire.entries()) {
        expect(sent).toMatch(/^[A-Za-z0-9_-]{1,64}$/);
        const [event] = translation.restore([{ type: "tool-call", choice: 0, call: 0, id: "1", name: sent }]);
        const back = event?.type === "tool-call" ? identity(event) : "";
        expect(back).toBe(identity(wanted[index] ?? { name: "" }));
      }
    }),
  );
});

test("pitfall 12: namespaced freeform tools become flat functions and come back with namespace and raw text", () => {
  const exec: CallableTool = {
    kind: "custom",
    name: "exec",
    namespace: "functions",
    description: "Runs it.",
    grammar: { syntax: "lark", definition: "start: /.+/" },
  };
  const messages = [calling("exec", { namespace: "functions", form: "custom", argumentsText: 'say "hi"\n' })];
  const asked = new Map([["custom_tools", "tools[0]"] as const]);
  const translation = translated({ tools: [exec], messages, asked }, { target: { traits: flat } });
  const [tool] = translation.chat.tools;
  expect(tool).toMatchObject({ kind: "function", name: "functions__exec", parameters: { required: ["input"] } });
  expect(JSON.stringify(tool)).toContain("start: /.+/");
  expect(JSON.stringify(tool)).not.toContain('grammar":');
  expect(translation.dropped).toContain("tools[0]");
  expect(translation.chat.messages[0]?.parts[0]).toMatchObject({
    name: "functions__exec",
    form: "function",
    argumentsText: '{"input":"say \\"hi\\"\\n"}',
  });
  const back = restoredOneByOne(translation, [
    { type: "tool-call", choice: 0, call: 0, id: "1", name: "functions__exec" },
    { type: "tool-arguments", choice: 0, call: 0, text: '{"inp' },
    { type: "tool-arguments", choice: 0, call: 0, text: 'ut":"a\\' },
    { type: "tool-arguments", choice: 0, call: 0, text: 'nb"}' },
    { type: "finish", choice: 0, reason: "tool_calls", raw: "tool_calls" },
  ]);
  expect(back).toMatchObject([
    { type: "tool-call", name: "exec", namespace: "functions", form: "custom" },
    { type: "tool-arguments", text: "a" },
    { type: "tool-arguments", text: "\nb" },
    { type: "finish" },
  ]);
});

test("freeform tools and namespaces stay as they are where the provider knows them", () => {
  const tools = [{ kind: "custom", name: "exec", namespace: "functions" } as const];
  const { chat, restore } = translated({ tools });
  expect(chat.tools).toEqual(tools);
  const events = [
    { type: "tool-call", choice: 0, call: 0, id: "1", name: "exec", namespace: "functions", form: "custom" },
  ] as const;
  expect(restore(events)).toEqual([...events]);
});

test("an allowed subset names the tools as they go over the wire", () => {
  const toolChoice = { type: "allowed", required: true, names: ["a.b", "exec"] } as const;
  const tools = [plain("a.b"), plain("exec", "x"), plain("exec", "y")];
  expect(translated({ tools, toolChoice }, { target: { traits: flat } }).chat.toolChoice).toEqual({
    ...toolChoice,
    names: ["a_b", "x__exec", "y__exec"],
  });
});

test("pitfall 16: a call id of any length and alphabet fits, the same on call and result and at every replay", () => {
  const id = `call/${"ü".repeat(195)}`;
  const messages = [
    { role: "assistant", parts: [{ type: "tool-call", id, name: "f", form: "function", argumentsText: "{}" }] },
    { role: "tool", parts: [{ type: "tool-result", callId: id, parts: [] }] },
  ] as const;
  const ids = (): unknown[] =>
    translated(
      { messages },
      { target: { traits: { callId: { pattern: /^[\w-]+$/, most: 40 } } } },
    ).chat.messages.flatMap(({ parts }) =>
      parts.map((part) => (part.type === "tool-call" ? part.id : part.type === "tool-result" ? part.callId : "")),
    );
  const [call, result] = ids();
  expect(call).toMatch(/^[\w-]{1,40}$/);
  expect(result).toBe(call);
  expect(ids()).toEqual([call, result]);
  const { restore } = translated({}, { caller: { traits: { callId: { pattern: /^[\w-]+$/, most: 40 } } } });
  expect(restore([{ type: "tool-call", choice: 0, call: 0, id, name: "f" }])).toMatchObject([{ id: call }]);
});
