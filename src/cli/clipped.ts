/** Text that takes at most so many columns of a terminal; what is longer ends with `…`. */
export function clipped(text: string, most: number): string {
  if (Bun.stringWidth(text) <= most) return text;
  let end = Math.min(text.length, most);
  while (end > 0 && Bun.stringWidth(text.slice(0, end)) > most - 1) end -= 1;
  return `${text.slice(0, end)}…`;
}
