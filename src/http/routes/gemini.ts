import { GatewayError } from "#core/errors.ts";
import type { Protocol, RequestAddress } from "#core/wire/codec.ts";
import { decodeModelName } from "#http/model-name.ts";
import type { DoorParts, Route } from "#http/route.ts";
import { callModel } from "#http/routes/model-call.ts";
import type { Visit } from "#http/visit.ts";

/** Google's versions; its SDKs differ in which one they ask for. */
const versions = ["/v1beta", "/v1", "/v1alpha"];

const methods: Readonly<Record<string, { readonly protocol: Protocol; readonly stream?: boolean }>> = {
  generateContent: { protocol: "gemini-generate", stream: false },
  streamGenerateContent: { protocol: "gemini-generate", stream: true },
  countTokens: { protocol: "gemini-count-tokens" },
  embedContent: { protocol: "gemini-embeddings" },
  batchEmbedContents: { protocol: "gemini-embeddings" },
};

/** Gemini's endpoints that call models: `/v1beta/models/{model}:{method}`, under each of its versions. */
export function geminiRoutes(parts: DoorParts): Route[] {
  return versions.map((version) => ({
    method: "POST",
    path: `${version}/models/:id{.+}`,
    permission: "models:call",
    errors: "gemini-generate",
    handle: (visit, principal) => {
      const { protocol, address } = readAddress(visit);
      return callModel(parts, { codec: parts.codecs[protocol], address }, visit, principal);
    },
  }));
}

/** A model's name may hold colons and, escaped or not, slashes: the method stands behind the last colon. */
function readAddress({ parameters: { id = "" }, target }: Visit): {
  readonly protocol: Protocol;
  readonly address: RequestAddress;
} {
  const colon = id.lastIndexOf(":");
  const name = id.slice(colon + 1);
  const method = colon > 0 && Object.hasOwn(methods, name) ? methods[name] : undefined;
  if (method === undefined) throw new GatewayError("not_found", "There is no such method of a model.");
  const model = decodeModelName(id.slice(0, colon));
  const { protocol, stream } = method;
  if (stream !== true) return { protocol, address: { model, ...(stream === undefined ? {} : { stream }) } };
  const jsonArray = new URLSearchParams(target.query).get("alt") !== "sse";
  return { protocol, address: { model, stream, jsonArray } };
}
