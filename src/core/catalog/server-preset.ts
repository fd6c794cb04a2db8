import { z } from "zod";
import presets from "#core/catalog/server-presets.json" with { type: "json" };
import { features } from "#core/chat/feature.ts";
import type { Dialect } from "#core/wire/dialect.ts";
import { plainDialect } from "#core/wire/dialect.ts";

/** A well-known server of OpenAI's protocol. */
export interface ServerPreset {
  /** Where it is, unless everyone has an own one; servers of this machine at their usual port. */
  readonly baseUrl?: string;
  /** Header of the key; `authorization` when absent. */
  readonly authHeader?: string;
  readonly dialect: Dialect;
}

/** How a server may deviate from what every one of them understands; the words are those of `Dialect`. */
const quirksSchema = z
  .strictObject({
    developerRole: z.boolean(),
    maxTokensField: z.enum(["max_tokens", "max_completion_tokens", "by-model"]),
    streamOptions: z.boolean(),
    reasoningField: z.enum(["reasoning_content", "reasoning", "none"]),
    reasoningStandIn: z.string(),
    customTools: z.boolean(),
    strictTools: z.boolean(),
    reasoningEffort: z.boolean(),
    imageUrls: z.boolean(),
    lacks: z.array(z.enum(features)),
  })
  .partial();

/** Deviations of one server; `reasoningField: "none"` takes a preset's field away. */
export type Quirks = z.output<typeof quirksSchema>;

const presetSchema = z.strictObject({
  baseUrl: z.url().optional(),
  authHeader: z.string().optional(),
  /** Where its facts stand, on the day of `asOf`. */
  checked: z.array(z.string().min(1)).min(1),
  dialect: quirksSchema,
});

/** A dialect with other habits. */
export function dialectWith(dialect: Dialect, quirks: Quirks): Dialect {
  const { reasoningField = dialect.reasoningField ?? "none", ...others } = quirks;
  const { reasoningField: _, ...rest } = dialect;
  const said = Object.fromEntries(Object.entries(others).filter(([, value]) => value !== undefined));
  return { ...rest, ...said, ...(reasoningField === "none" ? {} : { reasoningField }) };
}

/** Names of the presets. */
export const serverPresetNames = [
  "azure",
  "cerebras",
  "deepseek",
  "fireworks",
  "groq",
  "llamacpp",
  "lmstudio",
  "mistral",
  "moonshot",
  "ollama",
  "openrouter",
  "together",
  "vllm",
  "xai",
] as const;

/** One of them. */
export type ServerPresetName = (typeof serverPresetNames)[number];

/** The preset of that name. */
export function serverPreset(name: ServerPresetName): ServerPreset {
  const { baseUrl, authHeader, dialect } = presetSchema.parse(presets.presets[name]);
  return {
    ...(baseUrl === undefined ? {} : { baseUrl }),
    ...(authHeader === undefined ? {} : { authHeader }),
    dialect: dialectWith(plainDialect, dialect),
  };
}
