import { describe, expect, test } from "bun:test";
import { decoded, refusedField } from "#core/wire/openai-responses/responses.test-data.ts";

const picture = "data:image/png;base64,iVBORw0KGgo=";

describe("decoding a request", () => {
  test("a text is one message of the user, behind the instructions", () => {
    const chat = decoded({ input: "hi", instructions: "Be brief." });
    expect(chat.messages).toEqual([
      { role: "system", parts: [{ type: "text", text: "Be brief." }] },
      { role: "user", parts: [{ type: "text", text: "hi" }] },
    ]);
    expect(chat).toMatchObject({ stream: false, streamUsage: true, choices: 1, stop: [], tools: [] });
    expect([...chat.asked]).toEqual([]);
  });

  test("a turn is one message with its parts in true order, results of tools are one behind it", () => {
    const chat = decoded({
      input: [
        { role: "user", content: "Weather in two towns?" },
        {
          type: "reasoning",
          id: "rs_1",
          summary: [{ type: "summary_text", text: "a" }],
          encrypted_content: "E1",
          content: null,
        },
        {
          type: "message",
          role: "assistant",
          id: "msg_1",
          content: [{ type: "output_text", text: "Looking.", annotations: [] }],
        },
        { type: "function_call", id: "fc_1", call_id: "c1", name: "weather", arguments: '{"town":"a"}' },
        { type: "reasoning", summary: [], encrypted_content: "E2" },
        { type: "function_call", call_id: "c2", name: "weather", arguments: "" },
        { type: "function_call_output", call_id: "c1", output: "sun" },
        {
          type: "function_call_output",
          call_id: "c2",
          output: [
            { type: "input_text", text: "see" },
            { type: "input_image", image_url: picture, detail: "auto" },
          ],
        },
        { role: "assistant", content: [{ type: "refusal", refusal: "no" }] },
      ],
    });
    expect(chat.messages).toEqual([
      { role: "user", parts: [{ type: "text", text: "Weather in two towns?" }] },
      {
        role: "assistant",
        parts: [
          { type: "reasoning", text: "a", token: { kind: "encrypted", data: "E1" } },
          { type: "text", text: "Looking." },
          { type: "tool-call", id: "c1", name: "weather", form: "function", argumentsText: '{"town":"a"}' },
          { type: "reasoning", text: "", token: { kind: "encrypted", data: "E2" } },
          { type: "tool-call", id: "c2", name: "weather", form: "function", argumentsText: "" },
        ],
      },
      {
        role: "tool",
        parts: [
          { type: "tool-result", callId: "c1", parts: [{ type: "text", text: "sun" }] },
          {
            type: "tool-result",
            callId: "c2",
            parts: [
              { type: "text", text: "see" },
              {
                type: "media",
                kind: "image",
                source: { type: "data", mimeType: "image/png", base64: "iVBORw0KGgo=" },
                detail: "auto",
                path: "input[7].output[1]",
              },
            ],
          },
        ],
      },
      { role: "assistant", parts: [{ type: "refusal", text: "no" }] },
    ]);
    expect(Object.fromEntries(chat.asked)).toEqual({
      reasoning_history: "input[1]",
      image_data: "input[7].output[1].image_url",
      tool_result_media: "input[7].output[1]",
    });
  });

  test("pictures, documents and sounds keep their source, each asked for by its own field", () => {
    const chat = decoded({
      input: [
        {
          role: "user",
          content: [
            { type: "input_image", image_url: "https://x/y.png", detail: "high" },
            { type: "input_image", file_id: "file-1" },
            { type: "input_file", filename: "a.pdf", file_data: "data:application/pdf;base64,JVBE" },
            { type: "input_file", file_data: "JVBE" },
            { type: "input_file", file_url: "https://x/y.pdf" },
            { type: "input_audio", input_audio: { data: "AAAA", format: "mp3" } },
            { type: "input_text", text: "?", prompt_cache_breakpoint: { mode: "explicit", ttl: "12h" } },
          ],
        },
      ],
    });
    const parts = chat.messages[0]?.parts ?? [];
    expect(parts.map((part) => (part.type === "media" ? [part.kind, part.source] : part))).toEqual([
      ["image", { type: "url", url: "https://x/y.png" }],
      ["image", { type: "file", id: "file-1" }],
      ["file", { type: "data", mimeType: "application/pdf", base64: "JVBE" }],
      ["file", { type: "data", mimeType: "application/pdf", base64: "JVBE" }],
      ["file", { type: "url", url: "https://x/y.pdf" }],
      ["audio", { type: "data", mimeType: "audio/mpeg", base64: "AAAA" }],
      { type: "text", text: "?", cache: { ttl: "1h" } },
    ]);
    expect(Object.fromEntries(chat.asked)).toEqual({
      image_url: "input[0].content[0].image_url",
      image_detail: "input[0].content[0].detail",
      file_id: "input[0].content[1].file_id",
      file_data: "input[0].content[2].file_data",
      file_url: "input[0].content[4].file_url",
      audio_input: "input[0].content[5]",
      cache_marks: "input[0].content[6].prompt_cache_breakpoint",
    });
  });

  test("developer and system messages stay where they are; the later ones ask for it", () => {
    const chat = decoded({
      input: [
        { type: "message", role: "developer", content: [{ type: "input_text", text: "a" }] },
        { role: "user", content: "b" },
        { role: "system", content: "c" },
      ],
    });
    expect(chat.messages.map(({ role }) => role)).toEqual(["developer", "user", "system"]);
    expect(Object.fromEntries(chat.asked)).toEqual({ mid_conversation_system: "input[2]" });
  });

  test("items that only OpenAI understands are named; those that stand for others cannot be left out", () => {
    const chat = decoded({
      input: [
        { role: "user", content: "b" },
        { type: "web_search_call", id: "ws_1", status: "completed" },
        { type: "function_call", call_id: "c1", name: "f", arguments: "{}" },
        { type: "tool_search_call", call_id: "c9", arguments: {} },
        { type: "function_call_output", call_id: "c1", output: "x" },
        { type: "item_reference", id: "msg_1" },
        { type: "compaction", encrypted_content: "x" },
        { type: "brand_new", x: 1 },
        { type: "function_call_output", call_id: "c1", output: "y" },
        { role: "user", content: [{ type: "input_image" }, { type: "input_video" }] },
      ],
    });
    const foreign = chat.messages.flatMap(({ parts }) => parts.filter((part) => part.type === "foreign"));
    expect(foreign).toEqual([
      { type: "foreign", path: "input[1] (web_search_call)", required: false },
      { type: "foreign", path: "input[3] (tool_search_call)", required: false },
      { type: "foreign", path: "input[5] (item_reference)", required: true },
      { type: "foreign", path: "input[6] (compaction)", required: true },
      { type: "foreign", path: "input[7] (brand_new)", required: false },
      { type: "foreign", path: "input[9].content[0] (input_image)", required: true },
      { type: "foreign", path: "input[9].content[1] (input_video)", required: true },
    ]);
    expect(chat.messages.map(({ role }) => role)).toEqual(["user", "assistant", "tool", "user"]);
  });

  test("pitfall 30: state that the gateway may not have is asked for by its field, defaults ask for nothing", () => {
    const asked = decoded({
      input: "hi",
      previous_response_id: "resp_1",
      background: true,
      conversation: "conv_1",
      prompt: { id: "pmpt_1" },
      truncation: "auto",
      context_management: [{ type: "compaction" }],
    }).asked;
    expect(Object.fromEntries(asked)).toEqual({
      previous_response: "previous_response_id",
      background: "background",
      conversation: "conversation",
      prompt_template: "prompt",
      truncation: "truncation",
      context_management: "context_management",
    });
    const defaults = decoded({
      input: "hi",
      background: false,
      truncation: "disabled",
      parallel_tool_calls: true,
      top_logprobs: 0,
      store: true,
      service_tier: "auto",
      metadata: {},
      include: ["reasoning.encrypted_content"],
      text: { format: { type: "text" }, verbosity: "medium" },
      tools: [],
      tool_choice: "auto",
      conversation: null,
      client_metadata: { a: "b" },
    });
    expect([...defaults.asked]).toEqual([]);
    expect(defaults.unknownFields).toEqual([]);
  });

  test("settings are read, and those that nobody knows are named", () => {
    const chat = decoded({
      input: "hi",
      stream: true,
      max_output_tokens: 100,
      temperature: 0,
      top_p: 0.5,
      top_logprobs: 3,
      text: { format: { type: "json_schema", name: "x", schema: { type: "object" }, strict: true }, verbosity: "low" },
      reasoning: { effort: "high", summary: "auto", mode: "pro" },
      service_tier: "flex",
      user: "u",
      safety_identifier: "s",
      prompt_cache_key: "k",
      metadata: { a: "b" },
      include: ["file_search_call.results"],
      parallel_tool_calls: false,
      stop: ["x"],
    });
    expect(chat).toMatchObject({
      stream: true,
      maxOutputTokens: 100,
      temperature: 0,
      topP: 0.5,
      topLogprobs: 3,
      responseFormat: { type: "json-schema", name: "x", schema: { type: "object" }, strict: true },
      verbosity: "low",
      reasoning: { effort: "high", visible: true },
      serviceTier: "flex",
      user: "s",
      promptCacheKey: "k",
      parallelToolCalls: false,
    });
    expect(chat.unknownFields).toEqual(["reasoning.mode", "stop"]);
    expect([...chat.asked.keys()].map(String).toSorted()).toEqual(
      [
        "include",
        "json_schema",
        "logprobs",
        "max_output_tokens",
        "metadata",
        "parallel_tool_calls",
        "prompt_cache_key",
        "reasoning_effort",
        "reasoning_visible",
        "service_tier",
        "temperature",
        "top_p",
        "user",
        "verbosity",
      ].toSorted(),
    );
    expect(decoded({ input: "x", include: ["message.output_text.logprobs"] }).topLogprobs).toBe(0);
    expect(decoded({ input: "x", text: { format: { type: "json_object" } } }).responseFormat).toEqual({ type: "json" });
  });

  test("names the field that it refuses", () => {
    const rows: [object, string][] = [
      [{ input: "x" }, "model"],
      [{ model: "m" }, "input"],
      [{ model: "m", input: 4 }, "input"],
      [{ model: "m", input: ["x"] }, "input[0]"],
      [{ model: "m", input: [{ content: "x" }] }, "input[0].role"],
      [{ model: "m", input: [{ role: "user", content: 4 }] }, "input[0].content"],
      [{ model: "m", input: [{ role: "user", content: [{ type: "input_text" }] }] }, "input[0].content[0].text"],
      [{ model: "m", input: "x", stream: "yes" }, "stream"],
      [{ model: "m", input: "x", max_output_tokens: 1.5 }, "max_output_tokens"],
      [{ model: "m", input: "x", tools: {} }, "tools"],
      [{ model: "m", input: "x", tools: [{ type: "function" }] }, "tools[0].name"],
      [{ model: "m", input: "x", tool_choice: 4 }, "tool_choice"],
    ];
    for (const [fields, field] of rows) expect([fields, refusedField(fields)]).toEqual([fields, field]);
    expect(refusedField({ model: "m", previous_response_id: "resp_1" })).toBe("accepted");
  });
});
