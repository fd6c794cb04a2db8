import { createAnthropic } from "@ai-sdk/anthropic";
import { createGoogleGenerativeAI } from "@ai-sdk/google";
import { createOpenAI } from "@ai-sdk/openai";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import {
  APICallError,
  generateText,
  isStepCount,
  jsonSchema,
  type LanguageModel,
  type LanguageModelUsage,
  RetryError,
  streamText,
  tool,
  type ToolSet,
} from "ai";
import { type ClientMaker, type Question, type Told, type Weather, weatherTool } from "./client-driver.ts";

// Its warnings about model names that it does not know are not what the tests are about.
Object.assign(globalThis, { AI_SDK_LOG_WARNINGS: false });

type ModelMaker = (origin: string, apiKey: string) => (model: string) => LanguageModel;

/** The AI SDK with a provider package; it runs tools by itself. */
const withModels =
  (makeModels: ModelMaker): ClientMaker =>
  (origin, key) => {
    const models = makeModels(origin, key);
    return {
      ask: (question) => hear(models, question, {}),
      work: (question, weather) => hear(models, question, toolsOf(weather)),
      isRateLimit: (error) => rateLimited(RetryError.isInstance(error) ? error.lastError : error),
    };
  };

/** The AI SDK on each of the four protocols; chat completions by the package for servers alike. */
export const aiSdk: Readonly<Record<string, ClientMaker>> = {
  "chat completions": withModels((origin, apiKey) => {
    const provider = createOpenAICompatible({ name: "gateway", baseURL: `${origin}/v1`, apiKey, includeUsage: true });
    return (model) => provider(model);
  }),
  "OpenAI chat": withModels((origin, apiKey) => {
    const provider = createOpenAI({ baseURL: `${origin}/v1`, apiKey });
    return (model) => provider.chat(model);
  }),
  Responses: withModels((origin, apiKey) => {
    const provider = createOpenAI({ baseURL: `${origin}/v1`, apiKey });
    return (model) => provider.responses(model);
  }),
  Messages: withModels((origin, apiKey) => createAnthropic({ baseURL: `${origin}/v1`, apiKey })),
  Gemini: withModels((origin, apiKey) => createGoogleGenerativeAI({ baseURL: `${origin}/v1beta`, apiKey })),
};

function toolsOf(weather: Weather): ToolSet {
  const inputSchema = jsonSchema<{ city: string }>({
    type: "object",
    properties: { city: { type: "string" }, unit: { type: "string" } },
    required: ["city"],
  });
  const { name, description } = weatherTool;
  return { [name]: tool({ description, inputSchema, execute: ({ city }) => weather(city) }) };
}

async function hear(
  models: (model: string) => LanguageModel,
  { model, text, streamed }: Question,
  tools: ToolSet,
): Promise<Told> {
  const request = { model: models(model), prompt: text, tools, stopWhen: isStepCount(5), maxRetries: 0 };
  if (!streamed) {
    const answer = await generateText(request);
    return told(answer.text, 1, answer.usage);
  }
  let pieces = 0;
  const answer = streamText({ ...request, onError: () => undefined });
  for await (const part of answer.fullStream) {
    if (part.type === "error") throw part.error;
    if (part.type === "text-delta") pieces += 1;
  }
  return told(await answer.text, pieces, await answer.usage);
}

function told(text: string, pieces: number, usage: LanguageModelUsage): Told {
  return { text, pieces, usage: { input: usage.inputTokens, output: usage.outputTokens } };
}

function rateLimited(error: unknown): boolean {
  return APICallError.isInstance(error) && error.statusCode === 429;
}
