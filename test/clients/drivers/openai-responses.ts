import OpenAI from "openai";
import type {
  Response as Answer,
  ResponseCreateParamsNonStreaming,
  ResponseInputItem,
} from "openai/resources/responses/responses";
import { cityOf, type ClientMaker, type Told, weatherTool } from "./client-driver.ts";

/** The official `openai` client on Responses, without a store: it sends back every item that it was given. */
export const openAiResponses: ClientMaker = (origin, apiKey) => {
  const client = new OpenAI({ baseURL: `${origin}/v1`, apiKey, maxRetries: 0 });
  const create = async (
    request: ResponseCreateParamsNonStreaming,
    streamed: boolean,
  ): Promise<{ answer: Answer; pieces: number }> => {
    if (!streamed) return { answer: await client.responses.create(request), pieces: 1 };
    let pieces = 0;
    const run = client.responses.stream({ ...request, stream: true });
    run.on("response.output_text.delta", () => {
      pieces += 1;
    });
    return { answer: await run.finalResponse(), pieces };
  };
  return {
    async ask({ model, text, streamed }) {
      const { answer, pieces } = await create({ model, input: text, store: false }, streamed);
      return told(answer, pieces);
    },
    async work({ model, text, streamed }, weather) {
      const { name, description, schema } = weatherTool;
      const input: ResponseInputItem[] = [{ type: "message", role: "user", content: text }];
      for (;;) {
        const { answer, pieces } = await create(
          {
            model,
            input,
            store: false,
            include: ["reasoning.encrypted_content"],
            tools: [{ type: "function", name, description, parameters: schema, strict: false }],
          },
          streamed,
        );
        const calls = answer.output.filter((item) => item.type === "function_call");
        if (calls.length === 0) return told(answer, pieces);
        input.push(...(answer.output as ResponseInputItem[]));
        for (const call of calls) {
          const output = weather(cityOf(call.arguments));
          input.push({ type: "function_call_output", call_id: call.call_id, output });
        }
      }
    },
    isRateLimit: (error) => error instanceof OpenAI.RateLimitError,
  };
};

function told(answer: Answer, pieces: number): Told {
  return {
    text: answer.output_text,
    pieces,
    usage: { input: answer.usage?.input_tokens, output: answer.usage?.output_tokens },
  };
}
