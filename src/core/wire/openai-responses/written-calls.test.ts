import { describe, expect, test } from "bun:test";
import { args, begun, call, finish, text } from "#core/wire/openai-responses/answer-events.test-data.ts";
import { contextFor, end, framesOf } from "#core/wire/openai-responses/responses.test-data.ts";
import { brokenRule } from "#core/wire/openai-responses/stream-grammar.test-data.ts";

describe("writing calls and thinking", () => {
  test("pitfall 48: what follows the whole arguments of a call whose item has ended breaks nothing", () => {
    const frames = framesOf([begun, call(0), args(0, '{"a":1}'), call(1), args(0, "{"), finish("tool_calls"), end]);
    expect(brokenRule(frames)).toBeUndefined();
    expect(frames.at(-1)).toMatchObject({ response: { output: [{ arguments: '{"a":1}' }, { arguments: "{}" }] } });
  });

  test("T-17 pitfall 39: thinking is an item with its token, right before the call it led to", () => {
    const token = { kind: "signature", data: "wrapped" } as const;
    const frames = framesOf([
      begun,
      { type: "reasoning", choice: 0, text: "hm" },
      { type: "reasoning-token", choice: 0, token },
      { type: "reasoning-token", choice: 0, token: { ...token, data: "hidden" } },
      call(0),
      args(0, "{}"),
      finish("tool_calls"),
      end,
    ]);
    expect(brokenRule(frames)).toBeUndefined();
    expect(frames.at(-1)).toMatchObject({
      response: {
        output: [
          {
            id: "rs_own_0",
            type: "reasoning",
            summary: [{ type: "summary_text", text: "hm" }],
            encrypted_content: "wrapped",
          },
          { id: "rs_own_1", type: "reasoning", summary: [], encrypted_content: "hidden" },
          { id: "fc_own_2", type: "function_call", call_id: "c0", name: "f0", arguments: "{}", status: "completed" },
        ],
      },
    });
  });

  test("pitfall 12 pitfall 13: a freeform call is written with its namespace and raw text", () => {
    const input = 'text("a\\n")\n\u0007🙂';
    const frames = framesOf([
      begun,
      call(0, { form: "custom", namespace: "functions" }),
      args(0, input),
      finish("tool_calls"),
      end,
    ]);
    expect(brokenRule(frames)).toBeUndefined();
    expect(frames.map(({ type }) => type)).toContain("response.custom_tool_call_input.done");
    expect(frames.at(-1)).toMatchObject({
      response: {
        output: [
          { id: "ctc_own_0", type: "custom_tool_call", call_id: "c0", name: "f0", namespace: "functions", input },
        ],
      },
    });
  });

  test("a call of one of the caller's typed tools is written as its own kind, as a function's where it does not fit", () => {
    const context = contextFor({ input: "x", tools: [{ type: "local_shell" }] });
    const shell = { name: "local_shell" };
    const frames = framesOf(
      [
        begun,
        call(0, shell),
        args(0, '{"command":["ls"]}'),
        call(1, shell),
        args(1, "{oops"),
        finish("tool_calls"),
        end,
      ],
      context,
    );
    expect(brokenRule(frames)).toBeUndefined();
    expect(frames.at(-1)).toMatchObject({
      response: {
        output: [
          {
            type: "local_shell_call",
            call_id: "c0",
            action: { type: "exec", env: {}, command: ["ls"] },
            status: "completed",
          },
          { type: "function_call", call_id: "c1", name: "local_shell", arguments: "{oops" },
        ],
      },
    });
  });

  test("pitfall 52: calls whose arguments interleave are written one after the other, whole", () => {
    const frames = framesOf([
      begun,
      call(0),
      args(0, '{"a":'),
      call(1),
      args(1, '{"b":'),
      args(0, "1}"),
      args(1, "2}"),
      call(2),
      args(2, ""),
      text("after"),
      finish("tool_calls"),
      end,
    ]);
    expect(brokenRule(frames)).toBeUndefined();
    expect(frames.at(-1)).toMatchObject({
      response: {
        output: [{ arguments: '{"a":1}' }, { arguments: '{"b":2}' }, { arguments: "{}" }, { type: "message" }],
      },
    });
    // The second call does not wait for the end: it begins when the first is whole.
    const types = frames.map(({ type, output_index: index }) => `${type} ${String(index)}`);
    expect(types.indexOf("response.output_item.done 0")).toBeLessThan(
      types.indexOf("response.function_call_arguments.delta 1"),
    );
  });

  test("a call without an id gets one of the request's, the same in every event", () => {
    const frames = framesOf([begun, call(0, { id: "" }), args(0, "{}"), finish("tool_calls"), end]);
    expect(frames.at(-1)).toMatchObject({ response: { output: [{ call_id: "call_own_0" }] } });
  });
});
