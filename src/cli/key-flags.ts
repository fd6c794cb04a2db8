import { policyArgs } from "#cli/key-policy-flags.ts";
import { readTime } from "#cli/time.ts";

/** What can be said of a key when it is made and changed later; the word `none` takes away. */
export const keyArgs = {
  label: { type: "string", valueHint: "label...", description: "Labels to find and to budget by: ci, project=search" },
  address: { type: "string", valueHint: "range...", description: "Only from these addresses: 192.0.2.7, 10.0.0.0/8" },
  expires: {
    type: "string",
    valueHint: "when",
    description: "90d, 12h, 2027-01-31 or an RFC 3339 time; never if left out",
  },
  ...policyArgs,
} as const;

/** How the fields of a key are typed. */
export const keyTypedAs = { labels: "--label", addresses: "--address", expires_at: "--expires" };

/** A list by repetition or comma; undefined if nothing is given, empty for `none`. */
export function readWords(given: readonly string[]): string[] | undefined {
  if (given.length === 0) return undefined;
  const words = given.flatMap((text) => text.split(",")).map((text) => text.trim());
  return words.length === 1 && words[0] === "none" ? [] : words;
}

/** When a key ends: undefined if nothing is given, null for `none`. */
export function readExpiry(text: string | undefined): string | null | undefined {
  if (text === undefined) return undefined;
  return text === "none" ? null : readTime(text, Date.now(), "future");
}
