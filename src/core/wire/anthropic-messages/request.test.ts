import { describe, expect, test } from "bun:test";
import { messagesFidelity } from "#core/wire/anthropic-messages/fidelity.ts";
import { decoded, decodedBlocks } from "#core/wire/anthropic-messages/messages.test-data.ts";

/** The fields whose values must have a shape of their own. */
const shaped = {
  ...{ model: "m", max_tokens: 1, messages: [{ role: "user", content: "hi" }], system: "S", tools: [], stream: false },
  ...{ temperature: 0, top_p: 0, top_k: 0 },
};

describe("content", () => {
  test("pitfall 25: pictures and documents are data in the standard alphabet, addresses or ids", () => {
    const parts = decodedBlocks(
      "user",
      { type: "image", source: { type: "base64", media_type: "image/png", data: "-_8" } },
      { type: "image", source: { type: "url", url: "https://a.example/p.png" } },
      { type: "document", title: "Facts", source: { type: "base64", media_type: "application/pdf", data: "JVBERi0x" } },
      { type: "document", source: { type: "url", url: "https://a.example/d.pdf" } },
      { type: "document", source: { type: "file", file_id: "file_1" } },
      { type: "image", source: { type: "novel" } },
    );
    expect(parts).toMatchObject([
      {
        kind: "image",
        source: { type: "data", mimeType: "image/png", base64: "+/8=" },
        path: "messages[0].content[0]",
      },
      { kind: "image", source: { type: "url", url: "https://a.example/p.png" } },
      { kind: "file", source: { type: "data", mimeType: "application/pdf", base64: "JVBERi0x" }, filename: "Facts" },
      { kind: "file", source: { type: "url", url: "https://a.example/d.pdf", mimeType: "application/pdf" } },
      { kind: "file", source: { type: "file", id: "file_1" } },
      { kind: "image", source: { type: "file", id: "novel" } },
    ]);
  });

  test("documents of text, search results and loaded tools are text that says what it is", () => {
    const parts = decodedBlocks(
      "user",
      { type: "document", title: "Notes", source: { type: "text", media_type: "text/plain", data: "Rain." } },
      { type: "document", source: { type: "content", content: [{ type: "text", text: "Sun." }] } },
      { type: "search_result", title: "T", source: "https://a.example", content: [{ type: "text", text: "Found." }] },
      { type: "tool_result", tool_use_id: "t", content: [{ type: "tool_reference", tool_name: "Read" }] },
    );
    expect(parts).toMatchObject([
      { type: "tool-result", parts: [{ type: "text", text: "Loaded tool Read" }] },
      { type: "text", text: "Document (Notes):\nRain." },
      { type: "text", text: "Document:\n" },
      { type: "text", text: "Sun." },
      { type: "text", text: "Search result (T, https://a.example):\nFound." },
    ]);
  });

  test("pitfall 23: a result holds its pictures, and says whether the tool failed", () => {
    const image = { type: "image", source: { type: "base64", media_type: "image/png", data: "iVBORw0KGgo=" } };
    const chat = decoded({
      messages: [
        { role: "user", content: [{ type: "tool_result", tool_use_id: "t", is_error: true, content: [image] }] },
      ],
    });
    expect(chat.messages[0]?.parts[0]).toMatchObject({ isError: true, parts: [{ type: "media", kind: "image" }] });
    expect([...chat.asked.keys()]).toContain("tool_result_media");
    expect(chat.asked.get("tool_result_error")).toBe("messages[0].content[0].is_error");
  });

  test("blocks that only Anthropic can read are foreign, those that hold the question required", () => {
    const parts = decodedBlocks(
      "assistant",
      { type: "server_tool_use", id: "s", name: "web_search", input: {} },
      { type: "container_upload", file_id: "f" },
      { type: "compaction", content: "So far: rain." },
      { type: "redacted_thinking", data: "r" },
    );
    expect(parts).toEqual([
      { type: "foreign", path: "messages[0].content[0] (server_tool_use)", required: false },
      { type: "foreign", path: "messages[0].content[1] (container_upload)", required: true },
      { type: "text", text: "So far: rain." },
      { type: "reasoning", text: "", token: { kind: "redacted", data: "r" } },
    ]);
  });

  test("a mark on the whole request is one on its last part", () => {
    const chat = decoded({ cache_control: { type: "ephemeral" } });
    expect(chat.messages[0]?.parts).toEqual([{ type: "text", text: "hi", cache: { ttl: "5m" } }]);
    expect(chat.asked.get("cache_marks")).toBe("cache_control");
  });
});

