import { describe, expect, test } from "bun:test";
import { decoded } from "#core/wire/openai-responses/responses.test-data.ts";

const patch = {
  type: "custom",
  name: "apply_patch",
  description: "p",
  format: { type: "grammar", syntax: "lark", definition: "g" },
};

describe("tools of a request", () => {
  test("T-16 pitfall 14: what Codex sends in function mode is understood: functions, a grammar, search and lookup", () => {
    const chat = decoded({
      model: "gpt-5.5",
      stream: true,
      store: false,
      include: ["reasoning.encrypted_content"],
      tools: [
        { type: "function", name: "shell", strict: false, parameters: { type: "object", properties: {} } },
        patch,
        { type: "tool_search", execution: "client", parameters: {} },
        { type: "web_search", external_web_access: false },
      ],
      tool_choice: "auto",
      parallel_tool_calls: true,
      reasoning: { effort: "medium" },
      text: { verbosity: "medium" },
      prompt_cache_key: "k",
      client_metadata: { id: "x" },
      input: [
        { type: "message", id: "msg_1", role: "developer", content: [{ type: "input_text", text: "You are Codex." }] },
        { type: "message", id: "msg_2", role: "user", content: [{ type: "input_text", text: "go" }] },
        { type: "custom_tool_call", call_id: "c1", name: "apply_patch", input: '*** Begin "Patch"\n\\' },
        { type: "custom_tool_call_output", call_id: "c1", output: "Done" },
      ],
    });
    expect(chat.tools).toEqual([
      { kind: "function", name: "shell", strict: false, parameters: { type: "object", properties: {} } },
      { kind: "custom", name: "apply_patch", description: "p", grammar: { syntax: "lark", definition: "g" } },
      { kind: "hosted", type: "tool_search", path: "tools[2]" },
      // A search that may not touch the network is not the search of others.
      { kind: "hosted", type: "web_search", path: "tools[3]" },
    ]);
    expect(chat.messages[2]?.parts).toEqual([
      { type: "tool-call", id: "c1", name: "apply_patch", form: "custom", argumentsText: '*** Begin "Patch"\n\\' },
    ]);
    expect(Object.fromEntries(chat.asked)).toEqual({
      tools: "tools",
      custom_tools: "tools[1]",
      hosted_tools: "tools[2]",
      reasoning_effort: "reasoning.effort",
      prompt_cache_key: "prompt_cache_key",
    });
    expect(chat.unknownFields).toEqual([]);
  });

  test("pitfall 12: what Codex sends in code mode is understood: tools in the input, in namespaces, settings at its end", () => {
    const chat = decoded({
      input: [
        {
          type: "additional_tools",
          role: "developer",
          tools: [
            { type: "namespace", name: "functions", description: "n", tools: [{ type: "custom", name: "exec" }] },
          ],
        },
        {
          type: "message",
          role: "user",
          content: [{ type: "input_text", text: "go" }],
          internal_chat_message_metadata_passthrough: { turn: 1 },
        },
        { type: "custom_tool_call", call_id: "c1", name: "exec", namespace: "functions", input: "text('a')" },
        { type: "custom_tool_call_output", call_id: "c1", output: [{ type: "input_text", text: "a" }] },
        { type: "configuration_update", reasoning: { effort: "low" }, text: { format: { type: "json_object" } } },
      ],
      reasoning: { effort: "high" },
    });
    expect(chat.tools).toEqual([{ kind: "custom", name: "exec", namespace: "functions" }]);
    expect(chat.messages[1]?.parts).toMatchObject([{ name: "exec", namespace: "functions", form: "custom" }]);
    expect(chat.reasoning).toEqual({ effort: "low" });
    expect(chat.responseFormat).toEqual({ type: "json" });
    expect(chat.asked.get("tool_namespaces")).toBe("input[0].tools[0]");
    expect(chat.asked.get("custom_tools")).toBe("input[0].tools[0].tools[0]");
  });

  test("tools that the caller runs are functions with a known schema, and so are their calls and results", () => {
    const chat = decoded({
      tools: [{ type: "local_shell" }, { type: "shell", environment: { type: "local" } }, { type: "apply_patch" }],
      input: [
        {
          type: "local_shell_call",
          id: "lsh_1",
          call_id: "c1",
          status: "completed",
          action: { type: "exec", command: ["ls"], env: {} },
        },
        { type: "local_shell_call_output", call_id: "c1", output: "a.txt" },
        { type: "shell_call", call_id: "c2", action: { commands: ["ls"] } },
        {
          type: "shell_call_output",
          call_id: "c2",
          output: [{ stdout: "a", stderr: "", outcome: { type: "exit", exit_code: 0 } }],
        },
        { type: "apply_patch_call", call_id: "c3", operation: { type: "delete_file", path: "a" }, status: "completed" },
        { type: "apply_patch_call_output", call_id: "c3", status: "failed", output: "no such file" },
      ],
    });
    expect(chat.tools.map((tool) => tool.kind !== "hosted" && [tool.kind, tool.name, tool.typed])).toEqual([
      ["function", "local_shell", "local_shell"],
      ["function", "shell", "shell"],
      ["function", "apply_patch", "apply_patch"],
    ]);
    expect(chat.messages.map(({ parts }) => parts)).toMatchObject([
      [{ id: "c1", name: "local_shell", argumentsText: '{"command":["ls"],"env":{}}' }],
      [{ callId: "c1", parts: [{ text: "a.txt" }] }],
      [{ id: "c2", name: "shell", argumentsText: '{"commands":["ls"]}' }],
      [{ callId: "c2", parts: [{ text: '[{"stdout":"a","stderr":"","outcome":{"type":"exit","exit_code":0}}]' }] }],
      [{ id: "c3", name: "apply_patch", argumentsText: '{"type":"delete_file","path":"a"}' }],
      [{ callId: "c3", isError: true, parts: [{ text: "no such file" }] }],
    ]);
  });

  test("a shell in the service's own container is hosted", () => {
    const { tools } = decoded({ input: "x", tools: [{ type: "shell", environment: { type: "container_auto" } }] });
    expect(tools).toEqual([{ kind: "hosted", type: "shell", path: "tools[0]" }]);
  });

  test("a web search keeps its domains and its place; other hosted tools keep their names", () => {
    const chat = decoded({
      input: "x",
      tools: [
        {
          type: "web_search_preview",
          filters: { allowed_domains: ["a.org"] },
          user_location: { type: "approximate", city: "Oslo", region: null },
        },
        { type: "mcp", server_label: "x" },
        { type: "function", name: "f", strict: true, defer_loading: true },
      ],
    });
    expect(chat.tools).toEqual([
      {
        kind: "hosted",
        type: "web_search_preview",
        path: "tools[0]",
        webSearch: { allowedDomains: ["a.org"], location: { city: "Oslo" } },
      },
      { kind: "hosted", type: "mcp", path: "tools[1]" },
      { kind: "function", name: "f", strict: true, deferred: true },
    ]);
    expect(Object.fromEntries(chat.asked)).toEqual({
      web_search: "tools[0]",
      mcp_servers: "tools[1]",
      tool_strict: "tools[2].strict",
      tools: "tools",
      deferred_tools: "tools[2].defer_loading",
    });
  });

  test("how much of a search goes to the model is named, since no one else can be told", () => {
    const search = (size: string) => ({ type: "web_search", search_context_size: size });
    const named = (...tools: readonly unknown[]) => decoded({ input: "x", tools }).unknownFields;
    expect(named(search("medium"), search("high"))).toEqual(["tools[1].search_context_size"]);
  });

  test("a tool or a field named like something that every object has is nothing known", () => {
    const chat = decoded({
      input: "x",
      constructor: 1,
      toString: 2,
      tools: [{ type: "constructor" }],
      max_tool_calls: 2,
    });
    expect(chat.tools).toEqual([{ kind: "hosted", type: "constructor", path: "tools[0]" }]);
    expect(chat.unknownFields.toSorted()).toEqual(["constructor", "max_tool_calls", "toString"]);
  });

  test("every form of the choice is read", () => {
    const choice = (tool_choice: unknown) => decoded({ input: "x", tool_choice }).toolChoice;
    expect(choice("none")).toEqual({ type: "none" });
    expect(choice("required")).toEqual({ type: "required" });
    expect(choice({ type: "function", name: "f" })).toEqual({ type: "tool", name: "f" });
    expect(choice({ type: "custom", name: "f" })).toEqual({ type: "tool", name: "f" });
    expect(choice({ type: "apply_patch" })).toEqual({ type: "tool", name: "apply_patch" });
    expect(choice({ type: "web_search" })).toEqual({ type: "hosted", path: "tool_choice" });
    const tools = [{ type: "file_search" }, { type: "web_search_preview" }];
    const chosen = (type: string) => decoded({ input: "x", tools, tool_choice: { type } }).toolChoice;
    expect(chosen("file_search")).toEqual({ type: "hosted", path: "tools[0]" });
    expect(chosen("web_search")).toEqual({ type: "hosted", path: "tools[1]" });
    expect(
      choice({ type: "allowed_tools", mode: "required", tools: [{ type: "function", name: "f" }, { type: "shell" }] }),
    ).toEqual({ type: "allowed", required: true, names: ["f", "shell"] });
    const allowed = [{ type: "function", name: "f" }, { type: "web_search" }];
    const tool_choice = { type: "allowed_tools", tools: allowed };
    expect(decoded({ input: "x", tools, tool_choice }).toolChoice).toEqual({
      type: "allowed",
      required: false,
      names: ["f"],
      hosted: ["tools[1]"],
    });
    expect(decoded({ input: "x", tool_choice: { type: "allowed_tools", tools: [] } }).asked.get("allowed_tools")).toBe(
      "tool_choice",
    );
  });
});
