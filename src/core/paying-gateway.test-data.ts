import type { ChatRequest } from "#core/chat/request.ts";
import type { RequestId } from "#core/effects/ids.ts";
import type { Purse } from "#core/budgets/purse.test-data.ts";
import type { Settlement } from "#core/ledger/settlement.ts";
import type { ModelCall } from "#core/model-call.ts";
import { bench } from "#core/test-gateway.ts";

const bytes = new Uint8Array(100);

/** A bench whose calls are paid out of a purse, and which keeps what goes into the books; its call allows 20 tokens of answer. */
export function paying(purse: Purse, answers: Parameters<typeof bench>[0], options: Parameters<typeof bench>[3] = {}) {
  const settled: Settlement[] = [];
  const record = async (settlement: Settlement): Promise<void> => {
    purse.settle(settlement);
    settled.push(settlement);
  };
  const scene = bench(answers, [], 0, { budgets: purse, record, ...options });
  return { ...scene, settled, call: allowing(scene.call, 20) };
}

/** The call with another limit of its answer, and a body of 100 bytes. */
export function allowing(call: ModelCall, maxOutputTokens: number | undefined, requestId = "req_1"): ModelCall {
  if (call.request.operation !== "chat") throw new Error("a chat call is expected");
  const { maxOutputTokens: _, ...chat } = call.request.chat;
  const limited: ChatRequest = maxOutputTokens === undefined ? chat : { ...chat, maxOutputTokens };
  const id = requestId as RequestId;
  return { ...call, requestId: id, body: { ...call.body, bytes }, request: { operation: "chat", chat: limited } };
}

/** What that call can cost at most: 76 tokens of input (10 by estimate, 1.15 times, and 64), 20 of output at two nano-dollars each. */
export const worstNanos = 76n + 40n;
