const width = 80;

/**
 * Text behind a head in lines of at most 80 columns, the next ones indented as far as the head. It is broken between words; one
 * that is too long for a line stays whole, so that a path can be copied.
 */
export function wrappedText(text: string, head: string): readonly string[] {
  const indent = " ".repeat(head.length);
  const lines: string[] = [];
  let line = head;
  let isEmpty = true;
  for (const word of text.split(/\s+/)) {
    if (!isEmpty && line.length + 1 + word.length > width) {
      lines.push(line);
      [line, isEmpty] = [indent, true];
    }
    line += isEmpty ? word : ` ${word}`;
    isEmpty = false;
  }
  return [...lines, line];
}

/** A help text in 80 columns, without colours: what stands to the right of a name is broken below itself, and no line ends with spaces. */
export function fittedHelp(text: string): string {
  return Bun.stripANSI(text).split("\n").flatMap(fittedLine).join("\n");
}

function fittedLine(padded: string): readonly string[] {
  const line = padded.trimEnd();
  if (line.length <= width) return [line];
  const [, head = "", said = line] = /^(\s*\S.*?\s{3,})(\S.*)$/.exec(line) ?? [];
  return wrappedText(said, head);
}
