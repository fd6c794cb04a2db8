import { expect, test } from "bun:test";
import { objectsOf } from "../../harness/scripted-answer.ts";
import { sixteenPairs } from "../../harness/wires/pairs.ts";
import type { Fields } from "../../harness/wires/wire.ts";
import { at, finder, others, sentBy } from "./asking.ts";
import { asks, idsIn, inChat, type Said, schema } from "./history.ts";
import { png } from "./picture.ts";

const between = finder(sixteenPairs());

const pair: readonly Said[] = [
  asks,
  {
    calls: [
      { id: "a", input: '{"x":"1"}' },
      { id: "b", input: '{"x":"2"}' },
    ],
  },
  {
    results: [
      { id: "a", text: "one" },
      { id: "b", text: "two" },
    ],
  },
  { user: "And now?" },
];

test("pitfalls 10 and 11: parallel results are one user message of Anthropic, before what the user says", async () => {
  const { messages } = await sentBy(between("chat", "anthropic"), inChat(pair));
  expect(objectsOf(messages).map(({ role }) => role)).toEqual(["user", "assistant", "user"]);
  expect(at(messages, "2.content")).toMatchObject([
    { type: "tool_result", tool_use_id: "a" },
    { type: "tool_result", tool_use_id: "b" },
    { type: "text", text: "And now?" },
  ]);
});

test("pitfall 11 parallel results are one turn of Gemini, named, in the order of the calls", async () => {
  const swapped = [
    pair[0],
    pair[1],
    {
      results: [
        { id: "b", text: "two" },
        { id: "a", text: "one" },
      ],
    },
  ];
  const { contents } = await sentBy(between("chat", "gemini"), inChat(swapped.filter((turn) => turn !== undefined)));
  expect(objectsOf(contents).map(({ role }) => role)).toEqual(["user", "model", "user"]);
  expect(at(contents, "2.parts")).toMatchObject([
    { functionResponse: { name: "f", response: { output: "one" } } },
    { functionResponse: { name: "f", response: { output: "two" } } },
  ]);
});

