/** A configuration file as it may lie open in a backup. */
export interface OpenText {
  readonly text: string;
  /** Keys whose values were taken out. */
  readonly leftOut: readonly string[];
}

/** Stands where a value was. */
const mark = "(a secret that was left out)";

/** Whether values were taken out of a text: it does not take the place of one that has them. */
export function hasLeftOut(text: string): boolean {
  return text.includes(mark);
}

/** Names of keys that hold secrets, wider than the schema's own: what is not known yet must not slip through either. */
const secretName = /(key|keys|secret|token|password|passphrase|credentials?|dsn|smtp_url|webhook_url)$/i;
/** Names that end alike and hold none. */
const openName = /^(tls_key|key|max_.*token|.*_per_key|access_key)$/i;
/** Where a secret is, instead of the secret. */
const reference = /^["']?(\$\{[A-Za-z_][A-Za-z0-9_]*\}|(vault|env|file):\/\/\S+)["']?$/;
/** A password inside an address. */
const addressWithPassword = /:\/\/[^/\s:@]*:[^/\s@]+@/;

/**
 * A file of the configuration without secrets: in INI the values of keys that may hold one are taken out, comments
 * included; any other text that may hold one is not given at all, and undefined.
 */
export function withoutSecrets(name: string, text: string): OpenText | undefined {
  if (name.endsWith(".ini")) return openIni(text);
  if (!/\.(ya?ml|json|crt)$/.test(name)) return undefined;
  return mayHoldSecret(text) ? undefined : { text, leftOut: [] };
}

function openIni(text: string): OpenText {
  const leftOut: string[] = [];
  const lines = text.split("\n").map((line) => {
    const pair = /^([\s#;]*)([^=]*?)(\s*=\s*)(.*?)(\r?)$/.exec(line);
    if (pair === null) return line;
    const [, indent = "", key = "", equals = "", value = "", end = ""] = pair;
    if (!isSecret(key, withoutComment(value))) return line;
    leftOut.push(key);
    return `; ${indent}${key}${equals}${mark}${end}`;
  });
  return { text: lines.join("\n"), leftOut };
}

function withoutComment(value: string): string {
  return value.replace(/\s[#;].*$/, "").trim();
}

function isSecret(key: string, value: string): boolean {
  if (addressWithPassword.test(value)) return true;
  const leaf =
    key
      .trim()
      .replace(/^["']|["']$/g, "")
      .split(".")
      .at(-1) ?? "";
  if (openName.test(leaf) || !secretName.test(leaf)) return false;
  return value !== "" && !value.split(",").every((part) => reference.test(part.trim()));
}

function mayHoldSecret(text: string): boolean {
  if (addressWithPassword.test(text) || text.includes("PRIVATE KEY")) return true;
  for (const [, key = "", value = ""] of text.matchAll(/([\w.-]+)["']?\s*:(?=[ \t]*((?:\$\{[^}\n]*\}|[^\n,}])*))/g)) {
    if (openName.test(key) || !secretName.test(key)) continue;
    // An empty value may go on in the lines below.
    if (!reference.test(withoutComment(value))) return true;
  }
  return false;
}
