import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Message, Part, ToolCallPart } from "#core/chat/request.ts";
import { decodeChat, encodeChat, gemini25, gemini3, refusalOf } from "#core/wire/gemini-generate/gemini.test-data.ts";

const words = (text: string) => ({ type: "text", text }) as const;
const said = (role: Message["role"], ...parts: readonly Part[]): Message => ({ role, parts });
const call = (id: string, name: string, argumentsText: string = "{}"): ToolCallPart => ({
  type: "tool-call",
  id,
  name,
  form: "function",
  argumentsText,
});
const answer = (callId: string, output: string, isError: boolean = false): Part => ({
  type: "tool-result",
  callId,
  parts: [words(output)],
  ...(isError ? { isError } : {}),
});
const token = (data: string): Part => ({ type: "reasoning", text: "", token: { kind: "thought", data } });
const picture = (more: object = {}): Extract<Part, { type: "media" }> => ({
  type: "media",
  kind: "image",
  source: { type: "data", mimeType: "image/png", base64: "iVBO" },
  path: "messages[0].content[0]",
  ...more,
});
const contents = (...messages: readonly Message[]) => encodeChat({ messages }, gemini3).sent["contents"];

describe("what Gemini is sent", () => {
  test("leading system text instructs, each message a part of its own", () => {
    const { sent } = encodeChat({
      messages: [said("system", words("a")), said("developer", words("b")), said("user", words("c"))],
    });
    expect(sent).toEqual({
      systemInstruction: { parts: [{ text: "a" }, { text: "b" }] },
      contents: [{ role: "user", parts: [{ text: "c" }] }],
    });
  });

  test("system text alone is said by the user, since something must be", () => {
    expect(encodeChat({ messages: [said("system", words("a"))] }).sent).toEqual({
      contents: [{ role: "user", parts: [{ text: "a" }] }],
    });
  });

  test("pitfall 11: parallel results become one turn, in the order of the calls, by name", () => {
    expect(
      contents(
        said("user", words("go")),
        said("assistant", call("1", "f", '{"a":1}'), call("2", "g")),
        said("tool", answer("2", "two")),
        said("tool", answer("1", "one", true)),
        said("user", words("and?")),
      ),
    ).toEqual([
      { role: "user", parts: [{ text: "go" }] },
      {
        role: "model",
        parts: [
          {
            functionCall: { id: "1", name: "f", args: { a: 1 } },
            thoughtSignature: "skip_thought_signature_validator",
          },
          { functionCall: { id: "2", name: "g", args: {} } },
        ],
      },
      {
        role: "user",
        parts: [
          { functionResponse: { id: "1", name: "f", response: { error: "one" } } },
          { functionResponse: { id: "2", name: "g", response: { output: "two" } } },
          { text: "and?" },
        ],
      },
    ]);
  });

  test("arguments keep their digits, and what is no object is kept under a name of its own", () => {
    const messages = (argumentsText: string) => [said("assistant", call("1", "f", argumentsText))];
    expect(encodeChat({ messages: messages('{"n":12345678901234567890}') }).written).toContain(
      '"args":{"n":12345678901234567890}',
    );
    expect(encodeChat({ messages: messages("") }).written).toContain('"args":{}');
    const broken = encodeChat({ messages: messages('{"a"') });
    expect(broken.written).toContain('"args":{"_raw":"{\\"a\\""}');
    expect(broken.notes).toEqual(["arguments of 1"]);
  });

  test("a participant's name stands before what is said", () => {
    expect(
      contents({ role: "user", name: "ann", parts: [words("a")] }, { role: "user", name: "bob", parts: [picture()] }),
    ).toEqual([
      {
        role: "user",
        parts: [{ text: "ann: a" }, { text: "bob: " }, { inlineData: { mimeType: "image/png", data: "iVBO" } }],
      },
    ]);
  });

  test("pitfall 23: a picture in a result goes inside it where the model takes that, else behind it", () => {
    const messages = [
      said("assistant", call("1", "f"), call("2", "g")),
      said("tool", { type: "tool-result", callId: "1", parts: [words("see"), picture()] }, answer("2", "b")),
    ];
    const inlineData = { mimeType: "image/png", data: "iVBO" };
    const first = { id: "1", name: "f", response: { output: "see" } };
    const second = { functionResponse: { id: "2", name: "g", response: { output: "b" } } };
    const turn = (facts: typeof gemini3) => (encodeChat({ messages }, facts).sent["contents"] as unknown[])[1];
    expect(turn(gemini3)).toEqual({
      role: "user",
      parts: [{ functionResponse: { ...first, parts: [{ inlineData }] } }, second],
    });
    expect(turn(gemini25)).toEqual({ role: "user", parts: [{ functionResponse: first }, { inlineData }, second] });
  });

  test("pitfall 24: a web address is never handed over as text; another provider's file is refused by name", () => {
    const at = (source: Extract<Part, { type: "media" }>["source"]) => said("user", picture({ source }));
    expect(contents(at({ type: "url", url: "https://a.example/x.png", mimeType: "image/png" }))).toEqual([
      { role: "user", parts: [{ fileData: { mimeType: "image/png", fileUri: "https://a.example/x.png" } }] },
    ]);
    expect(contents(at({ type: "file", id: "gs://b/x" }))).toEqual([
      { role: "user", parts: [{ fileData: { fileUri: "gs://b/x" } }] },
    ]);
    const foreign = [
      { type: "file", id: "file-abc" },
      { type: "url", url: "file:///etc/passwd" },
    ] as const;
    for (const source of foreign) {
      const refused = refusalOf(() => contents(at(source)));
      expect([refused.code, refused.details["field"]]).toEqual(["unsupported_value", "messages[0].content[0]"]);
    }
  });

  test("pitfall 37, T-14: a longer conversation begins with the same bytes", () => {
    const begin = [said("system", words("s")), said("user", words("a")), said("assistant", call("1", "f"))];
    const longer = [
      ...begin,
      said("tool", answer("1", "one")),
      said("assistant", words("b")),
      said("user", words("c")),
    ];
    const short = encodeChat({ messages: begin }, gemini3).written;
    expect(encodeChat({ messages: longer }, gemini3).written.startsWith(short.slice(0, -2))).toBe(true);
  });
});

