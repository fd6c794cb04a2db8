import { describe, expect, test } from "bun:test";
import { plainChat } from "#core/chat/plain-chat.test-data.ts";
import { plainDialect } from "#core/wire/dialect.ts";
import { decoded, encoded, talker } from "#core/wire/openai-responses/responses.test-data.ts";

describe("writing tools", () => {
  test("pitfall 5 pitfall 6: strict is always spelled out, and true only where the schema already fits", () => {
    const loose = { type: "object", properties: { a: { type: "string" }, b: { type: "string" } }, required: ["a"] };
    const closed = { type: "object", properties: { a: {} }, required: ["a"], additionalProperties: false };
    const { body, notes } = encoded(
      plainChat({
        tools: [
          { kind: "function", name: "plain", parameters: loose },
          { kind: "function", name: "wanted", parameters: loose, strict: true },
          { kind: "function", name: "fits", parameters: closed, strict: true },
          { kind: "function", name: "bare" },
        ],
      }),
    );
    expect(body["tools"]).toEqual([
      { type: "function", name: "plain", parameters: loose, strict: false },
      { type: "function", name: "wanted", parameters: loose, strict: false },
      { type: "function", name: "fits", parameters: closed, strict: true },
      { type: "function", name: "bare", parameters: { type: "object", properties: {} }, strict: false },
    ]);
    expect(notes).toEqual(["tool_strict"]);
  });

  test("pitfall 12 pitfall 13 T-16: freeform tools and namespaces go as they came, their input byte for byte", () => {
    const input = 'text(`"a"\\n`);\n\t\\';
    const { body } = encoded(
      decoded({
        tools: [
          { type: "function", name: "f", strict: false, parameters: {} },
          {
            type: "namespace",
            name: "functions",
            tools: [
              { type: "custom", name: "exec", format: { type: "grammar", syntax: "lark", definition: "g" } },
              { type: "function", name: "g", strict: false, parameters: {} },
            ],
          },
        ],
        tool_choice: { type: "custom", name: "exec", namespace: "functions" },
        input: [
          { role: "user", content: "go" },
          { type: "custom_tool_call", call_id: "c1", name: "exec", namespace: "functions", input },
          { type: "custom_tool_call_output", call_id: "c1", output: "ok" },
        ],
      }),
    );
    expect(body).toMatchObject({
      tools: [
        { type: "function", name: "f" },
        {
          type: "namespace",
          name: "functions",
          tools: [
            { type: "custom", name: "exec", format: { type: "grammar", syntax: "lark", definition: "g" } },
            { type: "function", name: "g" },
          ],
        },
      ],
      tool_choice: { type: "custom", name: "exec", namespace: "functions" },
      input: [
        {},
        { type: "custom_tool_call", call_id: "c1", name: "exec", namespace: "functions", input },
        { type: "custom_tool_call_output", call_id: "c1", output: "ok" },
      ],
    });
  });

  test("choice and parallel calls go only with tools, and a plain server sees no field it lacks", () => {
    const choice = { toolChoice: { type: "required" }, parallelToolCalls: false } as const;
    expect(encoded(plainChat(choice)).body).not.toHaveProperty("tool_choice");
    const tools = [{ kind: "function", name: "f", strict: true, examples: [{ a: 1 }] }] as const;
    const written = encoded(plainChat({ ...choice, tools })).body;
    expect(written).toMatchObject({ tool_choice: "required", parallel_tool_calls: false });
    expect(JSON.stringify(written["tools"])).toContain('Examples of the arguments:\\n{\\"a\\":1}');
    const plain = { ...plainDialect, strictTools: false, lacks: ["tool_choice"] as const };
    const served = encoded(plainChat({ toolChoice: choice.toolChoice, tools }), talker, plain);
    expect(Object.keys(served.body)).toEqual(["model", "store", "tools", "input"]);
    expect(served.text).not.toContain("strict");
    const allowed = { type: "allowed", required: false, names: ["f"] } as const;
    expect(encoded(plainChat({ tools, toolChoice: allowed })).body["tool_choice"]).toEqual({
      type: "allowed_tools",
      mode: "auto",
      tools: [{ type: "function", name: "f" }],
    });
  });

  test("a search that a subset allows is named in it", () => {
    const search = { kind: "hosted", type: "web_search", path: "tools[1]", webSearch: {} } as const;
    const toolChoice = { type: "allowed", required: false, names: ["f"], hosted: ["tools[1]"] } as const;
    const written = encoded(plainChat({ tools: [{ kind: "function", name: "f" }, search], toolChoice }));
    expect(written.body["tool_choice"]).toMatchObject({
      tools: [{ type: "function", name: "f" }, { type: "web_search" }],
    });
  });

  test("a web search is the service's own; what it cannot be told is named", () => {
    const written = encoded(
      plainChat({
        tools: [
          {
            kind: "hosted",
            type: "web_search_20250305",
            path: "tools[0]",
            webSearch: { allowedDomains: ["a.org"], location: { city: "Oslo" }, maxUses: 3 },
          },
          { kind: "hosted", type: "code_execution", path: "tools[1]" },
        ],
      }),
    );
    expect(written.body["tools"]).toEqual([
      {
        type: "web_search",
        filters: { allowed_domains: ["a.org"] },
        user_location: { type: "approximate", city: "Oslo" },
      },
    ]);
    expect(written.notes).toEqual(["tools[0].max_uses"]);
  });
});