describe("tools", () => {
  test("T-06: those that the caller runs are functions with their known shape, those that Anthropic runs are hosted", () => {
    const { tools, asked } = decoded({
      tools: [
        { type: "bash_20250124", name: "bash" },
        { type: "text_editor_20250728", name: "str_replace_based_edit_tool" },
        { type: "memory_20250818", name: "memory" },
        {
          type: "web_search_20250305",
          name: "web_search",
          max_uses: 3,
          allowed_domains: ["a.example"],
          user_location: { type: "approximate", city: "Paris" },
        },
        { type: "code_execution_20260120", name: "code_execution" },
      ],
    });
    expect(tools).toMatchObject([
      { kind: "function", name: "bash", typed: "bash_20250124", parameters: { type: "object" } },
      { kind: "function", name: "str_replace_based_edit_tool", typed: "text_editor_20250728" },
      { kind: "function", name: "memory", typed: "memory_20250818" },
      {
        kind: "hosted",
        path: "tools[3]",
        webSearch: { maxUses: 3, allowedDomains: ["a.example"], location: { city: "Paris" } },
      },
      { kind: "hosted", type: "code_execution_20260120", path: "tools[4]" },
    ]);
    expect(asked.get("web_search")).toBe("tools[3]");
    expect(asked.get("hosted_tools")).toBe("tools[4]");
  });

  test("who may call a tool beside the model is named, since elsewhere nobody else can", () => {
    const callers = (...allowed_callers: string[]) =>
      decoded({ tools: [{ name: "f", input_schema: { type: "object" }, allowed_callers }] }).unknownFields;
    expect(callers("direct")).toEqual([]);
    expect(callers("direct", "code_execution_20260120")).toEqual(["tools[0].allowed_callers"]);
  });

  test("a tool that a system message brings is declared with the others", () => {
    const definition = { name: "Late", input_schema: { type: "object" } };
    const content = [{ type: "tool_addition", tool: { type: "tool_definition", definition } }];
    const chat = decoded({
      messages: [
        { role: "user", content: "hi" },
        { role: "system", content },
      ],
    });
    expect(chat.tools).toMatchObject([{ kind: "function", name: "Late" }]);
    expect(chat.messages[1]?.parts).toEqual([{ type: "text", text: "Loaded tool Late" }]);
  });

  test("the choice is free, any, one, none or a hosted one, with one call at a time where asked", () => {
    const tools = [
      { type: "web_search_20250305", name: "web_search" },
      { name: "f", input_schema: { type: "object" } },
    ];
    const choiceOf = (choice: Record<string, unknown>): unknown => decoded({ tools, tool_choice: choice }).toolChoice;
    expect(choiceOf({ type: "auto" })).toEqual({ type: "auto" });
    expect(choiceOf({ type: "any" })).toEqual({ type: "required" });
    expect(choiceOf({ type: "none" })).toEqual({ type: "none" });
    expect(choiceOf({ type: "tool", name: "f" })).toEqual({ type: "tool", name: "f" });
    expect(choiceOf({ type: "tool", name: "web_search" })).toEqual({ type: "hosted", path: "tools[0]" });
    const single = decoded({ tools, tool_choice: { type: "auto", disable_parallel_tool_use: true } });
    expect(single.parallelToolCalls).toBe(false);
    expect(single.asked.get("parallel_tool_calls")).toBe("tool_choice.disable_parallel_tool_use");
    expect(single.asked.has("tool_choice")).toBe(false);
  });
});

