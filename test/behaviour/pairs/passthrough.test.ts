/** A caller and a provider of one protocol: bytes pass, and only the model's name is another. */
import { describe, expect, test } from "bun:test";
import { postJson } from "../../harness/client.ts";
import { sixteenPairs } from "../../harness/wires/pairs.ts";
import type { PerWire } from "../../harness/wires/wire.ts";

const pairs = sixteenPairs();
const same = pairs.table.filter(([, { isSame }]) => isSame);

/** What follows the model: careless spacing, numbers that no double holds, and what nobody has heard of. */
const rest: PerWire<string> = {
  "openai-chat": `"messages" : [{"role":"user","content":"Gr\\u00fc\\u00dfe \\ud83d\\ude00","hint":[1.0,1e2]}],"seed":12345678901234567890`,
  "openai-responses": `"input" : [{"role":"user","content":"Gr\\u00fc\\u00dfe"},{"type":"new_item","x":[1.0,1e2]}],"store":false,"n":9007199254740993`,
  "anthropic-messages": `"max_tokens":1e2, "container":"c","context_management":{"edits":[{"type":"new_edit"}]},
    "messages" : [{"role":"user","content":[{"type":"new_block","x":1.0},{"type":"text","text":"Gr\\u00fc\\u00dfe"}]}]`,
  "gemini-generate": `"contents" : [{"role":"user","parts":[{"text":"Gr\\u00fc\\u00dfe"},{"newPart":{"x":1.0}}]}],"generation_config":{"seed":1e2}`,
};

describe.each(same)("%s", (_, { client, provider }) => {
  const realModel = provider.target.slice(provider.target.indexOf("/") + 1);
  const bodyFor = (model: string, streamed: boolean): string => {
    const wish = client.name === "openai-chat" ? ',"stream_options":{"include_usage":true}' : "";
    const head = client.name === "gemini-generate" ? "" : `"model":"${model}",`;
    const inBody = streamed && client.name !== "gemini-generate";
    return `{ "zebra":1, ${head}${inBody ? `"stream":true${wish},` : ""}${rest[client.name]} ,"vendor":{"deep":[null,-0.0]}}`;
  };

  test.each([false, true])("pitfall 36 request and answer are the same bytes, streamed: %p", async (streamed) => {
    const thinking = { text: "Hm.", token: "dG9rZW4=" };
    const calls = [{ id: "call_1", name: "weather", input: '{"city":"Oslo"}' }];
    provider.holds([{ thinking, text: "It rains.", calls }]);
    const headers = { "anthropic-beta": "new-thing-2026-11-01", "anthropic-version": "2023-06-01" };
    const path = (name: string): string => client.path(name, streamed);
    const through = await postJson(pairs.gateway.url + path(provider.model), bodyFor(provider.model, streamed), {
      headers,
    });
    const answer = await through.text();
    const heard = provider.calls.at(-1);
    expect(new TextDecoder().decode(heard?.body)).toBe(bodyFor(realModel, streamed));
    expect(heard?.path).toBe(path(realModel));
    if (client.name === "anthropic-messages") expect(heard?.headers["anthropic-beta"]).toBe(headers["anthropic-beta"]);
    const direct = await postJson(provider.upstream.origin + path(realModel), bodyFor(realModel, streamed));
    expect(through.status).toBe(200);
    expect(answer).toBe(await direct.text());
  });
});