test.each(others("chat"))("pitfall 18 a result sent twice reaches %s once", async (provider) => {
  const again = {
    results: [
      { id: "a", text: "one" },
      { id: "a", text: "one again" },
      { id: "b", text: "two" },
    ],
  };
  const sent = await sentBy(between("chat", provider), inChat([...pair.slice(0, 2), again]));
  expect(JSON.stringify(sent).match(/"one/g)).toHaveLength(1);
  expect(JSON.stringify(sent)).not.toContain("one again");
  if (provider !== "gemini") expect(idsIn(sent)).toEqual({ calls: ["a", "b"], results: ["a", "b"] });
});

test.each(others("chat"))(
  "pitfall 19 a call without an answer has one at %s, and the caller is told",
  async (provider) => {
    const said: Said[] = [
      asks,
      { calls: [{ id: "a" }, { id: "b" }] },
      { results: [{ id: "b", text: "two" }] },
      { user: "Go on" },
    ];
    const pair = between("chat", provider);
    const sent = await sentBy(pair, inChat(said));
    expect((await pair.send(inChat(said))).dropped.join()).toContain("messages");
    if (provider === "gemini") expect(JSON.stringify(sent).match(/functionResponse/g)).toHaveLength(2);
    else expect(idsIn(sent)).toEqual({ calls: ["a", "b"], results: ["a", "b"] });
  },
);

test.each(others("responses"))(
  "pitfall 20 calls, a text and then results of an old client are one turn and its results at %s",
  async (provider) => {
    const call = (id: string): object => ({ type: "function_call", call_id: id, name: "f", arguments: "{}" });
    const output = (id: string): object => ({ type: "function_call_output", call_id: id, output: `of ${id}` });
    const text = { type: "message", role: "assistant", content: [{ type: "output_text", text: "Looking" }] };
    const input = [{ role: "user", content: "Hi" }, call("a"), call("b"), text, output("a"), output("b")];
    const sent = await sentBy(between("responses", provider), {
      tools: [{ type: "function", name: "f", parameters: schema }],
      input,
    });
    const turns = objectsOf(sent["messages"] ?? sent["contents"]).map(({ role }) => role);
    const expected: Readonly<Record<string, string[]>> = {
      chat: ["user", "assistant", "tool", "tool"],
      anthropic: ["user", "assistant", "user"],
      gemini: ["user", "model", "user"],
    };
    expect(turns).toEqual(expected[provider] ?? []);
    expect(JSON.stringify(sent)).toContain("Looking");
  },
);

test.each(["anthropic", "gemini"] as const)(
  "pitfall 21 arguments that are empty, broken or no object reach %s as an object",
  async (provider) => {
    for (const input of ["", "{", '"x"', "[1]", "null"]) {
      const said: Said[] = [asks, { calls: [{ id: "a", input }] }, { results: [{ id: "a", text: "one" }] }];
      const sent = await sentBy(between("chat", provider), inChat(said));
      const called =
        at(sent, "messages.1.content.0.input") ??
        objectsOf(at(sent, "contents.1.parts"))
          .map((part) => at(part, "functionCall.args"))
          .find((args) => args !== undefined);
      expect([input, Object.prototype.toString.call(called)]).toEqual([input, "[object Object]"]);
      if (input === "{") expect(called).toEqual({ _raw: "{" });
    }
  },
);

test("pitfall 22 empty texts of a caller become no empty block of Anthropic", async () => {
  const said: Said[] = [
    asks,
    { calls: [{ id: "a" }] },
    { results: [{ id: "a", text: "" }] },
    { model: "" },
    { user: "Go on" },
  ];
  const contents = [
    { role: "user", parts: [{ text: "Hi" }] },
    { role: "model", parts: [{ text: "" }] },
    { role: "user", parts: [{ text: "" }, { text: "Go on" }] },
  ];
  const bodies = [
    await sentBy(between("chat", "anthropic"), inChat(said)),
    await sentBy(between("gemini", "anthropic"), { contents }),
  ];
  for (const { messages } of bodies) {
    expect(JSON.stringify(messages)).not.toMatch(/"text":"\s*"/);
    for (const { content } of objectsOf(messages)) expect(content).not.toEqual([]);
  }
});

test.each(["responses", "anthropic", "gemini"] as const)(
  "T-19 pitfall 23 a picture in a result of %s reaches a remapped model byte for byte",
  async (caller) => {
    for (const provider of others(caller)) {
      expect(JSON.stringify(await sentBy(between(caller, provider), pictureIn(caller, png)))).toContain(png);
    }
  },
);

function pictureIn(caller: "responses" | "anthropic" | "gemini", data: string): Fields {
  const url = `data:image/png;base64,${data}`;
  switch (caller) {
    case "responses":
      return {
        input: [
          { role: "user", content: "Look" },
          { type: "function_call", call_id: "a", name: "f", arguments: "{}" },
          { type: "function_call_output", call_id: "a", output: [{ type: "input_image", image_url: url }] },
        ],
      };
    case "anthropic": {
      const source = { type: "base64", media_type: "image/png", data };
      const content = [{ type: "tool_result", tool_use_id: "a", content: [{ type: "image", source }] }];
      return {
        max_tokens: 4_000,
        messages: [
          { role: "user", content: "Look" },
          { role: "assistant", content: [{ type: "tool_use", id: "a", name: "f", input: {} }] },
          { role: "user", content },
        ],
      };
    }
    case "gemini": {
      const parts = [{ inlineData: { mimeType: "image/png", data } }];
      return {
        contents: [
          { role: "user", parts: [{ text: "Look" }] },
          { role: "model", parts: [{ functionCall: { name: "f", args: {} } }] },
          { role: "user", parts: [{ functionResponse: { name: "f", response: { output: "ok" }, parts } }] },
        ],
      };
    }
  }
}
