import { describe, expect, test } from "bun:test";
import { postJson } from "../../harness/client.ts";
import { objectsOf } from "../../harness/scripted-answer.ts";
import type { UpstreamScript } from "../../harness/upstream-script.ts";
import { sixteenPairs } from "../../harness/wires/pairs.ts";
import { type Fields, framesIn } from "../../harness/wires/wire.ts";
import { at, finder, type Protocol, protocols } from "./asking.ts";

/** Models that fall back to another provider. */
const pairs = sixteenPairs(
  () => `gemini-first = gemini/gemini-3-pro-preview, chat/gpt-4o
anthropic-first = anthropic/claude-sonnet-4-5, chat/gpt-4o
responses-first = responses/gpt-5.5, chat/gpt-4o`,
  1,
);
const between = finder(pairs);
const chat = between("chat", "chat").provider;
const ways = [{ streamed: false }, { streamed: true }];

describe.each([...protocols])("%s", (caller) => {
  test("pitfall 69 a broken call of Gemini is a failure, and another provider answers", async () => {
    const pair = between(caller, "gemini");
    for (const finishReason of ["MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL", "MALFORMED_RESPONSE"]) {
      for (const sending of ways) {
        const frame = { candidates: [{ index: 0, content: { role: "model", parts: [] }, finishReason }] };
        pair.provider.holds([{ script: sending.streamed ? { events: [frame] } : { body: frame } }]);
        chat.holds([{ text: "From the other." }]);
        const told = await pair.ask({ text: "Hi" }, { ...sending, model: "gemini-first" });
        expect([finishReason, told.status, told.text]).toEqual([finishReason, 200, "From the other."]);
        expect([pair.provider.calls.length, chat.calls.length]).toEqual([1, 1]);
        if (pair.isSame) continue; // Alone, its own caller is told in Gemini's own words.
        expect((await pair.ask({ text: "Hi" }, sending)).status).toBe(502);
      }
    }
  });

  test.each(["responses", "anthropic", "gemini"] as const)(
    "pitfall 76 T-45 nobody else is asked once a word or a call of %s has gone out",
    async (provider) => {
      const pair = between(caller, provider);
      const model = `${provider}-first`;
      const tools = [{ name: "f", schema: { type: "object", properties: {} } }];
      for (const begun of [
        { text: "one two three four five six" },
        { calls: [{ id: "a", name: "f", input: "{}" }], text: "I call." },
      ]) {
        pair.provider.holds([{ ...begun, cut: true }]);
        chat.holds([{ text: "From the other." }]);
        const told = await pair.ask({ text: "Hi", tools }, { model, streamed: true });
        expect([told.status, told.isWhole]).toEqual([200, false]);
        expect(told.raw).not.toContain("From the other.");
        expect([pair.provider.calls.length, chat.calls.length]).toEqual([1, 0]);
      }
    },
  );
});

const said = "😀 Öl: see the page.";
/** The words that are cited, and where they stand: in characters, and in bytes of UTF-8. */
const cited = "the page";
const characters = { start_index: [..."😀 Öl: see "].length, end_index: [..."😀 Öl: see the page"].length };
const bytes = { startIndex: Buffer.byteLength("😀 Öl: see "), endIndex: Buffer.byteLength("😀 Öl: see the page") };
const source = { url: "https://a.example/p", title: "A page" };

/** A whole answer of each provider that cites the words. */
const citing: Readonly<Record<Protocol, () => Fields>> = {
  chat: () => {
    const annotations = [{ type: "url_citation", url_citation: { ...characters, ...source } }];
    const message = { role: "assistant", content: said, annotations };
    return {
      id: "c",
      object: "chat.completion",
      created: 1,
      model: "m",
      choices: [{ index: 0, message, finish_reason: "stop" }],
    };
  },
  responses: () => {
    const part = { type: "output_text", text: said, annotations: [{ type: "url_citation", ...characters, ...source }] };
    const output = [{ type: "message", id: "msg_1", role: "assistant", status: "completed", content: [part] }];
    return { id: "resp_1", object: "response", status: "completed", model: "m", created_at: 1, output };
  },
  anthropic: () => {
    const citation = { type: "web_search_result_location", ...source, cited_text: "x", encrypted_index: "eA==" };
    const content = [
      { type: "text", text: "😀 Öl: see " },
      { type: "text", text: cited, citations: [citation] },
      { type: "text", text: "." },
    ];
    return {
      id: "msg_1",
      type: "message",
      role: "assistant",
      model: "m",
      content,
      stop_reason: "end_turn",
      usage: { input_tokens: 1, output_tokens: 1 },
    };
  },
  gemini: () => {
    const groundingMetadata = {
      groundingChunks: [{ web: { uri: source.url, title: source.title } }],
      groundingSupports: [{ segment: { ...bytes, text: cited }, groundingChunkIndices: [0] }],
    };
    return {
      candidates: [
        { index: 0, content: { role: "model", parts: [{ text: said }] }, finishReason: "STOP", groundingMetadata },
      ],
    };
  },
};

