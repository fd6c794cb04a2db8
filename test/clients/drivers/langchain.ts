import { ChatAnthropic } from "@langchain/anthropic";
import type { BaseChatModel } from "@langchain/core/language_models/chat_models";
import {
  type AIMessageChunk,
  type BaseMessage,
  HumanMessage,
  ToolMessage,
  type UsageMetadata,
} from "@langchain/core/messages";
import { ChatGoogleGenerativeAI } from "@langchain/google-genai";
import { ChatOpenAI } from "@langchain/openai";
import { cityOf, type ClientMaker, type Question, type Told, type Weather, weatherTool } from "./client-driver.ts";

type ModelMaker = (origin: string, apiKey: string, model: string) => BaseChatModel;

/** LangChain: `invoke` and `stream`, the tools bound, their results sent as tool messages. */
const withModels =
  (makeModel: ModelMaker): ClientMaker =>
  (origin, key) => ({
    ask: (question) => converse(makeModel(origin, key, question.model), question),
    work: (question, weather) => converse(makeModel(origin, key, question.model), question, weather),
    isRateLimit: (error) => JSON.stringify(error).includes("429") || /\b429\b/.test(String(error)),
  });

/** LangChain on each of the four protocols. */
export const langChain: Readonly<Record<string, ClientMaker>> = {
  "chat completions": withModels(
    (origin, apiKey, model) =>
      new ChatOpenAI({ model, apiKey, configuration: { baseURL: `${origin}/v1` }, maxRetries: 0 }),
  ),
  Responses: withModels(
    (origin, apiKey, model) =>
      new ChatOpenAI({
        model,
        apiKey,
        configuration: { baseURL: `${origin}/v1` },
        maxRetries: 0,
        useResponsesApi: true,
        zdrEnabled: true,
      }),
  ),
  Messages: withModels(
    (origin, anthropicApiKey, model) =>
      new ChatAnthropic({ model, anthropicApiKey, anthropicApiUrl: origin, maxRetries: 0, maxTokens: 1_000 }),
  ),
  Gemini: withModels(
    (origin, apiKey, model) => new ChatGoogleGenerativeAI({ model, apiKey, baseUrl: origin, maxRetries: 0 }),
  ),
};

interface Answered {
  readonly text: string;
  readonly usage_metadata?: UsageMetadata | undefined;
}

async function converse(model: BaseChatModel, { text, streamed }: Question, weather?: Weather): Promise<Told> {
  const { name, description, schema } = weatherTool;
  const tools = [{ type: "function", function: { name, description, parameters: schema } }];
  if (weather !== undefined && model.bindTools === undefined) throw new Error("the model takes no tools");
  const bound = weather === undefined ? model : (model.bindTools?.(tools) ?? model);
  const messages: BaseMessage[] = [new HumanMessage(text)];
  for (;;) {
    let pieces = 1;
    let answer: AIMessageChunk | undefined;
    if (streamed) {
      pieces = 0;
      for await (const chunk of await bound.stream(messages)) {
        pieces += chunk.text === "" ? 0 : 1;
        answer = answer === undefined ? chunk : answer.concat(chunk);
      }
    } else answer = await bound.invoke(messages);
    if (answer === undefined) throw new Error("the stream was empty");
    const calls = answer.tool_calls ?? [];
    if (weather === undefined || calls.length === 0) return told(answer, pieces);
    messages.push(answer);
    for (const call of calls) {
      messages.push(
        new ToolMessage({ content: weather(cityOf(call.args)), tool_call_id: call.id ?? "", name: call.name }),
      );
    }
  }
}

function told({ text, usage_metadata: usage }: Answered, pieces: number): Told {
  return { text, pieces, usage: { input: usage?.input_tokens, output: usage?.output_tokens } };
}
