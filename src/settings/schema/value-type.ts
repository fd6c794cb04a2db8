import { z } from "zod";
import { addressBytes, isMetadataHost } from "#core/address-range.ts";
import { addressPattern } from "#core/identity/address.ts";
import { isTimezone } from "#core/time-rules/local-time.ts";
import { Secret } from "#core/secret.ts";

/** How one kind of value is read from text and checked: `schema` takes what a layer said and gives the typed value. */
export interface ValueType<S extends z.ZodType> {
  readonly schema: S;
  /** The words after "expected" in a message, and the type column of the reference page. */
  readonly label: string;
  /** Whether a message may quote the rejected text; false where it could hold a credential. */
  readonly quotable: boolean;
  /** `path` values get `~` expanded; `secret` and `secrets` resolve references and never print. */
  readonly handling: Handling;
}

/** What is done with a text before it is checked: nothing, `~` expanded, a reference to a secret followed, or several. */
export type Handling = "plain" | "path" | "secret" | "secrets";

/** Whether values handled so are credentials, or references to them. */
export const isSecret = (handling: Handling): boolean => handling === "secret" || handling === "secrets";

const trueWords = new Set(["true", "1", "yes", "on"]);
const falseWords = new Set(["false", "0", "no", "off"]);
const number = /^[+-]?\d+(\.\d+)?$/;
const duration = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/;
const secondsPer: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3600 };

const readNumber = (said: unknown): unknown => (typeof said === "string" && number.test(said) ? Number(said) : said);

const readSeconds = (said: unknown): unknown => {
  const match = typeof said === "string" ? duration.exec(said) : null;
  return match === null ? readNumber(said) : Number(match[1]) * (secondsPer[match[2] ?? "s"] ?? 1);
};

const bytesPer: Readonly<Record<string, number>> = {
  kB: 1000,
  MB: 1_000_000,
  GB: 1_000_000_000,
  KiB: 1024,
  MiB: 1_048_576,
  GiB: 1_073_741_824,
};

const readBytes = (said: unknown): unknown => {
  const match = typeof said === "string" ? /^(\d+(?:\.\d+)?)\s?(kB|[MG]B|[KMG]iB)$/.exec(said) : null;
  return match === null ? readNumber(said) : Math.round(Number(match[1]) * (bytesPer[match[2] ?? ""] ?? 1));
};

const readFlag = (said: unknown): unknown => {
  const word = String(said).toLowerCase();
  if (trueWords.has(word)) return true;
  return falseWords.has(word) ? false : said;
};

const readText = (said: unknown): unknown =>
  typeof said === "number" || typeof said === "boolean" ? String(said) : said;

