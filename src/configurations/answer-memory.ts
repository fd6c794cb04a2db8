import { AnswerMemory } from "#core/answer-memory.ts";
import type { Clock } from "#core/effects/clock.ts";
import { MemoryResponseStore } from "#core/responses/memory-response-store.ts";
import type { ResponseStore } from "#core/responses/response-store.ts";
import { ReasoningKeeper } from "#core/translation/reasoning-keeper.ts";
import { TokenBook } from "#core/translation/token-book.ts";
import type { Host } from "#configurations/host.ts";
import type { Settings } from "#settings/settings.ts";

const maxTokens = 100_000;
const maxThoughts = 10_000;
/** Some tens of megabytes. */
const maxThoughtCharacters = 16 * 1024 * 1024;
/** An agent may think, and its user may be away, for hours. */
const thoughtsLifeMs = 24 * 60 * 60 * 1000;

/** What this process keeps of answers for the requests that follow them; gone with the process. */
export function answerMemory({ clock, digest }: Pick<Host, "clock" | "digest">): AnswerMemory {
  const tokens = new TokenBook({ digest, limit: maxTokens });
  const bounds = { maxEntries: maxThoughts, maxCharacters: maxThoughtCharacters, timeToLiveMs: thoughtsLifeMs };
  return new AnswerMemory(tokens, new ReasoningKeeper({ clock, ...bounds }));
}

/** Where answers lie that may be gone on from by their id, within the bounds of `[gateway]`; gone with the process, too. */
export function responseStore({ gateway }: Pick<Settings, "gateway">, clock: Clock): ResponseStore {
  const { ttlMs, maxEntries, maxBytes } = gateway.responseStore;
  return new MemoryResponseStore({ timeToLiveMs: ttlMs, mostResponses: maxEntries, mostBytes: maxBytes }, clock);
}
