import type { Clock } from "#core/effects/clock.ts";
import type { Digest } from "#core/effects/digest.ts";
import type { Secret } from "#core/secret.ts";
import { asAnthropicAnswer } from "#integrations/providers/anthropic/bedrock-answer.ts";
import { type AccessKey, signatureHeaders } from "#integrations/providers/anthropic/signature-v4.ts";
import { BaseUrl } from "#integrations/providers/base-url.ts";
import type { Draft, Endpoint } from "#integrations/providers/endpoint.ts";
import { hostedBytes } from "#integrations/providers/hosted-body.ts";

/** Claude on Amazon Bedrock: signed with an access key, or, without one, with a Bedrock API key. */
export interface BedrockOptions {
  readonly variant: "bedrock";
  readonly region: string;
  readonly keys?: {
    readonly accessKeyId: string;
    readonly secretAccessKey: Secret;
    readonly sessionToken?: Secret;
  };
}

/** What an endpoint on Bedrock is made from, beside the cloud's own settings. */
export interface BedrockParts {
  /** The region's own address when absent. */
  readonly baseUrl?: string;
  readonly apiKey?: Secret;
  readonly clock: Clock;
  readonly digest: Digest;
}

/** Messages on Bedrock's InvokeModel: the model in the path, its version in the body, streams in AWS's own framing. */
export function bedrockEndpoint({ region, keys }: BedrockOptions, parts: BedrockParts): Endpoint {
  const { apiKey, baseUrl, clock, digest } = parts;
  const base = new BaseUrl(baseUrl ?? `https://bedrock-runtime.${region}.${domainOf(region)}`);
  return {
    address(draft) {
      const method = draft.streamed ? "invoke-with-response-stream" : "invoke";
      const url = base.at(`/model/${encodeURIComponent(draft.model)}/${method}`);
      const body = bedrockBody(draft);
      const accept = draft.streamed ? "application/vnd.amazon.eventstream" : "application/json";
      const headers = { "content-type": "application/json", accept };
      if (keys !== undefined) {
        const signing = { method: "POST", url, headers, body, region, service: "bedrock", nowMs: clock.now() };
        return { url, body, headers: { ...headers, ...signatureHeaders(digest, revealed(keys), signing) } };
      }
      const bearer = apiKey === undefined ? {} : { authorization: `Bearer ${apiKey.reveal()}` };
      return { url, body, headers: { ...headers, ...bearer } };
    },
    receive: (response) => asAnthropicAnswer(digest, response),
  };
}

/** Betas, which Anthropic takes in a header, stand in Bedrock's body. */
function bedrockBody({ body, headers }: Draft): Uint8Array {
  const betas = headers["anthropic-beta"]?.split(",").map((beta) => beta.trim());
  return hostedBytes(body, (key) => key !== "model" && key !== "stream", {
    anthropic_version: "bedrock-2023-05-31",
    ...(betas === undefined ? {} : { anthropic_beta: betas }),
  });
}

function revealed({ accessKeyId, secretAccessKey, sessionToken }: NonNullable<BedrockOptions["keys"]>): AccessKey {
  return {
    accessKeyId,
    secretAccessKey: secretAccessKey.reveal(),
    ...(sessionToken === undefined ? {} : { sessionToken: sessionToken.reveal() }),
  };
}

const domainOf = (region: string): string => (region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com");
