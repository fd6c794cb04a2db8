import { anthropicSpeech } from "./anthropic-speech.ts";
import { chatSpeech } from "./chat-speech.ts";
import { conversation, type Turn } from "./conversation.ts";
import { FakeUpstream, type RecordedCall } from "./fake-upstream.ts";
import { geminiSpeech } from "./gemini-speech.ts";
import { responsesSpeech } from "./responses-speech.ts";
import type { ProviderSpeech, ScriptedAnswer } from "./scripted-answer.ts";
import { cutOff, type UpstreamScript } from "./upstream-script.ts";

/** One of the four fake providers. */
export interface FakeProvider {
  /** The model to ask for: `chat-model`, `responses-model`, `anthropic-model` or `gemini-model`. */
  readonly model: string;
  /** What the routes send that model to. */
  readonly target: string;
  readonly speech: ProviderSpeech;
  readonly upstream: FakeUpstream;
  /** Sets the conversation that it holds from here on, and forgets the calls before. */
  holds(turns: readonly Turn[], aside?: ScriptedAnswer): void;
  /** Cuts off the next answer to a request with tools, in the middle. */
  interruptsOnce(): void;
  /** Calls for an answer so far. */
  readonly calls: readonly RecordedCall[];
}

/** A fake provider of each protocol; stop them, or `using`. */
export interface FourProviders extends Disposable {
  readonly all: readonly FakeProvider[];
  /** Configuration of the providers, with a route to each; `routes` are lines that follow them. */
  ini(routes?: string): string;
  of(model: string): FakeProvider;
  stop(): void;
}

interface Kind {
  readonly name: string;
  readonly speech: ProviderSpeech;
  readonly settings: string;
  /** The model behind the route, for what the catalogue knows of it. */
  readonly realModel: string;
}

const kinds: readonly Kind[] = [
  { name: "chat", speech: chatSpeech, settings: "type = openai-compatible", realModel: "gpt-4o" },
  { name: "responses", speech: responsesSpeech, settings: "type = openai\napi = responses", realModel: "gpt-5.5" },
  { name: "anthropic", speech: anthropicSpeech, settings: "type = anthropic", realModel: "claude-sonnet-4-5" },
  { name: "gemini", speech: geminiSpeech, settings: "type = gemini", realModel: "gemini-3-pro-preview" },
];

/** Names of the four models, for tables of tests. */
export const fourModels: readonly string[] = kinds.map(({ name }) => `${name}-model`);

/** Starts a provider of each of the four protocols on ports of its own. */
export function fourProviders(): FourProviders {
  const all = kinds.map(providerOf);
  const stop = (): void => {
    for (const { upstream } of all) upstream.stop();
  };
  return {
    all,
    of(model) {
      const provider = all.find((one) => one.model === model);
      if (provider === undefined) throw new Error(`no provider answers ${model}`);
      return provider;
    },
    ini(routes = "") {
      const providers = kinds.map(({ name, settings }, index) => {
        const upstream = all[index]?.upstream;
        return `[provider.${name}]\n${settings}\nbase_url = ${baseUrl(name, upstream)}\napi_key = sk-${name}-key\n`;
      });
      const lines = all.map(({ model, target }) => `${model} = ${target}\n`);
      return `${providers.join("")}[routes]\n${lines.join("")}${routes}\n`;
    },
    stop,
    [Symbol.dispose]: stop,
  };
}

function baseUrl(name: string, upstream: FakeUpstream | undefined): string {
  return (name === "anthropic" || name === "gemini" ? upstream?.origin : upstream?.url) ?? "";
}

function providerOf({ name, speech, realModel }: Kind): FakeProvider {
  const upstream = new FakeUpstream();
  let answer: (call: RecordedCall) => UpstreamScript = conversation(speech, []);
  let interrupt = false;
  upstream.script((call) => {
    const script = answer(call);
    if (!interrupt || speech.tools(call).length === 0) return script;
    interrupt = false;
    return cutOff(script);
  });
  return {
    model: `${name}-model`,
    target: `${name}/${realModel}`,
    speech,
    upstream,
    get calls() {
      return upstream.calls.filter((call) => !/count_?tokens|input_tokens/i.test(call.path));
    },
    holds(turns, aside) {
      upstream.calls.length = 0;
      interrupt = false;
      answer = conversation(speech, turns, aside);
    },
    interruptsOnce() {
      interrupt = true;
    },
  };
}
