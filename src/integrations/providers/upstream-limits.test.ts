import { expect, test } from "bun:test";
import { upstreamLimits } from "#integrations/providers/upstream-limits.ts";

const read = (headers: Record<string, string>) => upstreamLimits({ header: (name) => headers[name] });

test.each([
  [{ "x-ratelimit-remaining-requests": "59", "x-ratelimit-remaining-tokens": "149984" }, [59, 149_984]],
  [{ "anthropic-ratelimit-requests-remaining": "4", "anthropic-ratelimit-tokens-remaining": "80000" }, [4, 80_000]],
  [{ "anthropic-ratelimit-input-tokens-remaining": "7000" }, [undefined, 7000]],
  [{ "x-ratelimit-remaining-requests": " 0 " }, [0, undefined]],
  [{ "x-ratelimit-remaining-tokens": "0" }, [undefined, 0]],
])("F45 what a provider says is left of its limits is read: %j", (headers, [requests, tokens]) => {
  const limits = read(headers);
  expect([limits?.remainingRequests, limits?.remainingTokens]).toEqual([requests, tokens]);
});

test.each(["", "-1", "1e9", "1.5", "0x10", "many", "12, 13", "1".repeat(13), "NaN", "٣"])(
  "F45 %p is junk and read as nothing",
  (text) => {
    expect(read({ "x-ratelimit-remaining-requests": text, "x-ratelimit-remaining-tokens": text })).toBeUndefined();
  },
);

test("F45 junk of one header does not hide what another says", () => {
  const headers = { "x-ratelimit-remaining-tokens": "soon", "anthropic-ratelimit-tokens-remaining": "12" };
  expect(read(headers)).toEqual({ remainingTokens: 12 });
});
