import type { z } from "zod";

/** What is wrong with a field, as a sentence goes on after its name: `is missing`, `is no field here`, `is six digits`. */
export function issueText(issue: z.core.$ZodIssue | undefined): string {
  if (issue === undefined) return "cannot be read";
  if (issue.code === "unrecognized_keys") return "is no field here";
  // All that is left of what was asked: zod does not tell what it saw.
  if (issue.code === "invalid_type" && issue.message.endsWith("received undefined")) return "is missing";
  return issue.message.startsWith("is ") ? issue.message : `is not valid: ${issue.message}`;
}
