import { parseObject, recordOf, textOf } from "#core/wire/json-value.ts";

const mostCharacters = 1000;
/** Looked at of a message; bounds what patterns may cost. */
const mostRead = 8000;
const deepest = 3;

/** What may not be repeated to a caller, and what stands in its place. */
const secrets: readonly (readonly [RegExp, string])[] = [
  [/\b(?:[a-z][a-z0-9+.-]*):\/\/[^\s"'`<>)\]}]*[^\s"'`<>)\]}.,;:]/gi, "[address]"],
  [/\b(?:Bearer|Basic)\s+[\w.~+/=*-]{8,}/gi, "[key]"],
  [/\b(?:sk|pk|rk|xai|gsk|tok|key|AKIA|ASIA|hf|r8|nvapi|ya29|AIza)[-_.]?[A-Za-z0-9_*.-]{12,}/g, "[key]"],
  [/([?&](?:key|api_key|token)=)[^&\s"']+/gi, "$1[key]"],
  [/[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g, "[address]"],
  [/\b(?:\d{1,3}\.){3}\d{1,3}(?::\d+)?\b/g, "[address]"],
  [/(?:\b(?:org|proj|acct|user|workspace|wrkspc|team)[-_](?=[A-Za-z]*\d)[A-Za-z0-9]{8,})/g, "[account]"],
  [/\b(projects?|accounts?|organizations?)([/: ]\s?|_number:\s?)\d{5,}/gi, "$1$2[account]"],
  [
    /\b(?:[a-z0-9-]+\.)+(?:com|net|org|io|ai|dev|cloud|internal|local|svc|lan|corp|eu|cn)\b(?::\d+)?(?:\/[^\s"'`<>)\]}]*)?/gi,
    "[address]",
  ],
  [/\blocalhost(?::\d+)?\b/gi, "[address]"],
];

/**
 * A provider's sentence as it may be shown to any caller: one line without keys, accounts, hosts, stack traces or JSON
 * around it, of at most 1,000 characters. Undefined when nothing is left.
 */
export function cleanMessage(message: string): string | undefined {
  let text = withoutStack(unwrapped(message, deepest).slice(0, mostRead));
  for (const [pattern, stand] of secrets) text = text.replace(pattern, stand);
  text = text.replace(/\s+/g, " ").trim();
  if (text.length > mostCharacters) text = `${text.slice(0, mostCharacters - 3).trimEnd()}...`;
  return text === "" ? undefined : text;
}

/** The sentence inside, where a server put another's whole error body into its own message. */
function unwrapped(message: string, depth: number): string {
  const start = message.indexOf("{");
  const end = message.lastIndexOf("}");
  if (start < 0 || end < start || depth === 0) return message;
  const inner = parseObject(message.slice(start, end + 1));
  if (inner === undefined) return message;
  const error = inner["error"];
  const sentence = textOf(recordOf(error)?.["message"]) ?? textOf(error) ?? textOf(inner["message"]);
  if (sentence !== undefined) return unwrapped(sentence, depth - 1);
  return message.slice(0, start) + message.slice(end + 1);
}

function withoutStack(message: string): string {
  const stack = message.search(/\n[^\S\n]+at |\n[^\S\n]*File "|\bTraceback \(most recent/);
  return stack < 0 ? message : message.slice(0, stack);
}
