/** The id of an answer that has none from its provider, in the form OpenAI's have: `chatcmpl-` and the request's own. */
export function completionId(requestId: string): string {
  return `chatcmpl-${requestId.replace(/^req_/, "")}`;
}
