import { afterAll, afterEach, beforeAll, expect, test } from "bun:test";
import { FakeUpstream } from "../../harness/fake-upstream.ts";
import { sixteenPairs } from "../../harness/wires/pairs.ts";
import type { Fields } from "../../harness/wires/wire.ts";
import { png } from "./picture.ts";
import { at, finder, others, type Protocol, sentBy } from "./asking.ts";

/** A web server that the gateway may fetch from although it is private, and one that it may not. */
const web = new FakeUpstream();
const inner = new FakeUpstream();
const pairs = sixteenPairs(() => `[media]\nfetch = true\nprivate_hosts = ${new URL(web.origin).host}\n`);
const between = finder(pairs);
beforeAll(() => {
  inner.script({ headers: { "content-type": "image/png" }, body: Buffer.from(png, "base64") });
});
afterEach(() => {
  for (const server of [web, inner]) server.calls.length = 0;
});
afterAll(() => {
  for (const server of [web, inner]) server.stop();
});

function pictureAt(caller: Protocol, url: string): Fields {
  switch (caller) {
    case "chat":
      return { messages: [{ role: "user", content: [{ type: "image_url", image_url: { url } }] }] };
    case "responses":
      return { input: [{ role: "user", content: [{ type: "input_image", image_url: url }] }] };
    case "anthropic":
      return {
        max_tokens: 4_000,
        messages: [{ role: "user", content: [{ type: "image", source: { type: "url", url } }] }],
      };
    case "gemini":
      return { contents: [{ role: "user", parts: [{ fileData: { fileUri: url, mimeType: "image/png" } }] }] };
  }
}

test.each(others("gemini"))("pitfall 24 a picture that %s names is fetched for Gemini", async (caller) => {
  web.script({ headers: { "content-type": "image/png" }, body: Buffer.from(png, "base64") });
  const sent = await sentBy(between(caller, "gemini"), pictureAt(caller, `${web.origin}/dot.png`));
  expect(at(sent, "contents.0.parts")).toEqual([{ inlineData: { mimeType: "image/png", data: png } }]);
  expect(JSON.stringify(sent)).not.toContain(web.origin);
  expect(web.calls.map(({ method, path }) => [method, path])).toEqual([["GET", "/dot.png"]]);
});

test.each(others("gemini"))(
  "pitfall 24 F97 an address that only the gateway can reach is refused to %s, by name, and nobody is asked",
  async (caller) => {
    const hidden = new URL(inner.origin).port;
    web.script({ status: 302, headers: { location: `${inner.origin}/dot.png` }, body: "" });
    const addresses = [
      `http://127.0.0.1:${hidden}/dot.png`,
      `http://localhost:${hidden}/dot.png`,
      "http://169.254.169.254/latest/meta-data/",
      "http://[::ffff:169.254.169.254]/",
      "file:///etc/passwd",
      `${web.origin}/moved.png`,
    ];
    const pair = between(caller, "gemini");
    pair.provider.holds([{ text: "Hello!" }]);
    for (const url of addresses) {
      const { status, error } = await pair.send(pictureAt(caller, url));
      expect([url, status, error["type"]]).toEqual([url, 400, "invalid_request_error"]);
      expect(String(error["message"])).toMatch(/messages|input/);
    }
    expect(inner.calls).toEqual([]);
    expect(pair.provider.calls).toEqual([]);
  },
);

test.each(others("gemini"))(
  "pitfall 25 base64 in the alphabet of URLs, unpadded, is standard base64 at %s",
  async (provider) => {
    const data = png.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
    expect(data).not.toBe(png);
    const contents = [{ role: "user", parts: [{ inlineData: { mimeType: "image/png", data } }] }];
    expect(JSON.stringify(await sentBy(between("gemini", provider), { contents }))).toContain(png);
  },
);

test.each(others("gemini"))(
  "pitfall 26 snake case, camel case and both in one body are the same to %s; names of the user stay",
  async (provider) => {
    const schema = {
      type: "object",
      properties: { max_output_tokens: { type: "string" } },
      required: ["max_output_tokens"],
    };
    const args = { file_uri: "a", inline_data: { mime_type: "b" } };
    const contents = (call: string, data: string, mime: string): object[] => [
      { role: "user", parts: [{ text: "Hi" }, { [data]: { [mime]: "image/png", data: png } }] },
      { role: "model", parts: [{ [call]: { name: "f", args } }] },
    ];
    const camel = {
      systemInstruction: { parts: [{ text: "Be brief." }] },
      contents: contents("functionCall", "inlineData", "mimeType"),
      tools: [{ functionDeclarations: [{ name: "f", parametersJsonSchema: schema }] }],
      generationConfig: { maxOutputTokens: 900, topP: 0.5 },
    };
    const snake = {
      system_instruction: { parts: [{ text: "Be brief." }] },
      contents: contents("function_call", "inline_data", "mime_type"),
      tools: [{ function_declarations: [{ name: "f", parameters_json_schema: schema }] }],
      generation_config: { max_output_tokens: 900, top_p: 0.5 },
    };
    const mixed = { ...camel, contents: contents("function_call", "inlineData", "mime_type"), tools: snake.tools };
    const sent = await sentBy(between("gemini", provider), camel);
    expect(await sentBy(between("gemini", provider), snake)).toEqual(sent);
    expect(await sentBy(between("gemini", provider), mixed)).toEqual(sent);
    const text = JSON.stringify(sent).replaceAll("\\", "");
    for (const name of ['"max_output_tokens":{"type":"string"}', '"file_uri":"a"', '"inline_data":{"mime_type":"b"}']) {
      expect(text).toContain(name);
    }
  },
);

test.each(others("gemini"))(
  "pitfall 27 types in upper case and nullable of Gemini are a valid JSON Schema at %s",
  async (provider) => {
    const responseSchema = {
      type: "OBJECT",
      properties: {
        city: { type: "STRING", nullable: true },
        days: { type: "ARRAY", items: { type: "INTEGER" }, minItems: "1" },
      },
      propertyOrdering: ["city", "days"],
      required: ["days"],
    };
    const contents = [{ role: "user", parts: [{ text: "Hi" }] }];
    const generationConfig = { responseMimeType: "application/json", responseSchema };
    const sent = await sentBy(between("gemini", provider), { contents, generationConfig });
    const schema =
      at(sent, "response_format.json_schema.schema") ??
      at(sent, "text.format.schema") ??
      at(sent, "output_config.format.schema");
    expect(at(schema, "type")).toBe("object");
    expect(at(schema, "properties.city.type")).toEqual(["string", "null"]);
    expect(at(schema, "properties.days.items.type")).toBe("integer");
    expect(JSON.stringify(schema)).not.toMatch(/nullable|propertyOrdering|"1"|OBJECT/);
  },
);
