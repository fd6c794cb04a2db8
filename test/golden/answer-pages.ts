/** What becomes of every answer in the fixtures, whole and streamed, in each other protocol, as pages of text. */
import { readFileSync } from "node:fs";
import { Glob } from "bun";
import type { ChatEvent } from "#core/chat/event.ts";
import { GatewayError } from "#core/errors.ts";
import { codecs } from "#core/wire/codecs.ts";
import { abbreviated } from "./abbreviations.ts";
import type { GoldenPage } from "./golden-page.ts";
import {
  type ChatProtocol,
  chatProtocols,
  contextOf,
  eventsOf,
  type PairCall,
  pairCall,
  translated,
  usualModels,
} from "./pair-lane.ts";

interface AnswerFixture {
  readonly promise: string;
  readonly whole: unknown;
  /** The data of the frames. */
  readonly stream: readonly unknown[];
}

const folder = "test/golden";
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A call of each protocol that might have been answered so: with a function and, where there are any, a freeform tool. */
const callers: Readonly<Record<ChatProtocol, PairCall>> = {
  "openai-chat": pairCall(
    "openai-chat",
    '{"model":"asked","messages":[{"role":"user","content":"hi"}],"tools":[{"type":"function","function":{"name":"get_weather"}},{"type":"custom","custom":{"name":"apply_patch"}}],"stream":true,"stream_options":{"include_usage":true}}',
    {},
  ),
  "openai-responses": pairCall(
    "openai-responses",
    '{"model":"asked","store":false,"input":"hi","tools":[{"type":"namespace","name":"city","tools":[{"type":"function","name":"get_weather"}]},{"type":"custom","name":"apply_patch"}],"stream":true}',
    {},
  ),
  "anthropic-messages": pairCall(
    "anthropic-messages",
    '{"model":"asked","max_tokens":99,"messages":[{"role":"user","content":"hi"}],"tools":[{"name":"get_weather","input_schema":{"type":"object"}}],"stream":true}',
    {},
  ),
  "gemini-generate": pairCall(
    "gemini-generate",
    '{"contents":[{"role":"user","parts":[{"text":"hi"}]}],"tools":[{"functionDeclarations":[{"name":"get_weather"}]}]}',
    { model: "asked", stream: true },
  ),
};

/** A page for every answer. */
export function answerPages(): GoldenPage[] {
  return chatProtocols.flatMap((upstream) =>
    [...new Glob("*.json").scanSync(`${folder}/answers/${upstream}`)].toSorted().map((file): GoldenPage => {
      const fixture: AnswerFixture = JSON.parse(readFileSync(`${folder}/answers/${upstream}/${file}`, "utf8"));
      const others = chatProtocols.filter((caller) => caller !== upstream);
      return {
        path: `${folder}/expected/answers/${upstream}/${file.replace(".json", ".txt")}`,
        text: `${fixture.promise}\n\n${others.map((caller) => section(upstream, caller, fixture)).join("\n")}`,
      };
    }),
  );
}

function section(upstream: ChatProtocol, caller: ChatProtocol, { whole, stream }: AnswerFixture): string {
  const said = outcome(() => {
    const events = restored(upstream, caller, JSON.stringify(whole), false);
    const body = decoder.decode(codecs[caller].encodeWhole(events, contextOf(callers[caller], true)));
    return abbreviated(body);
  });
  const streamed = outcome(() => {
    const answer = stream.map((data) => frameOf(upstream, data)).join("");
    const events = restored(upstream, caller, answer, true);
    const writer = codecs[caller].createWriter(contextOf(callers[caller], true));
    const text = events.map((event) => decoder.decode(writer.event(event))).join("");
    return abbreviated(text.replaceAll("\r\n", "\n").replaceAll("\n\n", "\n").trimEnd());
  });
  return `== ${caller}, whole\n${said}\n\n== ${caller}, stream\n${streamed}\n`;
}

function outcome(write: () => string): string {
  try {
    return write();
  } catch (thrown) {
    if (!(thrown instanceof GatewayError)) throw thrown;
    return `error: ${thrown.code} ${thrown.message}`;
  }
}

/** The answer's events in the words of the caller's conversation. */
function restored(
  upstream: ChatProtocol,
  caller: ChatProtocol,
  answer: string,
  streamed: boolean,
): readonly ChatEvent[] {
  const { restore } = translated(callers[caller], upstream, usualModels[upstream]);
  // The tool in a namespace goes by both names together.
  const wired = caller === "openai-responses" ? answer.replaceAll("get_weather", "city__get_weather") : answer;
  return restore(eventsOf(upstream, encoder.encode(wired), streamed));
}

function frameOf(upstream: ChatProtocol, data: unknown): string {
  const text = typeof data === "string" ? data : JSON.stringify(data);
  switch (upstream) {
    case "openai-chat":
      return `data: ${text}\n\n`;
    case "gemini-generate":
      return `data: ${text}\r\n\r\n`;
    case "openai-responses":
    case "anthropic-messages":
      return `event: ${String(Object(data)["type"])}\ndata: ${text}\n\n`;
  }
}
