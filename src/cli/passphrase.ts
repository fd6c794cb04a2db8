import { readText } from "#cli/text-file.ts";
import { GatewayError } from "#core/errors.ts";

/** A passphrase comes from a file or the environment, never from an argument, which every user of the machine can read. */
export const passphraseArgs = {
  "passphrase-file": {
    type: "string",
    valueHint: "file",
    description: "File whose first line is the passphrase; else TOKLIGENCE_PASSPHRASE",
  },
} as const;

/** What was given, undefined if nothing was. Throws `usage` for a file without one, or one shorter than 8 characters. */
export function readPassphrase(args: { readonly "passphrase-file"?: string | undefined }): string | undefined {
  const file = args["passphrase-file"];
  const given = file === undefined ? process.env["TOKLIGENCE_PASSPHRASE"] : readText(file).split(/\r?\n/, 1)[0];
  if (file === undefined && (given === undefined || given === "")) return undefined;
  if (given !== undefined && given.length >= 8) return given;
  throw new GatewayError(
    "usage",
    `The passphrase${file === undefined ? "" : ` in ${file}`} is shorter than 8 characters.`,
  );
}
