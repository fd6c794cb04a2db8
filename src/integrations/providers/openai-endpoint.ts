import type { MediaPart } from "#core/chat/request.ts";
import type { Secret } from "#core/secret.ts";
import type { Protocol } from "#core/wire/codec.ts";
import type { BaseUrl } from "#integrations/providers/base-url.ts";
import { credentialHeaders } from "#integrations/providers/credential-headers.ts";
import type { Endpoint } from "#integrations/providers/endpoint.ts";

/** Where OpenAI's protocols are spoken, behind the version. */
const paths = {
  "openai-chat": "/chat/completions",
  "openai-responses": "/responses",
  "openai-completions": "/completions",
  "openai-embeddings": "/embeddings",
  "openai-count-tokens": "/responses/input_tokens",
} as const satisfies Partial<Record<Protocol, string>>;

/** Whether one of OpenAI's protocols takes media of a kind as bytes alone: chat completions know addresses of pictures only. */
export function openAiNeedsBytes(protocol: Protocol, kind: MediaPart["kind"]): boolean {
  return kind !== "image" && (kind === "audio" || protocol === "openai-chat");
}

/** What an endpoint of OpenAI's protocols is made from. */
export interface OpenAiEndpointOptions {
  /** Version included. */
  readonly baseUrl: BaseUrl;
  readonly apiKey?: Secret;
  /** `authorization` for a bearer token, else the header that carries the bare key, such as Azure's `api-key`. */
  readonly authHeader: string;
  readonly organization?: string;
  /** Query parameters added to every call. */
  readonly query: Readonly<Record<string, string>>;
}

/** An endpoint of OpenAI's protocols. */
export function openAiEndpoint({ baseUrl, query, ...identity }: OpenAiEndpointOptions): Endpoint {
  const urls = new Map(Object.entries(paths).map(([protocol, path]) => [protocol, baseUrl.at(path, query)]));
  return {
    address({ protocol, headers, body }) {
      const url = urls.get(protocol);
      if (url === undefined) throw new Error(`${protocol} is none of OpenAI's protocols`);
      return { url, headers: { ...headers, ...openAiCredentials(identity) }, body };
    },
  };
}

/** The headers that say who asks. */
export function openAiCredentials({
  authHeader,
  apiKey,
  organization,
}: Pick<OpenAiEndpointOptions, "authHeader" | "apiKey" | "organization">): Readonly<Record<string, string>> {
  return {
    ...credentialHeaders(authHeader, apiKey),
    ...(organization === undefined ? {} : { "openai-organization": organization }),
  };
}
