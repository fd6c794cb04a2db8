/** Every pair of real protocols: what must hold whoever asks whom. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { createCatalog } from "#core/catalog/catalog.ts";
import type { ChatRequest, Message, Part } from "#core/chat/request.ts";
import { callOf } from "#core/translation/lane.test-data.ts";
import { translate } from "#core/translation/translate.ts";
import type { Codec } from "#core/wire/codec.ts";
import { codecs } from "#core/wire/codecs.ts";
import { authorDialect } from "#core/wire/dialect.ts";
import { GatewayError } from "#core/errors.ts";
import { recordOf } from "#core/wire/json-value.ts";
import { wrapToken } from "#core/wire/opaque-token.ts";

const spoken = [
  codecs["openai-chat"],
  codecs["openai-responses"],
  codecs["anthropic-messages"],
  codecs["gemini-generate"],
];
const models: Readonly<Record<string, string>> = {
  "openai-chat": "gpt-4o",
  "openai-responses": "gpt-5.5",
  "anthropic-messages": "claude-sonnet-4-5",
  "gemini-generate": "gemini-3.8-flash",
};
const conversationFields: readonly string[] = ["messages", "input", "contents"];
const catalog = createCatalog();

function bodyOf(caller: Codec, provider: Codec, chat: Partial<ChatRequest>): string {
  const model = models[provider.protocol] ?? "m";
  const call = callOf(chat, { protocol: caller.protocol, upstreamProtocol: provider.protocol });
  const target = { model, facts: catalog.factsOf(model), dialect: authorDialect, provider: "p" };
  return new TextDecoder().decode(translate(provider, caller, call, target).body);
}

/** The body up to the end of the conversation's last turn. */
function prefixOf(body: string): string {
  const fields = recordOf(JSON.parse(body)) ?? {};
  const field = conversationFields.find((name) => name in fields) ?? "";
  const written = `"${field}":${JSON.stringify(fields[field])}`;
  const at = body.indexOf(written);
  expect(at).toBeGreaterThanOrEqual(0);
  return body.slice(0, at + written.length - 1);
}

const said = (text: string): Part => ({ type: "text", text });

/** One turn of an agent, complete with its results. */
const agentTurn: fc.Arbitrary<(turn: number) => readonly Message[]> = fc
  .record({
    text: fc.option(fc.constantFrom("Let me see.", "Ünïcode 😀"), { nil: undefined }),
    thought: fc.option(fc.constantFrom("encrypted", "signature", "thought"), { nil: undefined }),
    calls: fc.array(fc.constantFrom("read.file", "mcp__x", "x".repeat(80)), { maxLength: 3 }),
    answered: fc.boolean(),
    reminder: fc.boolean(),
    custom: fc.boolean(),
  })
  .map(({ text, thought, calls, answered, reminder, custom }) => (turn) => {
    const token = thought && { kind: thought, data: wrapToken({ provider: "p", kind: thought, data: "c2ln" }) };
    const form = custom ? "custom" : "function";
    const ids = calls.map((_, index) => `call_${turn}_${index}`);
    const parts: Part[] = [
      ...(token === undefined ? [] : [{ type: "reasoning", text: "hm", token } as const]),
      said(text ?? "Well."),
      ...calls.map((name, index): Part => {
        return { type: "tool-call", id: ids[index] ?? "", name, form, argumentsText: custom ? "raw" : '{"a":1}' };
      }),
    ];
    const results = ids.slice(answered ? 0 : 1).map((callId): Part => {
      return { type: "tool-result", callId, parts: [{ type: "text", text: `result ${callId}` }] };
    });
    return [
      { role: "assistant", parts },
      ...(reminder ? [{ role: "system", parts: [said("It is late.")] } as const] : []),
      ...(results.length === 0 ? [] : [{ role: "tool", parts: results } as const]),
      ...(results.length === 0 || reminder ? [{ role: "user", parts: [said(`more ${turn}`)] } as const] : []),
    ];
  });

const beginning: readonly Message[] = [
  { role: "system", parts: [said("Be kind.")] },
  { role: "user", parts: [said("Begin.")] },
];

test("pitfall 37, T-14: a conversation that grew keeps the bytes of what came before, for every pair", () => {
  const tools = [{ kind: "function", name: "read.file", parameters: { type: "object", properties: {} } } as const];
  fc.assert(
    fc.property(fc.array(agentTurn, { minLength: 1, maxLength: 4 }), agentTurn, (turns, last) => {
      const shorter = [...beginning, ...turns.flatMap((turn, index) => turn(index))];
      const longer = [...shorter, ...last(turns.length)];
      for (const caller of spoken) {
        for (const provider of spoken) {
          const prefix = prefixOf(bodyOf(caller, provider, { messages: shorter, tools }));
          const grown = bodyOf(caller, provider, { messages: longer, tools });
          expect(grown.slice(0, prefix.length)).toBe(prefix);
        }
      }
    }),
    { numRuns: 60 },
  );
});

test("pitfall 37: the same conversation gives the same bytes, whoever asks", () => {
  fc.assert(
    fc.property(fc.array(agentTurn, { maxLength: 3 }), (turns) => {
      const messages = [...beginning, ...turns.flatMap((turn, index) => turn(index))];
      for (const caller of spoken) {
        for (const provider of spoken) {
          expect(bodyOf(caller, provider, { messages })).toBe(bodyOf(caller, provider, { messages }));
        }
      }
    }),
    { numRuns: 20 },
  );
});

test("a conversation that ends with the assistant is refused by the caller's own name for it", () => {
  const target = { model: "m", facts: catalog.factsOf("claude-opus-4-8"), dialect: authorDialect, provider: "p" };
  const messages: readonly Message[] = [...beginning, { role: "assistant", parts: [said("Well,")] }];
  const refused = spoken.map((caller): unknown => {
    const call = callOf({ messages }, { protocol: caller.protocol, upstreamProtocol: "anthropic-messages" });
    try {
      return translate(codecs["anthropic-messages"], caller, call, target);
    } catch (thrown) {
      return thrown instanceof GatewayError ? thrown.details["field"] : thrown;
    }
  });
  expect(refused).toEqual(["messages", "input", "messages", "contents"]);
});

test("property: no call, result or text is lost on the way to any provider", () => {
  fc.assert(
    fc.property(fc.array(agentTurn, { minLength: 1, maxLength: 4 }), (turns) => {
      const messages = [...beginning, ...turns.flatMap((turn, index) => turn(index))];
      const results = messages.flatMap(({ parts }) => parts.filter(({ type }) => type === "tool-result"));
      for (const provider of spoken) {
        const body = bodyOf(codecs["openai-responses"], provider, { messages });
        for (const result of results)
          expect(body).toContain(result.type === "tool-result" ? `result ${result.callId}` : "");
        for (const text of ["Be kind.", "Begin."]) expect(body).toContain(text);
      }
    }),
    { numRuns: 30 },
  );
});
