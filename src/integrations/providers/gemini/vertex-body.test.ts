import { expect, test } from "bun:test";
import type { Protocol } from "#core/wire/codec.ts";
import { vertexBody } from "#integrations/providers/gemini/vertex-body.ts";

const contents = [
  { role: "user", parts: { text: "hi" } },
  { role: "model", parts: [{ functionCall: { id: "a", name: "f", args: { id: "mine" } }, thoughtSignature: "c2ln" }] },
  {
    role: "user",
    parts: [
      { function_response: { name: "f", response: { id: "mine" }, id: "a" } },
      { functionResponse: { name: "g", response: {} } },
    ],
  },
];

function sent(fields: object | string, model: string, protocol: Protocol = "gemini-generate"): string {
  const body = new TextEncoder().encode(typeof fields === "string" ? fields : JSON.stringify(fields));
  const draft = { protocol, model, streamed: false, headers: {}, body };
  return new TextDecoder().decode(vertexBody(draft));
}

test("a request to count says what is counted at its top, whichever way it came, and nothing that Vertex refuses", () => {
  const said = { contents, systemInstruction: { parts: [{ text: "s" }] }, tools: [{ googleSearch: {} }] };
  const more = { generationConfig: { topK: 1 }, safetySettings: [], toolConfig: {}, model: "models/gemini-3-pro" };
  const expected = { ...said, generationConfig: { topK: 1 } };
  for (const name of ["generateContentRequest", "generate_content_request"]) {
    const counted = sent({ [name]: { ...more, ...said } }, "gemini-3-pro", "gemini-count-tokens");
    expect(JSON.parse(counted)).toEqual(expected);
  }
  expect(JSON.parse(sent({ ...more, ...said }, "gemini-3-pro", "gemini-count-tokens"))).toEqual(expected);
});

test("models before Gemini 3 are sent calls and results without ids, all else byte for byte", () => {
  const body = JSON.stringify({ contents, generationConfig: { seed: 1 } });
  expect(sent(body, "gemini-3-pro-preview")).toBe(body);
  const plain = body.replace('"id":"a",', "").replace(',"id":"a"', "");
  for (const model of ["gemini-2.5-pro", "gemini-2.0-flash-001"]) expect(sent(body, model)).toBe(plain);
  expect(plain).toContain('"args":{"id":"mine"}');
});

test("a body of another shape is left for Vertex to judge", () => {
  for (const fields of [
    {},
    { contents: "hi" },
    { contents: [1, null, { parts: "x" }] },
    { contents: { parts: [[]] } },
  ]) {
    expect(sent(fields, "gemini-2.5-pro")).toBe(JSON.stringify(fields));
  }
});
