import type { Secret } from "#core/secret.ts";
import { credentialHeaders } from "#integrations/providers/credential-headers.ts";
import type { Endpoint } from "#integrations/providers/endpoint.ts";
import { hostedBytes } from "#integrations/providers/hosted-body.ts";
import { vertexModels, type VertexOptions } from "#integrations/providers/vertex-models.ts";

const version = { anthropic_version: "vertex-2023-10-16" };

/** Claude on Google Vertex AI: the model in the path, its version in the body, a bearer token as the key. */
export function claudeOnVertex(
  cloud: VertexOptions,
  { baseUrl, apiKey }: { readonly baseUrl?: string; readonly apiKey?: Secret },
): Endpoint {
  const models = vertexModels(cloud, "anthropic", baseUrl);
  return {
    address({ protocol, model, streamed, headers: given, body }) {
      const { "anthropic-version": _said, ...forwarded } = given;
      const headers = { ...forwarded, ...credentialHeaders("authorization", apiKey) };
      // Counting is a model of its own there, and the body says which model is meant.
      if (protocol === "anthropic-count-tokens") {
        return { url: models("count-tokens:rawPredict"), headers, body: hostedBytes(body, () => true, version) };
      }
      const method = streamed ? "streamRawPredict" : "rawPredict";
      return {
        url: models(`${encodeURIComponent(model)}:${method}`),
        headers,
        body: hostedBytes(body, (key) => key !== "model", version),
      };
    },
  };
}
