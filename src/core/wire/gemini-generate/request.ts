import type { ChatRequest } from "#core/chat/request.ts";
import { AskedFeatures } from "#core/wire/asked-features.ts";
import type { RequestAddress } from "#core/wire/codec.ts";
import { declaredFields } from "#core/wire/fidelity.ts";
import { decodeContents } from "#core/wire/gemini-generate/contents.ts";
import { geminiFidelity } from "#core/wire/gemini-generate/fidelity.ts";
import { GeminiFields } from "#core/wire/gemini-generate/fields.ts";
import { decodeGenerationConfig } from "#core/wire/gemini-generate/generation-config.ts";
import { decodeToolChoice, decodeTools } from "#core/wire/gemini-generate/tool.ts";
import { decodeSystemInstruction } from "#core/wire/gemini-generate/system-instruction.ts";
import { textOf } from "#core/wire/json-value.ts";
import { refuseField } from "#core/wire/request-fields.ts";

const known = declaredFields(geminiFidelity);

/**
 * The meaning of a `generateContent` request (Gemini API reference, v1beta). Model and streaming come from its address.
 * Throws `invalid_request` naming the field as the caller wrote it.
 */
export function decodeGenerateRequest(value: Readonly<Record<string, unknown>>, address: RequestAddress): ChatRequest {
  return decodeGenerateFields(new GeminiFields(value), address);
}

/** The same of a request that stands inside another one. */
export function decodeGenerateFields(body: GeminiFields, address: RequestAddress): ChatRequest {
  const asked = new AskedFeatures();
  asked.unknownFields.push(...body.beside(known));
  const { detail, ...config } = decodeGenerationConfig(body, asked);
  const tools = decodeTools(body, asked);
  const toolChoice = decodeToolChoice(body, asked);
  askForRest(body, asked);
  const serviceTier = body.text("serviceTier")?.toLowerCase();
  return {
    model: modelOf(body, address),
    messages: [...decodeSystemInstruction(body), ...decodeContents(body, asked, detail)],
    tools,
    toolChoice,
    stream: address.stream ?? false,
    streamUsage: true,
    ...config,
    ...(isUsualTier(serviceTier) ? {} : { serviceTier }),
    asked: asked.features,
    unknownFields: asked.unknownFields,
  };
}

function askForRest(body: GeminiFields, asked: AskedFeatures): void {
  if (body.values("safetySettings").length > 0) asked.add("safety_settings", body.path("safetySettings"));
  if (body.text("cachedContent") !== undefined) asked.add("cached_content", body.path("cachedContent"));
  if (Object.keys(body.fields("labels")?.record ?? {}).length > 0) asked.add("metadata", body.path("labels"));
  if (body.value("store") === true) asked.add("store", body.path("store"));
  // What was begun goes on only where it was begun.
  if (body.text("continuationToken") !== undefined) asked.add("previous_response", body.path("continuationToken"));
  if (!isUsualTier(body.text("serviceTier")?.toLowerCase())) asked.add("service_tier", body.path("serviceTier"));
}

function isUsualTier(tier: string | undefined): tier is undefined | "unspecified" | "standard" {
  return tier === undefined || tier === "unspecified" || tier === "standard";
}

/** A model as bodies name it: `models/` before it, or `tunedModels/` where it has that. */
export function modelPath(model: string): string {
  return /^(models|tunedModels)\//.test(model) ? model : `models/${model}`;
}

/** The model of the address; that of the body, `models/` left out, where the address has none. */
export function modelOf(body: GeminiFields, address: RequestAddress): string {
  const model = textOf(address.model) ?? body.text("model")?.replace(/^models\//, "");
  if (model === undefined) throw refuseField("model", "must be a non-empty string");
  return model;
}
