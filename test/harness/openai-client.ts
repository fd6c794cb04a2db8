import OpenAI, { type ClientOptions } from "openai";

/** The official client pointed at a gateway; it never tries again unless `options` say so. */
export function openAiClient(gateway: { readonly url: string }, options: ClientOptions = {}): OpenAI {
  return new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: "any", maxRetries: 0, ...options });
}

/** What a promise rejects with; fails when it resolves. */
export async function rejectionOf(promise: PromiseLike<unknown>): Promise<unknown> {
  return await promise.then(
    (value) => {
      throw new Error(`Resolved with ${JSON.stringify(value)}`);
    },
    (error: unknown) => error,
  );
}
