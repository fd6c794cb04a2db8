/** Where OpenAI itself is spoken to, unless `base_url` says otherwise. */
export const openAiBaseUrl = "https://api.openai.com/v1";
