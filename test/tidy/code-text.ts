const token = /\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\[\s\S]|[^`\\])*`/g;

const blank = (text: string): string => text.replace(/[^\n]/g, " ");

/** The text with comments as spaces; lines and columns stay. */
export function blankComments(text: string): string {
  return text.replace(token, (match) => (match.startsWith("//") || match.startsWith("/*") ? blank(match) : match));
}

/** The text with the insides of strings as spaces, those of templates except their `${}` parts. */
export function blankStrings(code: string): string {
  return code.replace(token, (match) => {
    const inside = match.slice(1, -1);
    const kept = match.startsWith("`")
      ? inside.replace(/\$\{[^}]*\}|[^\n]/g, (part) => (part.length > 1 ? part : " "))
      : blank(inside);
    return match.charAt(0) + kept + match.charAt(0);
  });
}
