import type { UpstreamResponse } from "#core/effects/upstream-http.ts";
import type { UpstreamLimits } from "#core/scheduler/capacity.ts";

/** What providers call that which is left of a limit, in order of preference. */
const requestHeaders = ["x-ratelimit-remaining-requests", "anthropic-ratelimit-requests-remaining"];
const tokenHeaders = [
  "x-ratelimit-remaining-tokens",
  "anthropic-ratelimit-tokens-remaining",
  "anthropic-ratelimit-input-tokens-remaining",
];

const wholeNumber = /^\d{1,12}$/;

/** What a provider says of its own limits in the headers of an answer; undefined when nothing that can be understood. */
export function upstreamLimits(response: Pick<UpstreamResponse, "header">): UpstreamLimits | undefined {
  const remainingRequests = first(requestHeaders, response);
  const remainingTokens = first(tokenHeaders, response);
  if (remainingRequests === undefined && remainingTokens === undefined) return undefined;
  return {
    ...(remainingRequests === undefined ? {} : { remainingRequests }),
    ...(remainingTokens === undefined ? {} : { remainingTokens }),
  };
}

function first(names: readonly string[], response: Pick<UpstreamResponse, "header">): number | undefined {
  for (const name of names) {
    const text = response.header(name)?.trim();
    if (text !== undefined && wholeNumber.test(text)) return Number(text);
  }
  return undefined;
}
