import OpenAI from "openai";
import type { ChatCompletionMessageParam } from "openai/resources/chat/completions";
import { cityOf, type ClientMaker, type Told, type Weather, weatherTool } from "./client-driver.ts";

/** The official `openai` client on chat completions: its streaming helper and its tool runner. */
export const openAiChat: ClientMaker = (origin, apiKey) => {
  const client = new OpenAI({ baseURL: `${origin}/v1`, apiKey, maxRetries: 0 });
  const ask = (text: string): ChatCompletionMessageParam[] => [{ role: "user", content: text }];
  return {
    async ask({ model, text, streamed }) {
      const messages = ask(text);
      if (!streamed) return told(await client.chat.completions.create({ model, messages }), 1);
      let pieces = 0;
      const run = client.chat.completions.stream({ model, messages, stream_options: { include_usage: true } });
      run.on("content", () => {
        pieces += 1;
      });
      return told(await run.finalChatCompletion(), pieces);
    },
    async work({ model, text, streamed }, weather) {
      const messages = ask(text);
      const tools = [runnable(weather)] as const;
      const runner = streamed
        ? client.chat.completions.runTools({ model, messages, tools, stream: true })
        : client.chat.completions.runTools({ model, messages, tools });
      return told(await runner.finalChatCompletion(), 1);
    },
    isRateLimit: (error) => error instanceof OpenAI.RateLimitError,
  };
};

function runnable(weather: Weather) {
  const { name, description } = weatherTool;
  const jsonSchema: Record<string, unknown> = weatherTool.schema;
  const run = (input: unknown): string => weather(cityOf(input));
  return {
    type: "function" as const,
    function: { name, description, parameters: jsonSchema, parse: JSON.parse, function: run },
  };
}

function told(answer: OpenAI.ChatCompletion, pieces: number): Told {
  const { usage } = answer;
  return {
    text: answer.choices[0]?.message.content ?? "",
    pieces,
    usage: { input: usage?.prompt_tokens, output: usage?.completion_tokens },
  };
}
