import { expect, test } from "bun:test";
import type { ProviderCall } from "#core/routing/provider.ts";
import { codecs } from "#core/wire/codecs.ts";
import { wrapToken } from "#core/wire/opaque-token.ts";
import { forwardedLane } from "#integrations/providers/lane.ts";
import { callOf } from "#integrations/providers/scripted-http.test-data.ts";

const codec = codecs["anthropic-messages"];

/** A conversation whose thinking this provider signed. */
function thoughtBy(provider: string, more: Partial<ProviderCall> = {}): ProviderCall {
  const signature = wrapToken({ provider, kind: "signature", data: "S" });
  const content = [
    { type: "thinking", thinking: "hm", signature },
    { type: "text", text: "hi" },
  ];
  const messages = [
    { role: "user", content: "a" },
    { role: "assistant", content },
    { role: "user", content: "b" },
  ];
  return callOf({ messages, max_tokens: 5 }, "anthropic-messages", more);
}

test("pitfall 38: thinking of another provider is taken out of a forwarded body and named, or a strict call refused", () => {
  const { body, dropped } = forwardedLane(codec, thoughtBy("elsewhere"), "here", { askUsage: false });
  expect(new TextDecoder().decode(body)).not.toContain("thinking");
  expect(dropped).toEqual(["messages[1].content[0]"]);
  const strict = thoughtBy("elsewhere", { strict: true });
  expect(() => forwardedLane(codec, strict, "here", { askUsage: false })).toThrow("'messages[1].content[0]'");
});

test("pitfall 39: a provider's own thinking goes back to it, and nothing is named", () => {
  const { body, dropped } = forwardedLane(codec, thoughtBy("here", { strict: true }), "here", { askUsage: false });
  expect(new TextDecoder().decode(body)).toContain('"signature":"S"');
  expect(dropped).toEqual([]);
});
