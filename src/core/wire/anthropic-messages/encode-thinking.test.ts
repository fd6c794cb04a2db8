import { expect, test } from "bun:test";
import fc from "fast-check";
import type { ModelFacts, ReasoningControl } from "#core/catalog/model-facts.ts";
import type { Effort, Message, ToolCallPart } from "#core/chat/request.ts";
import { adaptiveFacts, ableFacts, encoded } from "#core/wire/anthropic-messages/messages.test-data.ts";
import { recordOf } from "#core/wire/json-value.ts";

const withControl = (reasoning: ReasoningControl): ModelFacts => ({ ...ableFacts, reasoning });
const bothFacts = withControl({ by: "adaptive", levels: ["low", "medium", "high"], budgets: true });
const unthinking = withControl({ by: "none" });
const efforts: readonly Effort[] = ["none", "minimal", "low", "medium", "high", "xhigh", "max"];
const call: ToolCallPart = { type: "tool-call", id: "a", name: "f", form: "function", argumentsText: "{}" };
const user: Message = { role: "user", parts: [{ type: "text", text: "hi" }] };
const answered: Message = { role: "tool", parts: [{ type: "tool-result", callId: "a", parts: [] }] };

test("an effort is a budget for models that go by one", () => {
  const budgetOf = (effort: Effort): unknown => encoded({ reasoning: { effort } }).body["thinking"];
  expect(efforts.map(budgetOf)).toEqual([
    { type: "disabled" },
    ...[1024, 2048, 8192, 16_384, 24_576, 31_999].map((budget) => ({ type: "enabled", budget_tokens: budget })),
  ]);
});

test("an effort is a level for models that decide themselves, the nearest they have", () => {
  expect(encoded({ reasoning: { effort: "xhigh" } }, adaptiveFacts)).toMatchObject({
    body: { thinking: { type: "adaptive" }, output_config: { effort: "xhigh" } },
    notes: [],
  });
  expect(encoded({ reasoning: { effort: "max" } }, bothFacts)).toMatchObject({
    body: { output_config: { effort: "high" } },
    notes: ["reasoning_effort"],
  });
  expect(encoded({ reasoning: { effort: "minimal" } }, adaptiveFacts)).toMatchObject({
    body: { output_config: { effort: "low" } },
    notes: [],
  });
});

test("pitfall 47 a model that always thinks thinks as little as it can when it should not, and says so", () => {
  expect(encoded({ reasoning: { effort: "none" } }, adaptiveFacts)).toMatchObject({
    body: { output_config: { effort: "low" } },
    notes: ["reasoning_effort"],
  });
  expect(encoded({ reasoning: { effort: "none" } }, adaptiveFacts).body).not.toHaveProperty("thinking");
  const silent = withControl({ by: "adaptive", levels: ["none", "low", "high"], budgets: false });
  expect(encoded({ reasoning: { effort: "none" } }, silent)).toMatchObject({
    body: { thinking: { type: "disabled" } },
    notes: [],
  });
});

test("a budget is a level where the model takes none, and stays one where it does", () => {
  expect(encoded({ reasoning: { budgetTokens: 16_000 } }, adaptiveFacts).body).toMatchObject({
    thinking: { type: "adaptive" },
    output_config: { effort: "high" },
  });
  expect(encoded({ reasoning: { budgetTokens: 16_000 } }, bothFacts).body).toMatchObject({
    thinking: { type: "enabled", budget_tokens: 16_000 },
  });
});

test("whether thoughts are shown is told to models that decide themselves", () => {
  const shownAs = (visible: boolean): unknown =>
    encoded({ reasoning: { adaptive: true, visible } }, adaptiveFacts).body["thinking"];
  expect([true, false].map(shownAs)).toEqual([
    { type: "adaptive", display: "summarized" },
    { type: "adaptive", display: "omitted" },
  ]);
});

