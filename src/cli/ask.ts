import type { z } from "zod";
import { withAdministration } from "#cli/administration.ts";
import { type GlobalArguments, loadFromFlags } from "#cli/global-flags.ts";
import { issueText } from "#core/api/issue-text.ts";
import { type Administration, type OperationName, operations } from "#core/api/operations.ts";
import { GatewayError } from "#core/errors.ts";

/** What an operation takes, as its schema reads it. */
export type InputOf<Name extends OperationName> = z.input<(typeof operations)[Name]["input"]>;
type OutputOf<Name extends OperationName> = z.output<(typeof operations)[Name]["output"]>;

/** How fields were typed, where not as `--field-name`: `{ id: "WHO" }`. */
export type TypedAs = Readonly<Record<string, string>>;

/** The input without what was not typed. Throws `usage` naming the flag whose value the operation would refuse. */
export function inputOf<Name extends OperationName>(
  name: Name,
  fields: InputOf<Name>,
  typedAs: TypedAs = {},
): InputOf<Name> {
  const typed = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
  const parsed = operations[name].input.safeParse(typed);
  if (parsed.success) return typed as InputOf<Name>;
  const issue = parsed.error.issues[0];
  const field = String(issue?.path[0] ?? "");
  const word = typedAs[field] ?? `--${field.replaceAll("_", "-")}`;
  const within = issue === undefined || issue.path.length < 2 ? "" : ` at ${issue.path.slice(1).join(".")}`;
  throw new GatewayError("usage", `${word}${within} ${issueText(issue)}.`);
}

/** Asks one operation of the running daemon or the store. Rejects with `usage` for an input that cannot be right. */
export async function ask<Name extends OperationName>(
  args: GlobalArguments,
  name: Name,
  fields: InputOf<Name>,
  typedAs?: TypedAs,
): Promise<OutputOf<Name>> {
  const input = inputOf(name, fields, typedAs);
  return withAdministration(loadFromFlags(args), (administration: Pick<Administration, Name>) =>
    administration[name](input),
  );
}

/** Refuses a change that changes nothing. Throws `usage` with the flags that would. */
export function expectChange(fields: object, flags: string): void {
  if (Object.values(fields).some((value) => value !== undefined)) return;
  throw new GatewayError("usage", `Nothing to change: give ${flags}.`);
}