/** The items of a list as INI and environment write it: separated by commas, quotes around one dropped. */
export const listItems = (said: string): readonly string[] => {
  const items = said.split(",").map((item) => item.trim().replace(/^(["'])(.*)\1$/, "$2"));
  return items.filter((item) => item !== "");
};

const readList = (said: unknown): unknown => {
  if (Array.isArray(said)) return said.map(readText);
  return typeof said === "string" ? listItems(said) : said;
};

const readNumbers = (said: unknown): unknown => {
  const items = typeof said === "number" ? [said] : readList(said);
  return Array.isArray(items) ? items.map(readNumber) : items;
};

const pathOrText = (label: string, handling: "plain" | "path") => ({
  schema: z.preprocess(readText, z.string()),
  label,
  quotable: false,
  handling,
});

/** Any text. */
export const text = pathOrText("text", "plain");

/** An e-mail address. */
export const emailAddress = {
  schema: z.preprocess(readText, z.string().regex(addressPattern)),
  label: "e-mail address such as ada@example.com",
  quotable: true,
  handling: "plain",
} as const;

// An address of one link names its interface behind a percent sign (RFC 4007).
const isAddress = (said: string): boolean => addressBytes(said.replace(/%[\w.-]+$/, "")) !== undefined;

/** A name or an IP address to listen on; an IPv6 address without brackets. */
export const host = {
  schema: z.preprocess(
    readText,
    z.string().refine((said) => /^[\w.-]+$/.test(said) || isAddress(said)),
  ),
  label: "host name or IP address without scheme, port and brackets",
  quotable: false,
  handling: "plain",
} as const;

/** A file or directory; `~` is the home directory, relative paths start at the configuration directory. */
export const path = pathOrText("path", "path");

/** A credential, or a reference to one: `${NAME}`, `env://NAME`, `file:///path`. */
export const secret = {
  schema: z.instanceof(Secret),
  label: "secret",
  quotable: false,
  handling: "secret",
} as const satisfies ValueType<z.ZodType<Secret>>;

/** Several credentials or references to them, separated by commas in INI and environment. */
export const secrets = {
  schema: z.array(z.instanceof(Secret)),
  label: "list of secrets",
  quotable: false,
  handling: "secrets",
} as const satisfies ValueType<z.ZodType<readonly Secret[]>>;

/** Yes or no: true, false, 1, 0, yes, no, on, off. */
export const flag = {
  schema: z.preprocess(readFlag, z.boolean()),
  label: "true or false",
  quotable: true,
  handling: "plain",
} as const;

/** Several texts, separated by commas in INI and environment. */
export const list = {
  schema: z.preprocess(readList, z.array(z.string())),
  label: "list",
  quotable: false,
  handling: "plain",
} as const;

/** Origins of pages as browsers write them (RFC 6454): scheme, host, port unless it is the usual one; read in lower case. */
export const origins = {
  schema: z.preprocess(
    readList,
    z.array(
      z
        .string()
        .transform((said) => said.toLowerCase())
        .refine(isOrigin),
    ),
  ),
  label: "list of origins such as https://console.example.com",
  quotable: true,
  handling: "plain",
} as const;

function isOrigin(text: string): boolean {
  // A star is a letter to the parser of URLs; no page comes from such a host.
  return !text.includes("*") && /^https?:$/.test(URL.parse(text)?.protocol ?? "") && URL.parse(text)?.origin === text;
}

/** A whole number within bounds, both included. */
export const wholeNumber = (minimum: number, maximum: number) => ({
  schema: z.preprocess(readNumber, z.int().min(minimum).max(maximum)),
  label: `whole number from ${minimum} to ${maximum}`,
  quotable: true,
  handling: "plain" as const,
});

/** A number that may have decimals, within bounds, both included. */
export const decimal = (minimum: number, maximum: number) => ({
  schema: z.preprocess(readNumber, z.number().min(minimum).max(maximum)),
  label: `number from ${minimum} to ${maximum}`,
  quotable: true,
  handling: "plain" as const,
});

/** Several whole numbers within bounds, both included, separated by commas in INI and environment. */
export const wholeNumbers = (minimum: number, maximum: number) => ({
  schema: z.preprocess(readNumbers, z.array(z.int().min(minimum).max(maximum))),
  label: `list of whole numbers from ${minimum} to ${maximum}`,
  quotable: true,
  handling: "plain" as const,
});

/** Several numbers that may have decimals, within bounds, both included. */
export const decimals = (minimum: number, maximum: number) => ({
  schema: z.preprocess(readNumbers, z.array(z.number().min(minimum).max(maximum))),
  label: `list of numbers from ${minimum} to ${maximum}`,
  quotable: true,
  handling: "plain" as const,
});

/** An amount of US dollars above zero, with up to nine decimals; stays text, for no number holds every one exactly. */
export const usd = {
  schema: z.preprocess(readText, z.string().regex(/^(?=.*[1-9])\d{1,9}(\.\d{1,9})?$/)),
  label: "US dollars above 0 with up to nine decimals, such as 2.50",
  quotable: true,
  handling: "plain",
} as const;

const weekSeconds = 604_800;

/** A time in seconds, decimals allowed, also written `500ms`, `30s`, `5m`, `1h`; at most a week. */
export const seconds = (minimum: number) => ({
  schema: z.preprocess(readSeconds, z.number().min(minimum).max(weekSeconds)),
  label: `seconds from ${minimum} to ${weekSeconds}`,
  quotable: true,
  handling: "plain" as const,
});

/** A size in bytes, also written `50MB` or `512MiB`, within bounds, both included. */
export const byteSize = (minimum: number, maximum: number) => ({
  schema: z.preprocess(readBytes, z.int().min(minimum).max(maximum)),
  label: `bytes from ${minimum} to ${maximum}, also as 50MB or 512MiB`,
  quotable: true,
  handling: "plain" as const,
});

/** One of a few words; `synonyms` are read as the word they map to. */
export const choice = <const W extends readonly [string, ...string[]]>(
  words: W,
  synonyms: Readonly<Record<string, W[number]>> = {},
) => ({
  schema: z.preprocess(
    (said) => (typeof said === "string" && Object.hasOwn(synonyms, said) ? synonyms[said] : said),
    z.enum(words),
  ),
  label: `one of ${words.join(", ")}`,
  quotable: true,
  handling: "plain" as const,
});

/** Several of a few words, separated by commas in INI and environment. */
export const choices = <const W extends readonly [string, ...string[]]>(words: W, label: string) => ({
  schema: z.preprocess(readList, z.array(z.enum(words))),
  label,
  quotable: true,
  handling: "plain" as const,
});

/** The IANA name of a time zone. */
export const timeZone = {
  schema: z.string().refine(isTimezone),
  label: "name of a time zone",
  quotable: true,
  handling: "plain",
} as const;

const plainHttpUrl = (said: string): boolean => {
  const url = URL.parse(said);
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:")) return false;
  return url.username === "" && url.password === "" && url.search === "" && url.hash === "";
};

/** An http or https URL without credentials, query or fragment. */
export const httpUrl = {
  schema: z.preprocess(readText, z.string().refine(plainHttpUrl)),
  label: "http or https URL without credentials, query or fragment",
  quotable: false,
  handling: "plain",
} as const;

/** An address to call with a credential: as `httpUrl`, and never the place where a cloud keeps its machines' secrets. */
export const providerUrl = {
  schema: z.preprocess(
    readText,
    z.string().refine((said) => plainHttpUrl(said) && !isMetadataHost(URL.parse(said)?.hostname ?? "")),
  ),
  label: "http or https URL without credentials, query or fragment, of no metadata service",
  quotable: false,
  handling: "plain",
} as const;
