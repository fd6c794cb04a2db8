import { describe, expect, test } from "bun:test";
import { decoded } from "#core/wire/anthropic-messages/messages.test-data.ts";

/** The first two turns of a coding session as Claude Code sends them, shortened. */
const session = {
  model: "claude-new",
  max_tokens: 128_000,
  stream: true,
  system: [
    { type: "text", text: "x-anthropic-billing-header: cc_version=2.1.329; cch=1a2b3;" },
    { type: "text", text: "You are Claude Code.", cache_control: { type: "ephemeral" } },
  ],
  tools: [
    { name: "DeferredToolPlaceholder", description: "", input_schema: { type: "object" }, defer_loading: true },
    {
      name: "Bash",
      description: "Runs a command",
      input_schema: {
        $schema: "https://json-schema.org/draft/2020-12/schema",
        type: "object",
        properties: { command: { type: "string" }, timeout: { type: "number", maximum: 9_007_199_254_740_991 } },
        required: ["command"],
        additionalProperties: false,
      },
      cache_control: { type: "ephemeral", ttl: "1h" },
    },
  ],
  messages: [
    { role: "user", content: [{ type: "text", text: "List the files", cache_control: { type: "ephemeral" } }] },
    { role: "system", content: "Today is a Friday.", output_config: { effort: "high" } },
    {
      role: "assistant",
      content: [
        { type: "thinking", thinking: "", signature: "c2ln" },
        { type: "text", text: "I look.", citations: null },
        { type: "tool_use", id: "toolu_1", name: "Bash", input: { command: "ls" }, caller: { type: "direct" } },
      ],
    },
    {
      role: "user",
      content: [
        {
          type: "tool_result",
          tool_use_id: "toolu_1",
          content: "a.txt",
          is_error: false,
          cache_control: { type: "ephemeral" },
        },
        { type: "text", text: "" },
        { type: "text", text: "Go on" },
      ],
    },
  ],
  metadata: {
    user_id: '{"device_id":"d","account_uuid":"","session_id":"6f1c9d1e-3b52-4c7a-9e0f-0a1b2c3d4e5f"}',
  },
  thinking: { type: "adaptive", display: "omitted" },
  context_management: { edits: [{ type: "clear_thinking_20251015", keep: "all" }] },
  output_config: { effort: "medium" },
};

describe("a session of Claude Code", () => {
  const chat = decoded(session);

  test("pitfall 9: keeps a system message in the middle where it stands, and drops the line for billing", () => {
    expect(chat.messages.map(({ role }) => role)).toEqual(["system", "user", "system", "assistant", "tool", "user"]);
    expect(chat.messages[0]?.parts).toEqual([{ type: "text", text: "You are Claude Code.", cache: { ttl: "5m" } }]);
  });

  test("pitfall 42, T-12: keeps thinking that is signed and was not shown", () => {
    expect(chat.messages[3]?.parts).toEqual([
      { type: "reasoning", text: "", token: { kind: "signature", data: "c2ln" } },
      { type: "text", text: "I look." },
      { type: "tool-call", id: "toolu_1", name: "Bash", form: "function", argumentsText: '{"command":"ls"}' },
    ]);
  });

  test("pitfall 22: answers a call in a message of its own, what the user says behind it, empty texts nowhere", () => {
    expect(chat.messages.slice(4)).toEqual([
      {
        role: "tool",
        parts: [
          { type: "tool-result", callId: "toolu_1", parts: [{ type: "text", text: "a.txt" }], cache: { ttl: "5m" } },
        ],
      },
      { role: "user", parts: [{ type: "text", text: "Go on" }] },
    ]);
  });

  test("has its tools without the placeholder, their schemas untouched", () => {
    expect(chat.tools).toHaveLength(1);
    expect(chat.tools[0]).toMatchObject({ kind: "function", name: "Bash", cache: { ttl: "1h" } });
    expect(chat.tools[0]).toHaveProperty("parameters", session.tools[1]?.input_schema);
  });

  test("asks for the last effort that was named, and shares a cache key within the session", () => {
    expect(chat.reasoning).toEqual({ adaptive: true, effort: "high", visible: false });
    expect(chat.user).toBe(session.metadata.user_id);
    expect(chat.promptCacheKey).toBe("6f1c9d1e-3b52-4c7a-9e0f-0a1b2c3d4e5f");
    expect([...chat.asked]).toEqual([
      ["cache_marks", "system[1].cache_control"],
      ["mid_conversation_system", "messages[1]"],
      ["reasoning_history", "messages[2].content[0]"],
      ["tools", "tools"],
      ["context_management", "context_management"],
      ["max_output_tokens", "max_tokens"],
      ["reasoning_effort", "messages[1].output_config.effort"],
      ["user", "metadata.user_id"],
    ]);
    expect(chat.unknownFields).toEqual([]);
  });
});
