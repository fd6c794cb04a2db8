import type { ProviderReply } from "#core/routing/provider-reply.ts";
import type { Provider, ProviderCall } from "#core/routing/provider.ts";
import type { ReplyPiece } from "#core/wire/reply-piece.ts";

/** What a scripted provider does when it is called. */
export type Answer = (call: ProviderCall) => AsyncGenerator<ReplyPiece, void, undefined>;

/** A provider for tests: plays one answer per call, the last one for ever, and counts its calls. It speaks OpenAI chat unless `manners` say otherwise. */
export function stubProvider(
  name: string,
  models: readonly string[] = [],
  answers: readonly Answer[] = [],
  manners: Partial<Pick<Provider, "speaks" | "needsBytes">> = {},
) {
  const calls: ProviderCall[] = [];
  const provider: Provider & { readonly calls: readonly ProviderCall[] } = {
    name,
    type: "stub",
    models,
    speaks: (protocol) => (protocol === "openai-chat" ? protocol : undefined),
    needsBytes: () => false,
    ...manners,
    calls,
    async call(call: ProviderCall): Promise<ProviderReply> {
      calls.push(call);
      const answer = answers[Math.min(calls.length, answers.length) - 1];
      if (answer === undefined) throw new Error(`${name} has nothing to answer`);
      return { pieces: answer(call), upstreamRequestId: `${name}-${calls.length}` };
    },
  };
  return provider;
}