describe("other fields", () => {
  test("thinking is a budget, adaptive, between tools or off", () => {
    const wishOf = (thinking: Record<string, unknown>): unknown => decoded({ thinking }).reasoning;
    expect(wishOf({ type: "enabled", budget_tokens: 31_999 })).toEqual({ budgetTokens: 31_999, visible: true });
    const hidden = wishOf({ type: "enabled", budget_tokens: 2048, display: "omitted" });
    expect(hidden).toEqual({ budgetTokens: 2048, visible: false });
    expect(wishOf({ type: "adaptive", display: "summarized" })).toEqual({ adaptive: true, visible: true });
    expect(wishOf({ type: "between_tools" })).toEqual({ adaptive: true });
    expect(decoded({ thinking: { type: "between_tools" } }).unknownFields).toEqual(["thinking.type"]);
    expect(decoded({ thinking: { type: "adaptive" } }).asked.get("reasoning_effort")).toBe("thinking");
    expect(wishOf({ type: "enabled" })).toEqual({ adaptive: true });
    expect(wishOf({ type: "disabled" })).toEqual({ effort: "none" });
    expect(decoded({ output_config: { effort: "xhigh" } }).reasoning).toEqual({ effort: "xhigh" });
  });

  test("a limit of 0 is allowed and asks for a cache alone", () => {
    const chat = decoded({ max_tokens: 0 });
    expect(chat.maxOutputTokens).toBe(0);
    expect([...chat.asked]).toEqual([["cached_content", "max_tokens"]]);
  });

  test("what has a meaning elsewhere is understood, what has none is named", () => {
    const chat = decoded({
      temperature: 0.5,
      top_p: 0.9,
      top_k: 5,
      stop_sequences: ["END"],
      service_tier: "standard_only",
      output_format: { type: "json_schema", schema: { type: "object" } },
      container: "c",
      mcp_servers: [{ type: "url", url: "https://a.example", name: "a" }],
      inference_geo: "eu",
      speed: null,
    });
    expect(chat).toMatchObject({ temperature: 0.5, topP: 0.9, topK: 5, stop: ["END"], serviceTier: "default" });
    expect(chat.responseFormat).toMatchObject({ type: "json-schema", schema: { type: "object" } });
    expect([...chat.asked.keys()].toSorted()).toEqual([
      "container",
      "json_schema",
      "max_output_tokens",
      "mcp_servers",
      "service_tier",
      "stop",
      "temperature",
      "top_k",
      "top_p",
    ]);
    expect(chat.unknownFields).toEqual(["inference_geo"]);
  });

  test("every field that is declared is understood", () => {
    const names = Object.keys(messagesFidelity.fields).map((field) => /^\w+/.exec(field)?.[0] ?? "");
    const { unknownFields } = decoded({ ...Object.fromEntries(names.map((name) => [name, {}])), ...shaped });
    expect(unknownFields).toEqual([]);
  });

  test("what says nothing asks for nothing", () => {
    const chat = decoded({
      service_tier: "auto",
      mcp_servers: [],
      context_management: { edits: [] },
      stop_sequences: [],
      tools: [],
      tool_choice: { type: "auto" },
      metadata: {},
    });
    expect([...chat.asked.keys()]).toEqual(["max_output_tokens"]);
  });

  test.each([
    [{ messages: [] }, "messages"],
    [{ messages: [{ role: "tool", content: "x" }] }, "messages[0].role"],
    [{ messages: [{ role: "user", content: 5 }] }, "messages[0].content"],
    [{ messages: [{ role: "user", content: [{ type: "text" }] }] }, "messages[0].content[0].text"],
    [{ messages: [{ role: "user", content: [{ type: "image" }] }] }, "messages[0].content[0].source"],
    [{ max_tokens: -1 }, "max_tokens"],
    [{ temperature: "hot" }, "temperature"],
    [{ stop_sequences: [5] }, "stop_sequences"],
    [{ tools: {} }, "tools"],
    [{ model: "" }, "model"],
  ])("refuses %j naming the field", (body, field) => {
    expect(() => decoded(body)).toThrow(expect.objectContaining({ code: "invalid_request", details: { field } }));
  });
});
