import type { Codec } from "#core/wire/codec.ts";
import { recordOf } from "#core/wire/json-value.ts";
import { type ModelListing, namesIn } from "#integrations/providers/model-list.ts";
import { openAiCredentials, type OpenAiEndpointOptions } from "#integrations/providers/openai-endpoint.ts";

/** `GET /models`, as OpenAI has it and everyone who speaks its protocol; some send the list without the object around it. */
export function openAiModelListing(options: OpenAiEndpointOptions, codec: Codec): ModelListing {
  return {
    url: options.baseUrl.at("/models", options.query),
    headers: openAiCredentials(options),
    codec,
    read: (answer) => namesIn(Array.isArray(answer) ? answer : recordOf(answer)?.["data"], "id"),
  };
}
