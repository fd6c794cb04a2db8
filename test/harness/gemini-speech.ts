import {
  objectsOf,
  type ProviderSpeech,
  runsOf,
  type ScriptedAnswer,
  scriptedUsage,
  type SeenResult,
  wordsOf,
} from "./scripted-answer.ts";

const usageMetadata = {
  promptTokenCount: scriptedUsage.input,
  cachedContentTokenCount: scriptedUsage.cached,
  candidatesTokenCount: scriptedUsage.output - scriptedUsage.reasoning,
  thoughtsTokenCount: scriptedUsage.reasoning,
  totalTokenCount: scriptedUsage.input + scriptedUsage.output,
};

type Fields = Record<string, unknown>;

/** A provider of Gemini's generateContent: calls without ids, CRLF, a refusal that has no candidates. */
export const geminiSpeech: ProviderSpeech = {
  whole: (answer) => ({ body: frameOf(partsOf(answer), answer, true) }),
  stream: (answer) => {
    const pieces = partsOf(answer).flatMap(piecesOfPart);
    const frames = pieces.map((part) => frameOf([part], answer, false));
    return { lineEnd: "\r\n", events: [...frames, frameOf([{ text: "" }], answer, true)] };
  },
  failure: (status, message, headers = {}) => ({
    status,
    headers,
    body: { error: { code: status, message, status: statusWords[status] ?? "UNKNOWN", details: detailsOf(status) } },
  }),
  counted: (tokens) => ({ body: { totalTokens: tokens } }),
  isStreamed: (call) => call.path.includes(":streamGenerateContent"),
  turns: (call) => runsOf(objectsOf(call.json()["contents"]), (content) => content["role"] === "model"),
  results: (call) => objectsOf(call.json()["contents"]).flatMap((content) => resultsOf(objectsOf(content["parts"]))),
  tools: (call) =>
    objectsOf(call.json()["tools"])
      .flatMap((tool) => objectsOf(tool["functionDeclarations"] ?? tool["function_declarations"]))
      .map((declaration) => String(declaration["name"])),
};

const statusWords: Readonly<Record<number, string>> = {
  400: "INVALID_ARGUMENT",
  401: "UNAUTHENTICATED",
  403: "PERMISSION_DENIED",
  404: "NOT_FOUND",
  429: "RESOURCE_EXHAUSTED",
  500: "INTERNAL",
  503: "UNAVAILABLE",
};

function detailsOf(status: number): Fields[] {
  return status === 429 ? [{ "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: "6.4s" }] : [];
}

function frameOf(parts: readonly Fields[], answer: ScriptedAnswer, last: boolean): Fields {
  const both = { usageMetadata, modelVersion: "test-model", responseId: "gemini-1" };
  if (answer.refusal !== undefined) return { promptFeedback: { blockReason: "SAFETY" }, ...both };
  const finish = last ? { finishReason: answer.cutByLimit ? "MAX_TOKENS" : "STOP" } : {};
  return { candidates: [{ index: 0, content: { role: "model", parts }, ...finish }], ...both };
}

/** The token stands on the first call, or on the text when nothing is called. */
function partsOf({ thinking, text, calls = [] }: ScriptedAnswer): Fields[] {
  const signed = thinking === undefined ? {} : { thoughtSignature: thinking.token };
  return [
    ...(thinking === undefined || thinking.text === "" ? [] : [{ text: thinking.text, thought: true }]),
    ...(text === undefined ? [] : [{ text, ...(calls.length === 0 ? signed : {}) }]),
    ...calls.map(({ name, input }, index) => ({
      functionCall: { name, args: JSON.parse(input || "{}") },
      ...(index === 0 ? signed : {}),
    })),
  ];
}

function piecesOfPart(part: Fields): Fields[] {
  if (typeof part["text"] !== "string") return [part];
  const { text, thoughtSignature, ...rest } = part;
  const words: Fields[] = wordsOf(text).map((word) => ({ ...rest, text: word }));
  return thoughtSignature === undefined ? words : [...words, { text: "", thoughtSignature }];
}

/** Pictures stand inside the result, or as parts beside it; some clients write names in snake case. */
function resultsOf(parts: readonly Fields[]): SeenResult[] {
  const beside = parts.filter((part) => (part["inlineData"] ?? part["inline_data"]) !== undefined).length;
  const results = parts.flatMap((part) => part["functionResponse"] ?? part["function_response"] ?? []);
  return objectsOf(results).map((result, index) => ({
    text: JSON.stringify(result["response"]),
    pictures: objectsOf(result["parts"]).length + (index === 0 ? beside : 0),
  }));
}
