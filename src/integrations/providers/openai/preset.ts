/** OpenAI itself: an OpenAI-compatible provider at this address, with the key as a bearer token. */
export const openAiPreset = {
  type: "openai",
  baseUrl: "https://api.openai.com/v1",
  authHeader: "authorization",
} as const;
