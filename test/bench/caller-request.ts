import type { Answer, Fields, Sketch } from "../harness/wires/wire.ts";
import { objectSchema } from "../harness/wires/wire.ts";
import type { ScriptedAnswer } from "../harness/scripted-answer.ts";
import { type WireName, wires } from "./four-wires.ts";

/** A call of one protocol. */
export interface CallerCall {
  readonly client: WireName;
  readonly model: string;
  readonly streamed: boolean;
  /** A question, or a conversation of about a megabyte in which 20 tools were used 275 times. */
  readonly conversation: "short" | "long";
}

const turns = 275;
const toolCount = 20;
const spoken = "The quick brown fox jumps over the lazy dog, and then it says so in a few more words. ";

/** The body of a call. */
export function callerBody({ client, model, streamed, conversation }: CallerCall): string {
  const body = conversation === "short" ? shortTalk(client) : longTalk(client);
  return JSON.stringify(wires[client].wire.sent(body, model, streamed));
}

/** The bytes of a call over HTTP/1.1. */
export function callerRequest(key: string, call: CallerCall): Buffer {
  const body = Buffer.from(callerBody(call));
  const path = wires[call.client].wire.path(call.model, call.streamed);
  const head = `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer ${key}\r\n`;
  const type = `content-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head + type), body]);
}

function shortTalk(client: WireName): Fields {
  const text = "Say hello in a friendly way, in one sentence, please.";
  return wires[client].wire.begin({ system: "You are a helpful assistant.", text });
}

function longTalk(client: WireName): Fields {
  const { wire } = wires[client];
  let body = wire.begin({ system: spoken.repeat(100), text: "Tidy up this project.", tools: tools() });
  for (let turn = 0; turn < turns; turn += 1) {
    const answer = told(client, {
      text: `Step ${turn}: ${spoken.repeat(6)}`,
      calls: [{ id: `call_${turn}`, name: `tool_${turn % toolCount}`, input: JSON.stringify(callInput(turn)) }],
    });
    const results = answer.calls.map((call) => ({ call, text: `Line ${turn}\n${spoken.repeat(30)}` }));
    body = wire.goOn(body, answer, { results, ...(turn % 8 === 7 ? { text: `Go on with ${turn}.` } : {}) });
  }
  return body;
}

function told(client: WireName, answer: ScriptedAnswer): Answer {
  const { wire, speech } = wires[client];
  return wire.whole(JSON.parse(JSON.stringify(speech.whole(answer).body)));
}

function callInput(turn: number): object {
  return { path: `src/part-${turn}/file.ts`, offset: turn, text: spoken.repeat(3) };
}

function tools(): Sketch[] {
  const schema = objectSchema({
    path: { type: "string", description: spoken },
    offset: { type: "integer", minimum: 0 },
    text: { type: "string", description: spoken },
  });
  return Array.from({ length: toolCount }, (_, index) => ({ name: `tool_${index}`, schema }));
}