describe("signatures", () => {
  test("pitfalls 40 and 41: go back on the first of parallel calls, and nothing stands in for the others", () => {
    expect(contents(said("assistant", token("s"), call("1", "f"), call("2", "g")))).toEqual([
      {
        role: "model",
        parts: [
          { functionCall: { id: "1", name: "f", args: {} }, thoughtSignature: "s" },
          { functionCall: { id: "2", name: "g", args: {} } },
        ],
      },
    ]);
  });

  test("pitfall 40: where a model wants one and none is there, Gemini's own stand-in goes on the first call of the turn", () => {
    const messages = [
      said("assistant", call("1", "f"), call("2", "g")),
      said("tool", answer("1", "a")),
      said("assistant", call("3", "f")),
    ];
    const { written, notes } = encodeChat({ messages }, gemini3);
    expect(written.match(/skip_thought_signature_validator/g)?.length).toBe(2);
    expect(notes).toEqual(["reasoning_history", "reasoning_history"]);
    expect(encodeChat({ messages }, gemini25).written).not.toContain("skip_thought_signature_validator");
  });

  test("pitfall 39: a signature that other protocols put in front of the words goes on the call, no stand-in beside it", () => {
    const spoken = said("assistant", token("s"), words("Looking."), call("1", "f"), call("2", "g"));
    const { sent, notes } = encodeChat(
      { messages: [spoken, said("tool", answer("1", "a"), answer("2", "b"))] },
      gemini3,
    );
    expect(sent["contents"]).toMatchObject([
      {
        role: "model",
        parts: [
          { text: "Looking." },
          { functionCall: { id: "1" }, thoughtSignature: "s" },
          { functionCall: { id: "2" } },
        ],
      },
      { role: "user" },
    ]);
    expect(notes).toEqual([]);
  });

  test("go back on the text before them, else on an empty one; pitfall 44: thoughts never as text", () => {
    const thought: Part = { type: "reasoning", text: "secret", token: { kind: "thought", data: "t" } };
    expect(contents(said("assistant", thought, words("a"), token("s")))).toEqual([
      {
        role: "model",
        parts: [
          { text: "", thoughtSignature: "t" },
          { text: "a", thoughtSignature: "s" },
        ],
      },
    ]);
    expect(contents(said("assistant", { type: "reasoning", text: "secret" }, words("a")))).toEqual([
      { role: "model", parts: [{ text: "a" }] },
    ]);
  });

  test("of other makers are never written", () => {
    const foreign: Part = { type: "reasoning", text: "", token: { kind: "signature", data: "anthropic" } };
    expect(encodeChat({ messages: [said("assistant", foreign, words("a"))] }).written).not.toContain("anthropic");
  });
});

describe("round trip", () => {
  const text = fc.string({ unit: "grapheme", minLength: 1, maxLength: 8 });
  const id = fc.integer({ min: 0, max: 1e9 }).map((number) => `c${number}`);
  const turn = fc.record({
    ask: text,
    thought: fc.option(text, { nil: undefined }),
    reply: fc.option(text, { nil: undefined }),
    calls: fc.uniqueArray(fc.record({ id, name: fc.constantFrom("f", "g"), args: fc.dictionary(text, fc.integer()) }), {
      maxLength: 3,
      selector: (made) => made.id,
    }),
    result: text,
    failed: fc.boolean(),
  });

  const messagesOf = (turns: readonly (typeof turn extends fc.Arbitrary<infer T> ? T : never)[]): Message[] =>
    turns.flatMap(({ ask, thought, reply, calls, result, failed }, index) => {
      const made = calls.map((made) => call(`${index}${made.id}`, made.name, JSON.stringify(made.args)));
      const said: Part[] = [
        ...(reply === undefined ? [] : [words(reply)]),
        ...(thought === undefined ? [] : [token(thought)]),
        ...made,
      ];
      const results = made.map(({ id: callId, name }): Part => ({ ...answer(callId, result, failed), name }) as Part);
      return [
        { role: "user", parts: [words(ask)] },
        ...(said.length === 0 ? [] : [{ role: "assistant", parts: said } as const]),
        ...(results.length === 0 ? [] : [{ role: "tool", parts: results } as const]),
        ...(results.length === 0 ? [] : [{ role: "assistant", parts: [words("so")] } as const]),
      ] satisfies Message[];
    });

  /** Neighbours of one role are one turn to Gemini. */
  const joined = (messages: readonly Message[]): Message[] => {
    const turns: Message[] = [];
    for (const message of messages) {
      const last = turns.at(-1);
      if (last?.role !== message.role) turns.push(message);
      else turns[turns.length - 1] = { ...last, parts: [...last.parts, ...message.parts] };
    }
    return turns;
  };

  test("what is written for Gemini means the same when it is read", () => {
    fc.assert(
      fc.property(fc.array(turn, { minLength: 1, maxLength: 4 }), (turns) => {
        const messages = messagesOf(turns);
        const { sent } = encodeChat({ messages }, gemini25);
        expect(joined(decodeChat(sent).messages)).toEqual(joined(messages));
      }),
    );
  });
});
