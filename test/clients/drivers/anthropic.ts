import Anthropic from "@anthropic-ai/sdk";
import { betaTool } from "@anthropic-ai/sdk/helpers/beta/json-schema";
import type { BetaUsage } from "@anthropic-ai/sdk/resources/beta/messages";
import type { Usage } from "@anthropic-ai/sdk/resources/messages";
import { cityOf, type ClientMaker, type Told, weatherTool } from "./client-driver.ts";

/**
 * The official `@anthropic-ai/sdk`: its streaming helper and its tool runner, which posts to `/v1/messages?beta=true`
 * and begins with a thread that the server is to keep.
 */
export const anthropic: ClientMaker = (origin, apiKey) => {
  const client = new Anthropic({ baseURL: origin, apiKey, maxRetries: 0 });
  return {
    async ask({ model, text, streamed }) {
      const request = { model, max_tokens: 1_000, messages: [{ role: "user" as const, content: text }] };
      if (!streamed) return told(await client.messages.create(request), 1);
      let pieces = 0;
      const run = client.messages.stream(request).on("text", () => {
        pieces += 1;
      });
      return told(await run.finalMessage(), pieces);
    },
    async work({ model, text, streamed }, weather) {
      const { name, description } = weatherTool;
      const tool = betaTool({
        name,
        description,
        inputSchema: {
          type: "object",
          properties: { city: { type: "string" }, unit: { type: "string" } },
          required: ["city"],
        },
        run: (input) => weather(cityOf(input)),
      });
      const runner = client.beta.messages.toolRunner({
        model,
        max_tokens: 1_000,
        messages: [{ role: "user", content: text }],
        tools: [tool],
        stream: streamed,
      });
      return told(await runner.runUntilDone(), 1);
    },
    isRateLimit: (error) => error instanceof Anthropic.RateLimitError,
  };
};

interface AnyMessage {
  readonly content: readonly { readonly type: string }[];
  readonly usage: Usage | BetaUsage;
}

function told({ content, usage }: AnyMessage, pieces: number): Told {
  const text = content.map((block) => ("text" in block ? String(block.text) : "")).join("");
  const input = usage.input_tokens + (usage.cache_read_input_tokens ?? 0) + (usage.cache_creation_input_tokens ?? 0);
  return { text, pieces, usage: { input, output: usage.output_tokens } };
}
