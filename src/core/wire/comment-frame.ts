const encoder = new TextEncoder();

/** Keeps a silent stream of server-sent events open and means nothing. */
export const keepAliveFrame: Uint8Array = encoder.encode(": keep-alive\n\n");

/** A line that readers of server-sent events pass over. */
export function commentFrame(line: string): Uint8Array {
  return encoder.encode(`: ${line.replaceAll(/[\r\n]+/g, " ")}\n\n`);
}
