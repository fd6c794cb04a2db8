import { describe, expect, test } from "bun:test";
import { plainChat } from "#core/chat/plain-chat.test-data.ts";
import type { Message } from "#core/chat/request.ts";
import { GatewayError } from "#core/errors.ts";
import { plainDialect } from "#core/wire/dialect.ts";
import { listOf } from "#core/wire/json-value.ts";
import { decoded, encoded, hi, thinker } from "#core/wire/openai-responses/responses.test-data.ts";

describe("writing the conversation", () => {
  test("pitfall 39: a turn keeps its order, thinking right before what it led to, and no item has an id", () => {
    const { body, text } = encoded(
      decoded({
        instructions: "Be brief.",
        input: [
          { role: "user", content: "a" },
          { type: "reasoning", id: "rs_1", summary: [{ type: "summary_text", text: "hm" }], encrypted_content: "E1" },
          { type: "message", id: "msg_1", role: "assistant", content: [{ type: "output_text", text: "b" }] },
          { type: "reasoning", id: "rs_2", summary: [], encrypted_content: "E2" },
          { type: "function_call", id: "fc_1", call_id: "c1", name: "f", arguments: "" },
          { type: "function_call_output", call_id: "c1", output: "d" },
          { type: "reasoning", id: "rs_3", summary: [] },
          { role: "developer", content: "e" },
        ],
      }),
    );
    expect(body["instructions"]).toBe("Be brief.");
    expect(body["input"]).toEqual([
      { type: "message", role: "user", content: [{ type: "input_text", text: "a" }] },
      { type: "reasoning", summary: [{ type: "summary_text", text: "hm" }], encrypted_content: "E1" },
      { type: "message", role: "assistant", content: [{ type: "output_text", text: "b" }] },
      { type: "reasoning", summary: [], encrypted_content: "E2" },
      { type: "function_call", call_id: "c1", name: "f", arguments: "{}" },
      { type: "function_call_output", call_id: "c1", output: "d" },
      { type: "message", role: "developer", content: [{ type: "input_text", text: "e" }] },
    ]);
    expect(text).not.toContain('"id"');
  });

  test("pitfall 23: pictures and documents stand inside results and messages; a failed tool says so", () => {
    const source = { type: "data", mimeType: "image/png", base64: "iVBORw0KGgo=" } as const;
    const image = { type: "media", kind: "image", source, path: "p" } as const;
    const pdf = { type: "media", kind: "file", source: { ...source, mimeType: "application/pdf" }, path: "p" } as const;
    const { body } = encoded(
      plainChat({
        messages: [
          { role: "user", parts: [pdf, { ...image, detail: "high" }] },
          {
            role: "assistant",
            parts: [{ type: "tool-call", id: "c1", name: "f", form: "function", argumentsText: "{}" }],
          },
          {
            role: "tool",
            parts: [
              { type: "tool-result", callId: "c1", parts: [{ type: "text", text: "see" }, image], isError: true },
              { type: "tool-result", callId: "c2", parts: [{ type: "text", text: "no" }], isError: true },
            ],
          },
        ],
      }),
    );
    const url = "data:image/png;base64,iVBORw0KGgo=";
    expect(body["input"]).toMatchObject([
      {
        content: [
          { type: "input_file", filename: "document.pdf", file_data: "data:application/pdf;base64,iVBORw0KGgo=" },
          { type: "input_image", image_url: url, detail: "high" },
        ],
      },
      {},
      {
        output: [
          { type: "input_text", text: "Error:" },
          { type: "input_text", text: "see" },
          { type: "input_image", image_url: url, detail: "auto" },
        ],
      },
      { call_id: "c2", output: "Error: no" },
    ]);
    const sound = { ...image, kind: "audio", path: "messages[0].content[1]" } as const;
    expect(() => encoded(plainChat({ messages: [{ role: "user", parts: [sound] }] }))).toThrow(GatewayError);
  });

  test("pitfall 7: cache marks are breakpoints where the model knows them, else they are left out and named", () => {
    const marked = [
      { role: "system", parts: [{ type: "text", text: "s", cache: { ttl: "1h" } }] },
      { role: "user", parts: [{ type: "text", text: "hi", cache: { ttl: "5m" } }] },
    ] as const;
    const plain = encoded(plainChat({ messages: marked }));
    expect(plain.notes).toEqual(["cache_marks"]);
    expect(plain.text).not.toContain("cache");
    expect(plain.body["instructions"]).toBe("s");
    const known = encoded(plainChat({ messages: marked }), { ...thinker, cacheBreakpoints: true });
    expect(known.notes).toEqual([]);
    expect(known.body["input"]).toMatchObject([
      { role: "system", content: [{ prompt_cache_breakpoint: { mode: "explicit", ttl: "12h" } }] },
      { role: "user", content: [{ prompt_cache_breakpoint: { mode: "explicit", ttl: "30m" } }] },
    ]);
  });

  test("T-13: the mark that an agent moves along with the last result is a breakpoint, one without a place is named", () => {
    const facts = { ...thinker, cacheBreakpoints: true };
    const call = { type: "tool-call", id: "c", name: "f", form: "function", argumentsText: "{}" } as const;
    const text = { type: "text", text: "ok" } as const;
    const cache = { ttl: "5m" } as const;
    const results = [{ type: "tool-result", callId: "c", parts: [text], cache }] as const;
    const begun: Message[] = [
      { role: "user", parts: [text] },
      { role: "assistant", parts: [call] },
    ];
    const loop = encoded(plainChat({ messages: [...begun, { role: "tool", parts: results }] }), facts);
    const breakpoint = { mode: "explicit", ttl: "30m" };
    expect(loop.notes).toEqual([]);
    expect(listOf(loop.body["input"]).at(-1)).toMatchObject({
      output: [{ type: "input_text", text: "ok", prompt_cache_breakpoint: breakpoint }],
    });
    for (const part of [
      { ...text, cache },
      { ...call, cache },
    ]) {
      const answer = encoded(plainChat({ messages: [...begun, { role: "assistant", parts: [part] }] }), facts);
      expect([answer.text.includes("breakpoint"), answer.notes]).toEqual([false, ["cache_marks"]]);
    }
  });

  test("typed tools go back as what they came from, on servers that know them", () => {
    const chat = decoded({
      tools: [{ type: "local_shell" }, { type: "apply_patch" }],
      input: [
        { type: "local_shell_call", call_id: "c1", action: { type: "exec", command: ["ls"], env: {} } },
        { type: "local_shell_call_output", call_id: "c1", output: "a" },
        { type: "apply_patch_call", call_id: "c2", operation: { type: "delete_file", path: "a" } },
        { type: "apply_patch_call_output", call_id: "c2", status: "completed", output: "ok" },
      ],
    });
    expect(encoded(chat).body).toMatchObject({
      tools: [{ type: "local_shell" }, { type: "apply_patch" }],
      input: [
        { type: "local_shell_call", call_id: "c1", action: { type: "exec", command: ["ls"], env: {} } },
        { type: "local_shell_call_output", call_id: "c1", output: "a" },
        { type: "apply_patch_call", call_id: "c2", operation: { type: "delete_file", path: "a" } },
        { type: "apply_patch_call_output", call_id: "c2", status: "completed", output: "ok" },
      ],
    });
    expect(encoded(chat, thinker, plainDialect).body).toMatchObject({
      tools: [
        { type: "function", name: "local_shell" },
        { type: "function", name: "apply_patch" },
      ],
      input: [
        { type: "function_call", name: "local_shell", arguments: '{"command":["ls"],"env":{}}' },
        { type: "function_call_output", output: "a" },
        { type: "function_call" },
        { type: "function_call_output" },
      ],
    });
  });

  test("pitfall 37: a longer conversation begins with the bytes of the shorter one", () => {
    const short = plainChat({ stream: true });
    const answered: Message = { role: "assistant", parts: [{ type: "text", text: "b" }] };
    const long = plainChat({ stream: true, messages: [...hi, answered, ...hi] });
    expect(encoded(long).text.startsWith(encoded(short).text.slice(0, -2))).toBe(true);
  });
});
