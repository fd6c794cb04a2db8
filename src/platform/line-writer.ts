/** The part of a writable stream that a line writer needs. */
export interface LineStream {
  write(text: string, done: () => void): unknown;
}

/** Characters that may wait for a reader that does not read. */
const backlogLimit = 1024 * 1024;

/**
 * Writes lines without ever waiting for the reader: when a megabyte is unread, lines are dropped, and the first one
 * after that is preceded by what `describeLoss` says of their number.
 */
export function createLineWriter(stream: LineStream, describeLoss: (lines: number) => string): (line: string) => void {
  let waiting = 0;
  let lost = 0;
  const send = (text: string) => {
    waiting += text.length;
    stream.write(text, () => {
      waiting -= text.length;
    });
  };
  return (line) => {
    if (waiting + line.length > backlogLimit) {
      lost += 1;
      return;
    }
    if (lost > 0) send(describeLoss(lost));
    lost = 0;
    send(line);
  };
}

/** What a log says of lines that it could not write. */
export function describeLostLines(lines: number): string {
  return `{"level":"warn","event":"log_lines_lost","lines":${lines}}\n`;
}

/** The process's standard error for logs; a closed reader loses lines, never the process. */
export function standardError(): (line: string) => void {
  if (process.stderr.listenerCount("error") === 0) process.stderr.on("error", () => undefined);
  return createLineWriter(process.stderr, describeLostLines);
}
