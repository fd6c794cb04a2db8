import { expect, test } from "bun:test";
import { checkToolLoop, type ToolLoopLimits } from "#core/agent/tool-loop.ts";
import { plainChat } from "#core/chat/plain-chat.test-data.ts";
import type { Message } from "#core/chat/request.ts";
import { GatewayError } from "#core/errors.ts";

let made = 0;

/** One turn of an agent: a call and its result. */
function turn(argumentsText: string, answer: string, name: string = "f"): Message[] {
  made += 1;
  const id = `call_${made}`;
  return [
    { role: "assistant", parts: [{ type: "tool-call", id, name, form: "function", argumentsText }] },
    { role: "tool", parts: [{ type: "tool-result", callId: id, parts: [{ type: "text", text: answer }] }] },
  ];
}

function user(text: string): Message {
  return { role: "user", parts: [{ type: "text", text }] };
}

function refusal(messages: readonly Message[], limits: ToolLoopLimits): GatewayError | undefined {
  const request = plainChat({ messages });
  try {
    checkToolLoop(request, limits);
    return undefined;
  } catch (thrown) {
    if (thrown instanceof GatewayError) return thrown;
    throw thrown;
  }
}

const atMost = (maxIterations: number): ToolLoopLimits => ({ maxIterations, duplicateDetection: false });
const noRepeats: ToolLoopLimits = { duplicateDetection: true };

test("an agent may take as many turns with calls as the limit says, not one more", () => {
  const rounds = [user("go"), ...turn("1", "a"), ...turn("2", "b")];
  expect(refusal(rounds, atMost(2))).toBeUndefined();
  const error = refusal([...rounds, ...turn("3", "c")], atMost(2));
  expect(error).toMatchObject({
    code: "invalid_request",
    details: { rule: "max_iterations", iterations: 3, max_iterations: 2 },
  });
  expect(error?.message).toContain("limit of 2");
});

test("what a person says begins the count anew; reminders and pictures of results do not", () => {
  const picture = { type: "media", kind: "image", source: { type: "url", url: "https://x" }, path: "" } as const;
  const reminder = user("<system-reminder>tick</system-reminder>");
  const rounds = [user("go"), ...turn("1", "a"), reminder, ...turn("2", "b")];
  const shown: Message = { role: "user", parts: [picture] };
  expect(refusal([...rounds, shown], atMost(1))).toBeDefined();
  expect(refusal([...rounds, user("and now?")], atMost(1))).toBeUndefined();
  expect(refusal([user("go"), ...turn("1", "a"), user("and?"), shown, ...turn("2", "b")], atMost(1))).toBeUndefined();
});

test("parallel calls are one turn, also when they are written as several messages", () => {
  const [first, firstResult] = turn("1", "a");
  const [second, secondResult] = turn("2", "b");
  const messages = [user("go"), first, second, firstResult, secondResult].filter((message) => message !== undefined);
  expect(refusal(messages, atMost(1))).toBeUndefined();
});

test("the same call with the same result three times in a row is refused, however its arguments are written", () => {
  const same = [user("go"), ...turn('{"a":1,"b":2}', "no"), ...turn('{ "b": 2, "a": 1 }', "no")];
  expect(refusal(same, noRepeats)).toBeUndefined();
  const error = refusal([...same, ...turn('{"a":1,"b":2}', "no")], noRepeats);
  expect(error).toMatchObject({ code: "invalid_request", details: { rule: "duplicate_detection", tool: "f" } });
});

test("another result, another call or another person in between is no loop", () => {
  const call = (): Message[] => turn("{}", "no");
  expect(refusal([user("go"), ...call(), ...call(), ...turn("{}", "yes")], noRepeats)).toBeUndefined();
  expect(refusal([user("go"), ...call(), ...call(), ...turn("{}", "no", "g")], noRepeats)).toBeUndefined();
  expect(refusal([user("go"), ...call(), ...call(), ...turn('{"x":1}', "no"), ...call()], noRepeats)).toBeUndefined();
  expect(refusal([user("go"), ...call(), ...call(), user("again"), ...call()], noRepeats)).toBeUndefined();
  expect(
    refusal([user("go"), ...turn("bad json", "a"), ...turn("bad json", "a"), ...turn("bad", "a")], noRepeats),
  ).toBeUndefined();
});

test("nothing is refused where nothing is limited", () => {
  const rounds = Array.from({ length: 50 }, () => turn("{}", "no")).flat();
  expect(refusal(rounds, { duplicateDetection: false })).toBeUndefined();
});
