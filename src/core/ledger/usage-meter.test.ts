import { expect, test } from "bun:test";
import { RecordingMeter } from "#core/effects/recording-meter.ts";
import type { LedgerEntry } from "#core/ledger/entry.ts";
import { sampleEntry } from "#core/ledger/sample-entry.ts";
import { UsageMeter } from "#core/ledger/usage-meter.ts";

function perToken(changes: Partial<LedgerEntry>): readonly number[] {
  const meter = new RecordingMeter();
  new UsageMeter(meter, (model) => model).record(sampleEntry("req_1", changes));
  return meter.observations("tokligence_time_per_output_token_seconds", "openai", "gpt-4o-mini");
}

test("time per output token is what passes between the first token and the last, by the tokens that came in it", () => {
  expect(perToken({ latencyMs: 1_300, firstTokenMs: 300, outputTokens: 51 })).toEqual([0.02]);
});

test.each<[string, Partial<LedgerEntry>]>([
  ["no stream", { stream: false }],
  ["a failure", { outcome: "failed" }],
  ["a caller that left", { outcome: "aborted" }],
  ["no content", { firstTokenMs: undefined }],
  ["no count", { outputTokens: undefined }],
  ["no token", { outputTokens: 0 }],
  ["one token", { outputTokens: 1 }],
])("nothing is said of the time per token where nothing can be: %s", (_, changes) => {
  expect(perToken(changes)).toEqual([]);
});
