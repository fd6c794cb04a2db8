import { test } from "bun:test";
import fc from "fast-check";
import type { ChatEvent } from "#core/chat/event.ts";
import type { RequestId } from "#core/effects/ids.ts";
import { bench, hangsAfter, usage } from "#core/test-gateway.ts";

/** What a provider says, a token a word, and after how many words its caller leaves. */
const lefts = fc.record({
  words: fc.array(fc.stringMatching(/^ ?[a-zäé漢語]{1,9}$/), { minLength: 1, maxLength: 60 }),
  read: fc.nat(60),
  // Anthropic's way: the input and a token at the start.
  countsFirst: fc.boolean(),
});

test("F111: whoever leaves, whenever, is charged no less than 99 % of what the provider had said by its own count", async () => {
  const seed = Number(Bun.env["FUZZ_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
  const storm = fc.asyncProperty(fc.array(lefts, { minLength: 1, maxLength: 8 }), async (calls) => {
    let provider = 0n;
    let billed = 0n;
    for (const [index, { words, read, countsFirst }] of calls.entries()) {
      const said = words.map((text): ChatEvent => ({ type: "text", choice: 0, text }));
      const { gateway, call, rows } = bench([hangsAfter(...(countsFirst ? [usage] : []), ...said)]);
      const { pieces } = await gateway.open({ ...call, requestId: `req_${index}` as RequestId });
      // The first piece is empty; the one with the counts is no word.
      const [skipped, heard] = [countsFirst ? 2 : 1, Math.min(Math.max(1, read), words.length)];
      for (let piece = 0; piece < skipped + heard; piece += 1) await pieces.next();
      await pieces.return();
      billed += rows[0]?.costNanos ?? 0n;
      // One nano-dollar for each of the ten tokens of input, two for each word.
      provider += 10n + 2n * BigInt(heard);
    }
    return billed * 100n >= provider * 99n;
  });
  try {
    await fc.assert(storm, { seed, numRuns: 150 });
  } finally {
    process.stdout.write(`abort storm: 150 cases, FUZZ_SEED=${seed}\n`);
  }
});
