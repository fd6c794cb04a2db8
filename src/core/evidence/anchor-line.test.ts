import { expect, test } from "bun:test";
import { anchorEvent, anchorLine, anchorOf, readAnchorLine } from "#core/evidence/anchor-line.ts";
import { VirtualClock } from "#core/effects/virtual-clock.ts";
import type { Anchor } from "#core/evidence/stream.ts";
import { createLog } from "#platform/log-sink.ts";

const anchor: Anchor = {
  stream: "transfer",
  nodeId: "node_019a",
  seq: 1_000,
  hash: new Uint8Array(32).fill(0xab),
  atMs: 1_767_225_600_123,
  signature: new Uint8Array(64).fill(0x12),
};

function logged(format: "json" | "text", event = anchorEvent, fields: object = anchorLine(anchor)): string {
  const lines: string[] = [];
  const log = createLog({ level: "error", format, clock: new VirtualClock(), write: (line) => lines.push(line) });
  log.notice(event, { ...fields, public_key: "00".repeat(32) });
  return lines.join("").trimEnd();
}

test.each(["json", "text"] as const)("what the log tells of an anchor as %s is read back as it was", (format) => {
  const lines = [logged(format), `Nov 21 10:00:00 host tokligence[7]: ${logged(format)}\r`];
  for (const line of [...lines, ...lines.map((text) => text.replace("notice", "info"))]) {
    const read = readAnchorLine(line);
    if (read === undefined || read === "unreadable") throw new Error(`Not read: ${line}`);
    expect(anchorOf(read)).toEqual(anchor);
  }
});

test.each(["json", "text"] as const)("lines that tell of no anchor are passed over (%s)", (format) => {
  expect(readAnchorLine(logged(format, "ledger_anchor_failed"))).toBeUndefined();
  expect(readAnchorLine(logged(format, "request_failed", { message: "no ledger_anchor here" }))).toBeUndefined();
  expect(readAnchorLine("")).toBeUndefined();
});

test.each(["json", "text"] as const)("an anchor that is cut or damaged is not taken for another one (%s)", (format) => {
  const line = logged(format);
  const end = line.indexOf("public_key");
  for (let length = line.indexOf("stream"); length < end - 3; length += 7) {
    expect(readAnchorLine(line.slice(0, length))).toBe("unreadable");
  }
  expect(readAnchorLine(line.replace("1000", "1e3x"))).toBe("unreadable");
  expect(readAnchorLine(line.replace("transfer", "others"))).toBe("unreadable");
});
