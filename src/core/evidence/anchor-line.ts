import { z } from "zod";
import { type Anchor, streams } from "#core/evidence/stream.ts";

/** The event of the log that tells of an anchor. */
export const anchorEvent = "ledger_anchor";

const hex = (bytes: number) => z.string().regex(new RegExp(`^[0-9a-f]{${2 * bytes}}$`), `expected ${bytes} bytes, hex`);

/** An anchor as it stands in the log: bytes in lower-case hexadecimal, the time in milliseconds since the epoch. */
export const anchorLineSchema = z.object({
  stream: z.enum(streams),
  node_id: z.string().min(1).max(200),
  seq: z.int().min(1),
  hash: hex(32),
  at_ms: z.int().min(0),
  signature: hex(64),
});
export type AnchorLine = z.infer<typeof anchorLineSchema>;

/** The fields of the line that tells of an anchor. */
export function anchorLine({ stream, nodeId, seq, hash, atMs, signature }: Anchor): AnchorLine {
  return { stream, node_id: nodeId, seq, hash: hash.toHex(), at_ms: atMs, signature: signature.toHex() };
}

/** The anchor that a line tells of. */
export function anchorOf({ stream, node_id, seq, hash, at_ms, signature }: AnchorLine): Anchor {
  const [hashBytes, signatureBytes] = [Uint8Array.fromHex(hash), Uint8Array.fromHex(signature)];
  return { stream, nodeId: node_id, seq, hash: hashBytes, atMs: at_ms, signature: signatureBytes };
}

const jsonMark = new RegExp(`"event": ?"${anchorEvent}"`);
/** What precedes the fields of a line of text: its level, which was another one before, and the event. */
const textHead = new RegExp(`(?:^|\\s)(?:notice|info) +${anchorEvent}(?= |$)`);

/**
 * Reads a line of a log, JSON or text, whatever a collector has put before it. Undefined for one that tells of no anchor,
 * `unreadable` for one that does and is cut or damaged.
 */
export function readAnchorLine(line: string): AnchorLine | "unreadable" | undefined {
  if (!line.includes(anchorEvent)) return undefined;
  const fields = jsonMark.test(line) ? jsonFields(line) : textFields(line);
  if (fields === undefined) return undefined;
  const parsed = anchorLineSchema.safeParse(fields);
  return parsed.success ? parsed.data : "unreadable";
}

function jsonFields(line: string): unknown {
  try {
    return JSON.parse(line.slice(line.indexOf("{")));
  } catch {
    return {};
  }
}

function textFields(line: string): unknown {
  const head = textHead.exec(line);
  if (head === null) return undefined;
  const told = line.slice(head.index + head[0].length).matchAll(/ (\w+)=(\S+)/g);
  const { seq, at_ms, ...fields } = Object.fromEntries([...told].map(([, name = "", value]) => [name, value]));
  return { ...fields, seq: Number(seq), at_ms: Number(at_ms) };
}
