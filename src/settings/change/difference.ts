/** Lines around a change that are shown with it. */
const contextLines = 2;

/** One line of a comparison: kept, taken away or added. */
interface Step {
  readonly sign: " " | "-" | "+";
  readonly text: string;
}

/**
 * The difference of two texts as a unified diff without its file lines: `@@ -from +to @@`, then lines that begin with a space,
 * `-` or `+`. Empty when no line differs; how lines end is not compared.
 */
export function differenceLines(before: string, after: string): readonly string[] {
  const steps = compared(linesOf(before), linesOf(after));
  const near = (at: number): boolean =>
    steps.slice(Math.max(0, at - contextLines), at + contextLines + 1).some(({ sign }) => sign !== " ");
  const lines: string[] = [];
  let [from, to, wasShown] = [1, 1, false];
  for (const [at, { sign, text }] of steps.entries()) {
    const isShown = near(at);
    if (isShown && !wasShown) lines.push(`@@ -${from} +${to} @@`);
    if (isShown) lines.push(`${sign}${text}`);
    wasShown = isShown;
    if (sign !== "+") from += 1;
    if (sign !== "-") to += 1;
  }
  return lines;
}

/** The lines without their ends. */
function linesOf(text: string): readonly string[] {
  return text === "" ? [] : text.replace(/\r?\n$/, "").split(/\r?\n/);
}

/** The shortest way from one list of lines to the other, by the longest common subsequence between equal ends. */
function compared(before: readonly string[], after: readonly string[]): readonly Step[] {
  const same = (text: string): Step => ({ sign: " ", text });
  let head = 0;
  while (head < before.length && head < after.length && before[head] === after[head]) head += 1;
  let tail = 0;
  const shorter = Math.min(before.length, after.length) - head;
  while (tail < shorter && before.at(-1 - tail) === after.at(-1 - tail)) tail += 1;
  const middle = comparedMiddle(before.slice(head, before.length - tail), after.slice(head, after.length - tail));
  return [...before.slice(0, head).map(same), ...middle, ...before.slice(before.length - tail).map(same)];
}

function comparedMiddle(before: readonly string[], after: readonly string[]): readonly Step[] {
  const width = after.length + 1;
  const lengths = new Uint32Array((before.length + 1) * width);
  for (let row = before.length - 1; row >= 0; row--) {
    for (let column = after.length - 1; column >= 0; column--) {
      const at = row * width + column;
      const [down = 0, right = 0, both = 0] = [lengths[at + width], lengths[at + 1], lengths[at + width + 1]];
      lengths[at] = before[row] === after[column] ? both + 1 : Math.max(down, right);
    }
  }
  const steps: Step[] = [];
  let [row, column] = [0, 0];
  while (row < before.length || column < after.length) {
    const [old = "", text = ""] = [before[row], after[column]];
    const at = row * width + column;
    if (row < before.length && column < after.length && old === text) {
      steps.push({ sign: " ", text });
      row += 1;
      column += 1;
    } else if (
      row < before.length &&
      (column >= after.length || (lengths[at + width] ?? 0) >= (lengths[at + 1] ?? 0))
    ) {
      steps.push({ sign: "-", text: old });
      row += 1;
    } else {
      steps.push({ sign: "+", text });
      column += 1;
    }
  }
  return steps;
}
