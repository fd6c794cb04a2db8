const encoder = new TextEncoder();

/** A line that readers of server-sent events pass over; its own line breaks become spaces, since the next line might be read. */
export function commentFrame(line: string, lineEnd: "\n" | "\r\n" = "\n"): Uint8Array {
  return encoder.encode(`: ${line.replaceAll(/[\r\n]+/g, " ")}${lineEnd}${lineEnd}`);
}

/** Keeps a silent stream of server-sent events open and means nothing. */
export const keepAliveFrame: Uint8Array = commentFrame("keep-alive");
