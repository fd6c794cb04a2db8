import {
  ApiError,
  type Content,
  type GenerateContentParameters,
  type GenerateContentResponseUsageMetadata,
  GoogleGenAI,
  type Part,
} from "@google/genai";
import { cityOf, type ClientMaker, type Told, weatherTool } from "./client-driver.ts";

interface Heard {
  readonly parts: readonly Part[];
  readonly pieces: number;
  readonly usage: GenerateContentResponseUsageMetadata | undefined;
}

/** The official `@google/genai`, which calls `/v1/models/...` by default; the model's parts go back as they came. */
export const googleGenAi: ClientMaker = (origin, apiKey) => {
  const { models } = new GoogleGenAI({ apiKey, httpOptions: { baseUrl: origin } });
  const hear = async (request: GenerateContentParameters, streamed: boolean): Promise<Heard> => {
    const answers = streamed ? await models.generateContentStream(request) : [await models.generateContent(request)];
    const parts: Part[] = [];
    let pieces = 0;
    let usage: GenerateContentResponseUsageMetadata | undefined;
    let finish: string | undefined;
    for await (const answer of answers) {
      const [candidate] = answer.candidates ?? [];
      parts.push(...(candidate?.content?.parts ?? []));
      pieces += candidate?.content?.parts?.some((part) => part.text && !part.thought) ? 1 : 0;
      usage = answer.usageMetadata ?? usage;
      finish = candidate?.finishReason ?? finish;
    }
    // This client takes a stream that just stops for a whole one: only the missing reason tells.
    if (finish === undefined) throw new Error("the answer has no finishReason");
    return { parts, pieces, usage };
  };
  return {
    async ask({ model, text, streamed }) {
      return told(await hear({ model, contents: text }, streamed));
    },
    async work({ model, text, streamed }, weather) {
      const { name, description, schema } = weatherTool;
      const config = { tools: [{ functionDeclarations: [{ name, description, parametersJsonSchema: schema }] }] };
      const contents: Content[] = [{ role: "user", parts: [{ text }] }];
      for (;;) {
        const heard = await hear({ model, contents, config }, streamed);
        const calls = heard.parts.flatMap(({ functionCall }) => (functionCall === undefined ? [] : [functionCall]));
        if (calls.length === 0) return told(heard);
        contents.push({ role: "model", parts: [...heard.parts] });
        const results = calls.map((call) => ({
          functionResponse: {
            ...(call.id === undefined ? {} : { id: call.id }),
            name: call.name ?? "",
            response: { output: weather(cityOf(call.args)) },
          },
        }));
        contents.push({ role: "user", parts: results });
      }
    },
    isRateLimit: (error) => error instanceof ApiError && error.status === 429,
  };
};

function told({ parts, pieces, usage }: Heard): Told {
  const output = (usage?.candidatesTokenCount ?? 0) + (usage?.thoughtsTokenCount ?? 0);
  return {
    text: parts.map((part) => (part.thought ? "" : (part.text ?? ""))).join(""),
    pieces,
    usage: { input: usage?.promptTokenCount, output },
  };
}
