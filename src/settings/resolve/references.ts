import { join } from "node:path";
import { Secret } from "#core/secret.ts";
import type { SaidValue } from "#settings/entry.ts";
import type { LoadInput } from "#settings/loaded.ts";
import { listItems } from "#settings/schema/value-type.ts";

/** Where references lead. */
export type ReferenceSources = Pick<LoadInput, "environ" | "home" | "readFile">;

/** What was said with its references followed. */
export type ResolvedValue = SaidValue | Secret | readonly Secret[];

/** A resolved value, or why there is none. */
export type Resolution =
  | { readonly kind: "value"; readonly value: ResolvedValue }
  | { readonly kind: "missing"; readonly reason: string }
  | { readonly kind: "malformed"; readonly reason: string }
  | { readonly kind: "vault" };

/** A text or list with its variables in place, or why there is none. */
export type Expansion =
  { readonly kind: "value"; readonly value: SaidValue } | Extract<Resolution, { readonly reason: string }>;

const reference = /\$?\$\{([^}]*)\}?/g;

/**
 * Replaces `${NAME}` by the variable, `${NAME:-words}` by the words when it is unset or empty; `$${NAME}` stands for the
 * plain text `${NAME}`. What a variable holds is not looked through again.
 */
export function expandVariables(value: SaidValue, sources: ReferenceSources): Expansion {
  const missing: string[] = [];
  let isMalformed = false;
  const expand = (text: string): string =>
    text.replace(reference, (written: string, inside: string) => {
      if (written.startsWith("$$")) return written.slice(1);
      const parts = /^([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?$/.exec(inside);
      if (parts === null || !written.endsWith("}")) {
        isMalformed = true;
        return "";
      }
      const [, name = "", otherwise] = parts;
      const variable = sources.environ[name];
      if (variable !== undefined && (variable !== "" || otherwise === undefined)) return variable;
      if (otherwise === undefined) missing.push(name);
      return otherwise ?? "";
    });
  const expanded = Array.isArray(value)
    ? value.map((item) => (typeof item === "string" ? expand(item) : item))
    : typeof value === "string"
      ? expand(value)
      : value;
  if (isMalformed) return { kind: "malformed", reason: "a reference is written ${NAME} or ${NAME:-otherwise}" };
  if (missing.length === 0) return { kind: "value", value: expanded };
  return { kind: "missing", reason: `environment variable ${missing.join(", ")} is not set` };
}

/**
 * The secret a text stands for: `env://NAME`, `file:///path` and `file://~/path` are fetched (one trailing line break
 * of a file is dropped), `vault://` is left to a later piece, anything else is the secret itself.
 */
export function resolveSecret(text: string, sources: ReferenceSources): Resolution {
  if (text.startsWith("vault://")) return { kind: "vault" };
  if (text.startsWith("env://")) {
    const name = text.slice("env://".length);
    return found(sources.environ[name], `environment variable ${name} is not set`);
  }
  if (text.startsWith("file://")) {
    const file = expandHome(text.slice("file://".length), sources.home);
    if (!file.startsWith("/") && !/^[A-Za-z]:/.test(file)) {
      return { kind: "malformed", reason: "a file reference is file:///path or file://~/path" };
    }
    return found(sources.readFile(file)?.replace(/\r?\n$/, ""), `file ${file} cannot be read`);
  }
  return { kind: "value", value: new Secret(text) };
}

/** The secrets that a list stands for, as `resolveSecret` reads each; what is wrong with one is wrong with all. */
export function resolveSecrets(said: SaidValue, sources: ReferenceSources): Resolution {
  const items = Array.isArray(said) ? said.map(String) : listItems(String(said));
  const secrets: Secret[] = [];
  for (const item of items) {
    const one = resolveSecret(item, sources);
    if (one.kind !== "value") return one;
    if (one.value instanceof Secret) secrets.push(one.value);
  }
  return { kind: "value", value: secrets };
}

/** `~` and `~/x` with the home directory in its place. */
export function expandHome(path: string, home: string): string {
  if (path === "~") return home;
  return path.startsWith("~/") ? join(home, path.slice(2)) : path;
}

function found(text: string | undefined, reason: string): Resolution {
  if (text === undefined || text === "") return { kind: "missing", reason };
  return { kind: "value", value: new Secret(text) };
}
