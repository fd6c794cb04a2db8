import type { Usage } from "#core/chat/usage.ts";
import { listOf, recordOf } from "#core/wire/json-value.ts";
import { countOf, countWithin, partsWithin, sumOfCounts, usageOf } from "#core/wire/token-count.ts";

/**
 * The counts of Gemini's `usageMetadata`. What tools brought in is input, thoughts are output; a count of zero that Google's
 * JSON leaves out follows from the total. Undefined when nothing usable is said.
 */
export function decodeUsage(value: unknown): Usage | undefined {
  const usage = recordOf(value);
  if (usage === undefined) return undefined;
  const inputTokens = sumOfCounts(countOf(usage["promptTokenCount"]), countOf(usage["toolUsePromptTokenCount"]));
  const thoughts = countOf(usage["thoughtsTokenCount"]);
  const candidates = countOf(usage["candidatesTokenCount"]);
  const total = countOf(usage["totalTokenCount"]);
  const rest = total === undefined || inputTokens === undefined ? undefined : countOf(total - inputTokens);
  const outputTokens = candidates === undefined ? rest : sumOfCounts(candidates, thoughts);
  const input = usage["promptTokensDetails"];
  const [audio, image] = partsWithin(countOfModality(input, "AUDIO"), countOfModality(input, "IMAGE"), inputTokens);
  return usageOf({
    inputTokens,
    cachedTokens: countWithin(countOf(usage["cachedContentTokenCount"]), inputTokens),
    outputTokens,
    reasoningTokens: countWithin(thoughts, outputTokens),
    audioInputTokens: audio,
    imageInputTokens: image,
    audioOutputTokens: countWithin(countOfModality(usage["candidatesTokensDetails"], "AUDIO"), outputTokens),
  });
}

/** The count of one kind in a list of `ModalityTokenCount`; undefined where the list does not name it. */
function countOfModality(details: unknown, modality: string): number | undefined {
  const counted = listOf(details)
    .map(recordOf)
    .find((detail) => detail?.["modality"] === modality);
  return countOf(counted?.["tokenCount"]);
}

/** Gemini's `usageMetadata`; counts that nobody reported are left out, never zero. */
export function encodeUsage(usage: Usage): Readonly<Record<string, number | undefined>> {
  const { inputTokens, outputTokens, cachedTokens, reasoningTokens } = usage;
  const candidates = outputTokens === undefined ? undefined : Math.max(0, outputTokens - (reasoningTokens ?? 0));
  return {
    promptTokenCount: inputTokens,
    candidatesTokenCount: candidates,
    totalTokenCount: sumIfKnown(inputTokens, outputTokens),
    cachedContentTokenCount: cachedTokens,
    thoughtsTokenCount: reasoningTokens,
  };
}

function sumIfKnown(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : a + b;
}
