/** Where a gateway answers. */
interface Address {
  readonly url: string;
}

/** What a call may add: headers, and a signal that hangs up. */
export interface CallOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** The shortest conversation. */
export const hello: readonly object[] = [{ role: "user", content: "Hello" }];

/** A POST of JSON; text and bytes go out as they are. Who has a signal stays until it hangs up. */
export async function postJson(url: string, body: unknown, { headers, signal }: CallOptions = {}): Promise<Response> {
  const asItIs = typeof body === "string" || body instanceof Uint8Array;
  const answer = await fetch(url, {
    method: "POST",
    body: asItIs ? body : JSON.stringify(body),
    headers: { "content-type": "application/json", ...headers },
    signal: signal ?? null,
  });
  // An answer that nobody holds is collected, and its connection closes with it: the signal holds it.
  signal?.addEventListener("abort", () => void answer.body, { once: true });
  return answer;
}

/** A chat call; `fields` replace or add to the model `test-model` and one short message. */
export function chat(gateway: Address, fields: object = {}, options: CallOptions = {}): Promise<Response> {
  return postJson(`${gateway.url}/v1/chat/completions`, { model: "test-model", messages: hello, ...fields }, options);
}

/** The same with `stream: true`. */
export function chatStream(gateway: Address, fields: object = {}, options: CallOptions = {}): Promise<Response> {
  return chat(gateway, { stream: true, ...fields }, options);
}

/** A call that says whose key it is. */
export function withKey(key: string): CallOptions {
  return { headers: { authorization: `Bearer ${key}` } };
}

/** OpenAI's error object of an answer. */
export async function errorOf(answer: Response): Promise<Record<string, unknown>> {
  return ((await answer.json()) as { error: Record<string, unknown> }).error;
}

/** The text of the first choice of a whole answer. */
export async function contentOf(answer: Response): Promise<string | undefined> {
  const body = (await answer.json()) as { choices?: readonly { message: { content: string } }[] };
  return body.choices?.[0]?.message.content;
}
