import { expect, test } from "bun:test";
import type { Part } from "#core/chat/request.ts";
import { sampleChat } from "#core/wire/openai-chat/samples.test-data.ts";

const hi = { role: "user", content: "hi" };
const partsOf = (content: unknown): readonly Part[] =>
  sampleChat({ model: "m", messages: [{ role: "user", content }] }).messages[0]?.parts ?? [];

test("parts of every kind are read, with where they stand", () => {
  const path = (index: number) => `messages[0].content[${index}]`;
  expect(
    partsOf([
      { type: "text", text: "a", prompt_cache_breakpoint: { mode: "explicit", ttl: "12h" } },
      { type: "image_url", image_url: { url: "data:image/png;base64,AA-_", detail: "low" } },
      { type: "image_url", image_url: "https://x.example/a.png" },
      { type: "input_audio", input_audio: { data: "AAAA", format: "mp3" } },
      { type: "file", file: { filename: "a.pdf", file_data: "data:application/pdf;base64,AAAA" } },
      { type: "file", file: { file_id: "file-1" } },
      { type: "video_url", video_url: { url: "https://x.example/a.mp4" } },
      { type: "hologram", data: 1 },
    ]),
  ).toEqual([
    { type: "text", text: "a", cache: { ttl: "1h" } },
    {
      type: "media",
      kind: "image",
      source: { type: "data", mimeType: "image/png", base64: "AA+/" },
      detail: "low",
      path: path(1),
    },
    { type: "media", kind: "image", source: { type: "url", url: "https://x.example/a.png" }, path: path(2) },
    {
      type: "media",
      kind: "audio",
      source: { type: "data", mimeType: "audio/mpeg", base64: "AAAA" },
      path: path(3),
    },
    {
      type: "media",
      kind: "file",
      source: { type: "data", mimeType: "application/pdf", base64: "AAAA" },
      filename: "a.pdf",
      path: path(4),
    },
    { type: "media", kind: "file", source: { type: "file", id: "file-1" }, path: path(5) },
    { type: "media", kind: "video", source: { type: "url", url: "https://x.example/a.mp4" }, path: path(6) },
    { type: "foreign", path: `${path(7)} (hologram)`, required: true },
  ]);
});

test("pitfall 9 system messages keep their places, names are kept", () => {
  const chat = sampleChat({
    model: "m",
    messages: [
      { role: "system", content: "a" },
      { ...hi, name: "Ann" },
      { role: "developer", content: "b" },
    ],
  });
  expect(chat.messages.map(({ role }) => role)).toEqual(["system", "user", "developer"]);
  expect(chat.messages[1]?.name).toBe("Ann");
  expect(Object.fromEntries(chat.asked)).toEqual({
    participant_name: "messages[1].name",
    mid_conversation_system: "messages[2]",
  });
});

test("an assistant's turn is thoughts, text, refusal and calls, in this order", () => {
  const [message] = sampleChat({
    model: "m",
    messages: [
      {
        role: "assistant",
        content: "text",
        refusal: "no",
        reasoning_content: "hm",
        parsed: { a: 1 },
        tool_calls: [
          { id: "c1", type: "function", function: { name: "f", arguments: "{broken" } },
          { id: "c2", type: "custom", custom: { name: "c", input: "raw" } },
        ],
      },
    ],
  }).messages;
  expect(message?.parts).toEqual([
    { type: "reasoning", text: "hm" },
    { type: "text", text: "text" },
    { type: "refusal", text: "no" },
    { type: "tool-call", id: "c1", name: "f", form: "function", argumentsText: "{broken" },
    { type: "tool-call", id: "c2", name: "c", form: "custom", argumentsText: "raw" },
  ]);
});

test("pitfall 18 pitfall 20 pitfall 21 an odd history is read as it stands, nothing refused, dropped or reordered", () => {
  const chat = sampleChat({
    model: "m",
    messages: [
      { role: "assistant", content: null, tool_calls: [{ id: "c1", function: { name: "f", arguments: "" } }] },
      { role: "assistant", content: "text" },
      { role: "tool", tool_call_id: "c1", content: "one" },
      { role: "tool", tool_call_id: "c1", content: [{ type: "text", text: "again" }] },
      { role: "tool", tool_call_id: "c9", content: "" },
    ],
  });
  expect(chat.messages).toEqual([
    { role: "assistant", parts: [{ type: "tool-call", id: "c1", name: "f", form: "function", argumentsText: "" }] },
    { role: "assistant", parts: [{ type: "text", text: "text" }] },
    { role: "tool", parts: [{ type: "tool-result", callId: "c1", parts: [{ type: "text", text: "one" }] }] },
    { role: "tool", parts: [{ type: "tool-result", callId: "c1", parts: [{ type: "text", text: "again" }] }] },
    { role: "tool", parts: [{ type: "tool-result", callId: "c9", parts: [] }] },
  ]);
});

test("old messages without ids find the calls that they answer", () => {
  const results = sampleChat({
    model: "m",
    messages: [
      { role: "assistant", content: null, function_call: { name: "f", arguments: "{}" } },
      { role: "function", name: "f", content: "one" },
      { role: "assistant", tool_calls: [{ function: { name: "a", arguments: {} } }, { function: { name: "b" } }] },
      { role: "tool", name: "b", content: "two" },
      { role: "tool", content: "three" },
    ],
  }).messages.flatMap(({ parts }) => parts);
  const calls = results.flatMap((part) => (part.type === "tool-call" ? [[part.name, part.id]] : []));
  const answered = results.flatMap((part) => (part.type === "tool-result" ? [part.callId] : []));
  expect(calls).toEqual([
    ["f", "call_1"],
    ["a", "call_2"],
    ["b", "call_3"],
  ]);
  expect(answered).toEqual(["call_1", "call_3", "call_2"]);
});
