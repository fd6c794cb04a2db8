import type { Digest } from "#core/effects/digest.ts";
import type { UpstreamResponse } from "#core/effects/upstream-http.ts";
import { joinBytes } from "#core/wire/join-bytes.ts";
import { parseObject, textOf } from "#core/wire/json-value.ts";
import { type EventStreamMessage, EventStreamReader } from "#integrations/providers/anthropic/aws-event-stream.ts";

type Body = UpstreamResponse["body"];

/** Bedrock's names of errors, lower case, as Anthropic's types. */
const errorTypes: Readonly<Record<string, string>> = {
  validationexception: "invalid_request_error",
  accessdeniedexception: "permission_error",
  unrecognizedclientexception: "authentication_error",
  expiredtokenexception: "authentication_error",
  resourcenotfoundexception: "not_found_error",
  throttlingexception: "rate_limit_error",
  servicequotaexceededexception: "rate_limit_error",
  modelnotreadyexception: "overloaded_error",
  serviceunavailableexception: "overloaded_error",
  modeltimeoutexception: "timeout_error",
};

const utf8 = new TextEncoder();
const streamType = "application/vnd.amazon.eventstream";

/** An answer of Bedrock as Anthropic would have given it: server-sent events, and errors in Anthropic's envelope. */
export function asAnthropicAnswer(digest: Pick<Digest, "crc32">, response: UpstreamResponse): UpstreamResponse {
  const { status } = response;
  const requestId = response.header("x-amzn-requestid");
  const header = (name: string): string | undefined => (name === "request-id" ? requestId : response.header(name));
  if (status < 200 || status > 299) {
    return { status, header, body: envelope(response.body, response.header("x-amzn-errortype")) };
  }
  if (response.header("content-type")?.startsWith(streamType) !== true) return { status, header, body: response.body };
  return {
    status,
    header: (name) => (name === "content-type" ? "text/event-stream" : header(name)),
    body: new ServerSentEvents(response.body, new EventStreamReader(digest)),
  };
}

async function* envelope(body: Body, type: string | undefined): Body {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > 64 * 1024) break;
    chunks.push(chunk);
  }
  const said = parseObject(joinBytes(chunks));
  const message = textOf(said?.["message"]) ?? textOf(said?.["Message"]) ?? "";
  yield utf8.encode(errorJson(type?.split(":")[0] ?? "", message));
}

function errorJson(name: string, message: string): string {
  const type = errorTypes[name.toLowerCase()] ?? "api_error";
  return JSON.stringify({ type: "error", error: { type, message } });
}

/** Pulls messages of an event stream as it is pulled itself, and gives each as a server-sent event. */
class ServerSentEvents implements Body {
  readonly #body: Body;
  readonly #reader: EventStreamReader;

  constructor(body: Body, reader: EventStreamReader) {
    this.#body = body;
    this.#reader = reader;
  }

  async next(): Promise<IteratorResult<Uint8Array, void>> {
    for (let next = await this.#body.next(); next.done !== true; next = await this.#body.next()) {
      const text = await this.#textOf(next.value);
      if (text !== "") return { done: false, value: utf8.encode(text) };
    }
    this.#reader.end();
    return { done: true, value: undefined };
  }

  /** At once, even while `next` waits: who returns wants the connection closed. */
  return(): Promise<IteratorResult<Uint8Array, void>> {
    return this.#body.return();
  }

  throw(error: unknown): Promise<IteratorResult<Uint8Array, void>> {
    return this.return().then(() => Promise.reject(error));
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  async #textOf(bytes: Uint8Array): Promise<string> {
    try {
      return this.#reader.push(bytes).map(serverSentEvent).join("");
    } catch (thrown) {
      await this.return();
      throw thrown;
    }
  }
}

function serverSentEvent({ headers, payload }: EventStreamMessage): string {
  const kind = headers.get(":message-type");
  if (kind === "error")
    return frame("error", errorJson(headers.get(":error-code") ?? "", headers.get(":error-message") ?? ""));
  const said = parseObject(payload);
  if (kind === "exception") {
    return frame("error", errorJson(headers.get(":exception-type") ?? "", textOf(said?.["message"]) ?? ""));
  }
  const data = textOf(said?.["bytes"]);
  if (headers.get(":event-type") !== "chunk" || data === undefined) return "";
  const json = new TextDecoder().decode(Uint8Array.fromBase64(data));
  return frame(textOf(parseObject(json)?.["type"]) ?? "message", json);
}

const frame = (event: string, json: string): string => `event: ${event}\ndata: ${json}\n\n`;
