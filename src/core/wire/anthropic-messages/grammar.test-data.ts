/** The grammar of a stream of Messages events, as strict as the strictest client. */
import { expect } from "bun:test";
import { recordOf } from "#core/wire/json-value.ts";

type Fields = Readonly<Record<string, unknown>>;

const deltasOf: Readonly<Record<string, readonly string[]>> = {
  text: ["text_delta", "citations_delta"],
  thinking: ["thinking_delta", "signature_delta"],
  redacted_thinking: [],
  tool_use: ["input_json_delta"],
};

/** Throws unless the frames are one whole message: blocks numbered from 0, one after another, each closed, none empty. */
export function expectLegal(frames: readonly Fields[]): void {
  let open: { type: string; deltas: number } | undefined;
  let next = 0;
  frames.forEach((frame, at) => {
    const type = frame["type"];
    expect(type === "message_start").toBe(at === 0);
    expect(type === "message_stop").toBe(at === frames.length - 1);
    expect(type === "message_delta").toBe(at === frames.length - 2);
    switch (type) {
      case "message_start":
        expectCounters(recordOf(recordOf(frame["message"])?.["usage"]));
        break;
      case "content_block_start": {
        expect(open).toBeUndefined();
        expect(frame["index"]).toBe(next);
        const block = recordOf(frame["content_block"]) ?? {};
        open = { type: String(block["type"]), deltas: 0 };
        if (block["type"] === "tool_use") expect(String(block["id"])).toMatch(/^[A-Za-z0-9_-]+$/);
        break;
      }
      case "content_block_delta": {
        expect(frame["index"]).toBe(next);
        expect(deltasOf[open?.type ?? ""]).toContain(String(recordOf(frame["delta"])?.["type"]));
        if (open !== undefined) open.deltas += 1;
        break;
      }
      case "content_block_stop":
        expect(frame["index"]).toBe(next);
        if (open?.type === "text" || open?.type === "thinking") expect(open.deltas).toBeGreaterThan(0);
        expect(open).toBeDefined();
        open = undefined;
        next += 1;
        break;
      case "message_delta":
        expect(open).toBeUndefined();
        expectCounters(recordOf(frame["usage"]));
        expect(typeof recordOf(frame["delta"])?.["stop_reason"]).toBe("string");
        break;
    }
  });
}

function expectCounters(usage: Fields | undefined): void {
  for (const name of ["input_tokens", "output_tokens", "cache_creation_input_tokens", "cache_read_input_tokens"]) {
    expect(usage?.[name]).toBeNumber();
    expect(Number(usage?.[name])).toBeGreaterThanOrEqual(0);
  }
}