describe.each(pairs.translated)("%s", (_, pair) => {
  const provider = protocols.find((name) => pair.provider.model.startsWith(name)) ?? "chat";
  const caller = protocols.find((name) => pair.client.name.includes(name)) ?? "chat";

  test("pitfall 78 a citation stands where it stood, emoji before it or not", async () => {
    pair.provider.holds([{ script: { body: citing[provider]() } }]);
    const told = await pair.ask({ text: "Hi" });
    expect(told.text).toBe(said);
    const body: unknown = JSON.parse(told.raw);
    const found: Readonly<Record<Protocol, () => void>> = {
      chat: () =>
        expect(at(body, "choices.0.message.annotations")).toEqual([
          { type: "url_citation", url_citation: { ...characters, ...source } },
        ]),
      responses: () => {
        const message = objectsOf(at(body, "output")).find(({ type }) => type === "message");
        expect(at(message, "content.0.annotations")).toEqual([{ type: "url_citation", ...characters, ...source }]);
      },
      anthropic: () =>
        expect(
          objectsOf(at(body, "content"))
            .map(({ text }) => text)
            .join(""),
        ).toBe(said),
      gemini: () => {
        const segment = at(body, "candidates.0.groundingMetadata.groundingSupports.0.segment");
        expect([at(segment, "startIndex"), at(segment, "endIndex")]).toEqual([bytes.startIndex, bytes.endIndex]);
      },
    };
    found[caller]();
  });
});

/** Answers with empty lists where sources would stand. */
const uncited: readonly (readonly [Protocol, UpstreamScript])[] = [
  [
    "chat",
    {
      body: {
        id: "c",
        object: "chat.completion",
        created: 1,
        model: "m",
        choices: [{ index: 0, message: { role: "assistant", content: "Hi", annotations: [] }, finish_reason: "stop" }],
      },
    },
  ],
  [
    "anthropic",
    {
      body: {
        id: "m",
        type: "message",
        role: "assistant",
        model: "m",
        content: [{ type: "text", text: "Hi", citations: null }],
        stop_reason: "end_turn",
        usage: { input_tokens: 1, output_tokens: 1 },
      },
    },
  ],
];

test.each(uncited)("pitfall 77 empty lists of sources of %s create nothing", async (provider, script) => {
  for (const caller of protocols) {
    const pair = between(caller, provider);
    if (pair.isSame) continue;
    pair.provider.holds([{ script }]);
    const told = await pair.ask({ text: "Hi" });
    expect([told.text, told.calls]).toEqual(["Hi", []]);
    expect(told.raw).not.toMatch(/citation|grounding|web_search|server_tool_use"?: ?\{|"annotations": ?\[\{/);
  }
});

test("pitfall 58 who was cut off in a stream gets the same answer whole at the same path", async () => {
  const path = `${pairs.gateway.url}/v1/messages?beta=true`;
  const body = { model: "chat-model", max_tokens: 100, messages: [{ role: "user", content: "Hi" }] };
  chat.holds([{ text: "one two three four", cut: true }]);
  const stream = await (await postJson(path, { ...body, stream: true })).text();
  expect(framesIn(stream).at(-1)?.event).toBe("error");
  chat.holds([{ text: "one two three four" }]);
  const whole = await postJson(path, { ...body, stream: false });
  expect([whole.status, at(await whole.json(), "content.0.text")]).toEqual([200, "one two three four"]);
});
