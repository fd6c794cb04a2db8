import type { z } from "zod";
import { issueText } from "#core/api/issue-text.ts";
import { GatewayError } from "#core/errors.ts";

/** The input as its schema wants it. Throws `invalid_request` whose message and `details.field` name the first bad field. */
export function parseInput<Schema extends z.ZodType>(schema: Schema, input: unknown): z.output<Schema> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const path = issue?.path.join(".") ?? "";
  const field = path === "" && issue?.code === "unrecognized_keys" ? (issue.keys[0] ?? "") : path;
  const where = field === "" ? "The input" : `\`${field}\``;
  throw new GatewayError("invalid_request", `${where} ${issueText(issue)}.`, { details: { field } });
}
