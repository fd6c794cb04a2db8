/** What Gemini takes in place of a thought signature that it never made (Gemini API, "Thought signatures"). */
export const signatureStandIn = "skip_thought_signature_validator";

const standIns: ReadonlySet<string> = new Set([
  signatureStandIn,
  "c2tpcF90aG91Z2h0X3NpZ25hdHVyZV92YWxpZGF0b3I=",
  "context_engineering_is_the_way_to_go",
]);

/** Whether a signature is none but stands for one that is missing, in clear or as base64. */
export function isStandIn(signature: string): boolean {
  return standIns.has(signature);
}
