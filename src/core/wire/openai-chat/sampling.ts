import type { ChatRequest } from "#core/chat/request.ts";
import type { AskedFeatures } from "#core/wire/asked-features.ts";
import { recordOf } from "#core/wire/json-value.ts";

type Fields = Readonly<Record<string, unknown>>;
type Sampling = Pick<
  ChatRequest,
  "temperature" | "topP" | "seed" | "frequencyPenalty" | "presencePenalty" | "logitBias" | "topLogprobs"
>;

/** How tokens are chosen and what is told of them. What is no number is named among the unknown fields. */
export function decodeSampling(value: Fields, asked: AskedFeatures): Sampling {
  const number = (field: "temperature" | "top_p" | "seed" | "frequency_penalty" | "presence_penalty") => {
    const said = value[field] ?? undefined;
    if (said === undefined) return undefined;
    if (typeof said !== "number" || !Number.isFinite(said)) {
      asked.unknownFields.push(field);
      return undefined;
    }
    if (said !== 0 || !field.endsWith("_penalty")) asked.add(field, field);
    return said;
  };
  const sampling = {
    temperature: number("temperature"),
    topP: number("top_p"),
    seed: number("seed"),
    frequencyPenalty: number("frequency_penalty"),
    presencePenalty: number("presence_penalty"),
    logitBias: decodeBias(value["logit_bias"], asked),
    topLogprobs: decodeTopLogprobs(value, asked),
  };
  return Object.fromEntries(Object.entries(sampling).filter(([, said]) => said !== undefined));
}

function decodeBias(value: unknown, asked: AskedFeatures): Readonly<Record<string, number>> | undefined {
  const bias = Object.entries(recordOf(value) ?? {}).flatMap(([token, weight]): [string, number][] =>
    typeof weight === "number" ? [[token, weight]] : [],
  );
  if (bias.length === 0) return undefined;
  asked.add("logit_bias", "logit_bias");
  return Object.fromEntries(bias);
}

function decodeTopLogprobs(value: Fields, asked: AskedFeatures): number | undefined {
  if (value["logprobs"] !== true) return undefined;
  asked.add("logprobs", "logprobs");
  const top = value["top_logprobs"];
  return typeof top === "number" && Number.isInteger(top) && top >= 0 ? top : 0;
}