test("pitfall 46: a limit without room for thinking switches it off, and a small one makes it small", () => {
  expect(encoded({ maxOutputTokens: 500, reasoning: { effort: "high" } })).toMatchObject({
    body: { max_tokens: 500 },
    notes: ["reasoning_effort"],
  });
  expect(encoded({ maxOutputTokens: 500, reasoning: { effort: "high" } }).body["thinking"]).toBeUndefined();
  expect(encoded({ maxOutputTokens: 2000, reasoning: { budgetTokens: 31_999 } })).toMatchObject({
    body: { thinking: { budget_tokens: 1999 } },
    notes: ["reasoning_budget"],
  });
});

test("pitfall 46, 47: every wish and limit gives a budget from 1024 up to below the limit, or none", () => {
  const facts = fc.constantFrom(ableFacts, adaptiveFacts, bothFacts, unthinking);
  const limit = fc.option(fc.nat({ max: 70_000 }), { nil: undefined });
  const budget = fc.option(fc.integer({ min: -1, max: 200_000 }), { nil: undefined });
  fc.assert(
    fc.property(facts, limit, budget, fc.constantFrom(...efforts), (model, maxOutputTokens, budgetTokens, effort) => {
      const { body } = encoded(
        {
          reasoning: budgetTokens === undefined ? { effort } : { budgetTokens },
          ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
        },
        model,
      );
      const thinking = recordOf(body["thinking"]);
      if (thinking?.["type"] === "enabled") {
        expect(thinking["budget_tokens"]).toBeGreaterThanOrEqual(1024);
        expect(thinking["budget_tokens"]).toBeLessThan(Number(body["max_tokens"]));
      }
      const level = recordOf(body["output_config"])?.["effort"];
      if (level !== undefined) {
        expect(model.reasoning.by === "adaptive" ? model.reasoning.levels : []).toContain(level as Effort);
      }
    }),
  );
});

test("a model that does not think is not told to, and the wish is noted", () => {
  expect(encoded({ reasoning: { effort: "high" } }, unthinking)).toMatchObject({ notes: ["reasoning_effort"] });
  expect(encoded({ reasoning: { effort: "none" } }, unthinking)).toMatchObject({ notes: [] });
  expect(encoded({ reasoning: { adaptive: true } }, unthinking)).toMatchObject({ notes: ["reasoning_effort"] });
  expect(encoded({ reasoning: { budgetTokens: 2000 } }, unthinking)).toMatchObject({ notes: ["reasoning_budget"] });
});

test("a forced call stays forced and drops thinking by budget", () => {
  const tools = [{ kind: "function", name: "f" }] as const;
  const { body, notes } = encoded({ tools, toolChoice: { type: "required" }, reasoning: { effort: "high" } });
  expect(body["tool_choice"]).toEqual({ type: "any" });
  expect(body["thinking"]).toBeUndefined();
  expect(notes).toEqual(["reasoning_effort"]);
});

test("calls of this turn that were made without thinking go on without it, signed ones with it", () => {
  const wish = { reasoning: { effort: "low" } } as const;
  const unsigned: Message = { role: "assistant", parts: [call] };
  const signed: Message = {
    role: "assistant",
    parts: [{ type: "reasoning", text: "", token: { kind: "signature", data: "s" } }, call],
  };
  expect(encoded({ ...wish, messages: [user, unsigned, answered] }).body["thinking"]).toBeUndefined();
  expect(encoded({ ...wish, messages: [user, signed, answered] }).body["thinking"]).toBeDefined();
  expect(encoded({ ...wish, messages: [user, unsigned, answered, user] }).body["thinking"]).toBeUndefined();
  const later: Message = { role: "assistant", parts: [{ type: "text", text: "Done." }] };
  expect(encoded({ ...wish, messages: [user, unsigned, answered, later, user] }).body["thinking"]).toBeDefined();
});

test("beside thinking no sampling is sent, and a temperature of 1 is what it is anyway", () => {
  const wish = { reasoning: { effort: "low" } } as const;
  const cold = encoded({ ...wish, temperature: 0, topK: 3 });
  expect(cold.body).not.toContainAnyKeys(["temperature", "top_k"]);
  expect(cold.notes).toEqual(["temperature", "top_k"]);
  expect(encoded({ ...wish, temperature: 1 }).notes).toEqual([]);
});
