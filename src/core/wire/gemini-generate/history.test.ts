import { describe, expect, test } from "bun:test";
import { decodeChat } from "#core/wire/gemini-generate/gemini.test-data.ts";

const user = (...parts: readonly unknown[]) => ({ role: "user", parts });
const model = (...parts: readonly unknown[]) => ({ role: "model", parts });
const call = (name: string, args: object = {}, more: object = {}) => ({ functionCall: { name, args }, ...more });
const result = (name: string, output: unknown, more: object = {}) => ({
  functionResponse: { name, response: { output }, ...more },
});

describe("calls and results in a history", () => {
  const idsOf = (contents: readonly unknown[]) => {
    const parts = decodeChat({ contents }).messages.flatMap((message) => message.parts);
    const answers: [string, string][] = [];
    for (const part of parts) {
      if (part.type !== "tool-result") continue;
      answers.push([part.callId, part.parts.map((said) => (said.type === "text" ? said.text : "")).join()]);
    }
    return { calls: parts.flatMap((part) => (part.type === "tool-call" ? [part.id] : [])), answers };
  };

  test("pitfall 17: two calls of one tool in a turn, without ids, keep their results apart", () => {
    const { calls, answers } = idsOf([
      user({ text: "a" }),
      model(call("f", { x: 1 }), call("g"), call("f", { x: 1 })),
      user(result("f", "one"), result("g", "two"), result("f", "three")),
    ]);
    const [first = "", second = "", third = ""] = calls;
    expect(new Set(calls).size).toBe(3);
    expect(answers).toEqual([
      [first, "one"],
      [second, "two"],
      [third, "three"],
    ]);
  });

  test("ids that are made stay the same when the conversation grows", () => {
    const begun = [user({ text: "a" }), model(call("f", { x: 1 })), user(result("f", "one"))];
    const grown = [...begun, model({ text: "ok" }), user({ text: "more" }), model(call("f", { x: 1 }))];
    expect(idsOf(grown).calls[0]).toBe(idsOf(begun).calls[0] ?? "");
    expect(new Set(idsOf(grown).calls).size).toBe(2);
  });

  test("a result finds its call by id where only one of the two has it, and by name across turns of its own", () => {
    expect(idsOf([model(call("f")), user(result("f", "one", { id: "x" }))])).toMatchObject({
      answers: [[idsOf([model(call("f"))]).calls[0], "one"]],
    });
    const named = { functionCall: { id: "c1", name: "f", args: {} } };
    expect(
      idsOf([model(named, call("f")), user(result("f", "two"), result("f", "one", { id: "c1" }))]).answers,
    ).toEqual([
      [idsOf([model(named, call("f"))]).calls[1] ?? "", "two"],
      ["c1", "one"],
    ]);
    expect(idsOf([model(named), user(result("f", "opencode"))]).answers).toEqual([["c1", "opencode"]]);
  });

  test("pitfall 18: a result sent twice answers the same call twice, for the lane to send once", () => {
    const { calls, answers } = idsOf([
      model(call("f", { x: 1 }), call("f", { x: 2 })),
      user(result("f", "one"), result("f", "two")),
      user(result("f", "one"), result("f", "two")),
    ]);
    expect(answers.map(([id]) => id)).toEqual([...calls, ...calls]);
  });

  test("what a function answered is its text, in the ways the SDKs write it, else JSON", () => {
    const textOf = (response: unknown): unknown => {
      const [part] =
        decodeChat({ contents: [user({ functionResponse: { name: "f", response } })] }).messages[0]?.parts ?? [];
      return part?.type === "tool-result" ? [part.parts[0], part.isError ?? false] : [];
    };
    const said = (words: string, isError: boolean = false) => [{ type: "text", text: words }, isError];
    expect(textOf({ output: "a" })).toEqual(said("a"));
    expect(textOf({ result: "a" })).toEqual(said("a"));
    expect(textOf({ name: "f", content: "a" })).toEqual(said("a"));
    expect(textOf({ name: "f", content: [{ text: "a" }, { type: "text", text: "b" }] })).toEqual(said("a\nb"));
    expect(textOf({ output: { a: 1 } })).toEqual(said('{"output":{"a":1}}'));
    expect(textOf({ name: "g", output: "a" })).toEqual(said('{"name":"g","output":"a"}'));
    expect(textOf({ error: "no" })).toEqual(said("no", true));
    expect(textOf({ error: { code: 1 } })).toEqual(said('{"code":1}', true));
    expect(textOf({ output: "a", error: null })).toEqual(said('{"output":"a","error":null}'));
    expect(textOf({})).toEqual(said(""));
  });

  test("pitfall 23: a picture inside a result is part of the result", () => {
    const inside = { id: "c", parts: [{ inline_data: { mime_type: "image/png", data: "iVBO" } }] };
    const chat = decodeChat({ contents: [user(result("f", "see", inside))] });
    expect(chat.messages[0]?.parts[0]).toMatchObject({
      parts: [
        { type: "text", text: "see" },
        { type: "media", kind: "image", source: { base64: "iVBO" } },
      ],
    });
    expect([...chat.asked.keys()]).toContain("tool_result_media");
  });
});

