/** What credentials look like, for text that reaches a log without having been a `Secret`. */
const credentialPatterns: readonly RegExp[] = [
  /-----BEGIN [A-Z ]+-----[\s\S]*?(?:-----END [A-Z ]+-----|$)/g,
  /\beyJ[\w-]{5,}\.[\w-]{5,}\.[\w-]*/g,
  /\btok_(?:live|test|adm)_[A-Za-z0-9]{8,}/g,
  /\b(?:sk|xai|gsk|pplx)[-_][\w-]{8,}/g,
  /\bAIza[\w-]{20,}/g,
  /\b(?:AKIA|ASIA)[A-Z0-9]{12,}/g,
  /\b(?:gh[oprsu]|github_pat|hf|glpat|xox[abprs])[-_][\w-]{10,}/g,
  /(?<=\bBearer\s+)[^\s"',;]+/gi,
  /(?<=\bBasic\s+)[A-Za-z0-9+/=]{8,}/gi,
  /(?<=[?&](?:key|api_key|access_token|token)=)[^&\s"']+/gi,
  /(?<=\/\/)[^/\s@:]*:[^/\s@]+(?=@)/g,
];

/** One look that almost every line passes, so that the patterns above run only where one may match. */
const suspicion =
  /BEGIN|eyJ|tok_|sk[-_]|AIza|A[KS]IA|gh[oprsu]_|github_pat|xai-|gsk_|pplx-|hf_|glpat|xox|bearer|basic|key=|token=|@/i;

/** The text with everything that looks like a credential replaced by `[redacted]`. */
export function redact(text: string): string {
  if (!suspicion.test(text)) return text;
  let clean = text;
  for (const pattern of credentialPatterns) clean = clean.replace(pattern, "[redacted]");
  return clean;
}
