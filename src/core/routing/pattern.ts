/** A model pattern with `*` for any run of characters, compiled to a matcher that needs linear time. */
export interface Pattern {
  readonly text: string;
  /** Characters that are not `*`: the more, the more specific. */
  readonly literals: number;
  matches(name: string): boolean;
}

/** Compiles `gpt-*`, `*-mini` or `a*b*c`. A text without `*` matches itself alone. */
export function compilePattern(text: string): Pattern {
  const pieces = text.split("*");
  return { text, literals: text.length - (pieces.length - 1), matches: (name) => matchPieces(pieces, name) };
}

function matchPieces(pieces: readonly string[], name: string): boolean {
  const first = pieces[0] ?? "";
  if (pieces.length === 1) return name === first;
  const last = pieces[pieces.length - 1] ?? "";
  if (name.length < first.length + last.length || !name.startsWith(first) || !name.endsWith(last)) return false;
  const limit = name.length - last.length;
  let position = first.length;
  for (const piece of pieces.slice(1, -1)) {
    const found = name.indexOf(piece, position);
    if (found < 0 || found + piece.length > limit) return false;
    position = found + piece.length;
  }
  return true;
}