describe("thinking in a history", () => {
  const partsOf = (...parts: readonly unknown[]) => decodeChat({ contents: [model(...parts)] }).messages[0]?.parts;
  const token = (data: string) => ({ kind: "thought", data }) as const;

  test("pitfall 41: the signature of parallel calls stands before the first of them", () => {
    const parts = partsOf(call("f", {}, { thoughtSignature: "s" }), call("g"));
    expect(parts?.map(({ type }) => type)).toEqual(["reasoning", "tool-call", "tool-call"]);
  });

  test("a thought is history that is asked for, with a signature or without, so that its loss is named", () => {
    const thought = decodeChat({ contents: [model({ text: "T", thought: true }), user({ text: "go" })] });
    expect(thought.asked.get("reasoning_history")).toBe("contents[0].parts[0].thought");
  });

  test("pitfall 17: a result without an id passes over calls that results beside it name, wherever those stand", () => {
    const call = (id: string) => ({ functionCall: { id, name: "f", args: {} } });
    const answer = (id?: string) => ({
      functionResponse: { ...(id === undefined ? {} : { id }), name: "f", response: {} },
    });
    const answered = (...results: readonly unknown[]) =>
      decodeChat({ contents: [model(call("a"), call("b"), call("c")), user(...results)] })
        .messages.flatMap(({ parts }) => parts)
        .flatMap((part) => (part.type === "tool-result" ? [part.callId] : []));
    expect(answered(answer(), answer("a"), answer())).toEqual(["b", "a", "c"]);
    expect(answered(answer(), answer(), answer(), answer())).toEqual(["a", "b", "c", "a"]);
    expect(answered(answer("c"), answer(), answer("b"))).toEqual(["c", "a", "b"]);
  });

  test("a signature ends the thought before it, and stands behind the text it was on", () => {
    expect(partsOf({ text: "T", thought: true }, call("f", {}, { thought_signature: "s" }))?.[0]).toEqual({
      type: "reasoning",
      text: "T",
      token: token("s"),
    });
    expect(partsOf({ text: "a", thoughtSignature: "s" })).toEqual([
      { type: "text", text: "a" },
      { type: "reasoning", text: "", token: token("s") },
    ]);
    expect(partsOf({ text: "T", thought: true }, { text: "", thoughtSignature: "s" }, { text: "a" })).toEqual([
      { type: "reasoning", text: "T", token: token("s") },
      { type: "text", text: "a" },
    ]);
  });

  test("what stands in for a missing signature is none", () => {
    const parts = partsOf(call("f", {}, { thoughtSignature: "skip_thought_signature_validator" }));
    expect(parts?.map(({ type }) => type)).toEqual(["tool-call"]);
  });

  test("parts of Google's own tools are foreign, and their signatures go with them", () => {
    expect(partsOf({ executableCode: { code: "1" }, thoughtSignature: "s" }, { text: "a" })).toEqual([
      { type: "foreign", path: "contents[0].parts[0] (executableCode)", required: false },
      { type: "text", text: "a" },
    ]);
  });
});
