import { describe, expect, test } from "bun:test";
import type { ChatEvent } from "#core/chat/event.ts";
import { args, begun, call, finish, text } from "#core/wire/openai-responses/answer-events.test-data.ts";
import { contextFor, end, framesOf } from "#core/wire/openai-responses/responses.test-data.ts";
import { brokenRule } from "#core/wire/openai-responses/stream-grammar.test-data.ts";

describe("writing a stream", () => {
  test("pitfall 53: a text is written in the service's full grammar", () => {
    const usage: ChatEvent = { type: "usage", usage: { inputTokens: 3, outputTokens: 2 } };
    const frames = framesOf([begun, text("Hel"), text("lo"), finish("stop"), usage, end]);
    expect(frames.map(({ type }) => type)).toEqual([
      "response.created",
      "response.in_progress",
      "response.output_item.added",
      "response.content_part.added",
      "response.output_text.delta",
      "response.output_text.delta",
      "response.output_text.done",
      "response.content_part.done",
      "response.output_item.done",
      "response.completed",
    ]);
    expect(brokenRule(frames)).toBeUndefined();
    const item = {
      id: "msg_own_0",
      type: "message",
      status: "completed",
      role: "assistant",
      content: [{ type: "output_text", annotations: [], logprobs: [], text: "Hello" }],
    };
    expect(frames[8]).toMatchObject({ output_index: 0, item });
    expect(frames[9]?.["response"]).toMatchObject({
      id: "resp_own",
      object: "response",
      created_at: 9,
      model: "gpt-5",
      status: "completed",
      output: [item],
      usage: {
        input_tokens: 3,
        input_tokens_details: { cached_tokens: 0, cache_write_tokens: 0 },
        output_tokens: 2,
        output_tokens_details: { reasoning_tokens: 0 },
        total_tokens: 5,
      },
    });
  });

  test("pitfall 68 pitfall 70: a refusal is a part of a message, even one that came without words", () => {
    const spoken = framesOf([begun, { type: "refusal", choice: 0, text: "No." }, finish("refusal"), end]);
    expect(brokenRule(spoken)).toBeUndefined();
    expect(spoken.at(-1)).toMatchObject({
      type: "response.completed",
      response: { output: [{ content: [{ type: "refusal", refusal: "No." }] }] },
    });
    const silent = framesOf([begun, finish("refusal"), end]);
    expect(brokenRule(silent)).toBeUndefined();
    expect(silent.at(-1)).toMatchObject({
      response: { output: [{ content: [{ type: "refusal", refusal: "The model refused to answer." }] }] },
    });
    expect(framesOf([begun, finish("content_filter"), end]).at(-1)).toMatchObject({
      type: "response.incomplete",
      response: { incomplete_details: { reason: "content_filter" }, output: [] },
    });
  });

  test("an answer that was cut is incomplete, and so is its last item alone", () => {
    for (const reason of ["length", "context_full"] as const) {
      const frames = framesOf([begun, call(0), args(0, "{}"), text("Hel"), finish(reason), end]);
      expect(brokenRule(frames)).toBeUndefined();
      expect(frames.at(-1)).toMatchObject({
        type: "response.incomplete",
        response: {
          incomplete_details: { reason: "max_output_tokens" },
          output: [{ status: "completed" }, { status: "incomplete" }],
        },
      });
    }
  });

  test("pitfall 78: sources are counted in characters of their part; what has no place is left out", () => {
    const cite = (citation: object): ChatEvent => ({ type: "citation", choice: 0, citation });
    const frames = framesOf([
      begun,
      text("🙂"),
      call(0),
      args(0, "{}"),
      text("🙂ab"),
      cite({ url: "https://a", start: 4, end: 6 }),
      cite({ url: "https://b" }),
      cite({ title: "c", start: 4, end: 6 }),
      cite({ url: "https://d", start: 0, end: 2 }),
      finish("stop"),
      end,
    ]);
    expect(brokenRule(frames)).toBeUndefined();
    const annotation = { type: "url_citation", start_index: 1, end_index: 3, url: "https://a", title: "https://a" };
    expect(frames.filter(({ type }) => type === "response.output_text.annotation.added")).toMatchObject([
      { annotation },
    ]);
    expect(frames.at(-1)).toMatchObject({
      response: { output: [{}, {}, { content: [{ annotations: [annotation] }] }] },
    });
  });

  test("probabilities are said with their text when they were asked for", () => {
    const context = contextFor({ input: "x", top_logprobs: 1 });
    const tokens = [{ token: "Hi", logprob: -1, top: [{ token: "é", logprob: -2 }] }];
    const frames = framesOf(
      [begun, text("Hi"), { type: "logprobs", choice: 0, tokens }, text("!"), finish("stop"), end],
      context,
    );
    expect(brokenRule(frames)).toBeUndefined();
    const logprobs = [
      { token: "Hi", bytes: [72, 105], logprob: -1, top_logprobs: [{ token: "é", bytes: [195, 169], logprob: -2 }] },
    ];
    expect(frames.filter(({ type }) => type === "response.output_text.delta")).toMatchObject([
      { delta: "Hi", logprobs },
      { delta: "!", logprobs: [] },
    ]);
    expect(frames.at(-1)).toMatchObject({ response: { output: [{ content: [{ logprobs }] }] } });
  });

  test("the response repeats what was asked, and strict only where it was", () => {
    const tools = [
      { type: "function", name: "f" },
      { type: "custom", name: "g" },
    ];
    const fields = {
      input: "x",
      instructions: "Be brief.",
      tools,
      tool_choice: "required",
      parallel_tool_calls: false,
      temperature: 0.5,
      top_p: 0.9,
      max_output_tokens: 50,
      truncation: "auto",
      store: false,
      metadata: { a: "b" },
      previous_response_id: "resp_0",
      reasoning: { effort: "low" },
      text: { verbosity: "low" },
    };
    const { input: _, ...repeated } = fields;
    expect(framesOf([begun, end], contextFor(fields))[0]?.["response"]).toMatchObject({
      ...repeated,
      status: "in_progress",
      tools: [{ type: "function", name: "f", description: null, parameters: null, strict: false }, tools[1]],
      reasoning: { effort: "low", summary: null },
      text: { format: { type: "text" }, verbosity: "low" },
      usage: null,
      output: [],
    });
    expect(framesOf([begun, end])[0]?.["response"]).toMatchObject({
      temperature: 1,
      top_p: 1,
      tool_choice: "auto",
      tools: [],
      parallel_tool_calls: true,
      store: true,
      truncation: "disabled",
      metadata: {},
    });
  });

  test("an id of the service's own is kept; only the first choice is told", () => {
    const frames = framesOf([
      { type: "start", id: "resp_up" },
      { type: "text", choice: 1, text: "other" },
      text("a"),
      { type: "finish", choice: 1, reason: "length", raw: "x" },
      finish("stop"),
      end,
    ]);
    expect(frames.at(-1)).toMatchObject({ type: "response.completed", response: { id: "resp_up", created_at: 5 } });
    expect(JSON.stringify(frames)).not.toContain("other");
  });
});
