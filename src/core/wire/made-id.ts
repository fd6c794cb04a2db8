/** What the ids that are made for a request have in common: its own id without `req_`. */
export function idBase(requestId: string): string {
  return requestId.replace(/^req_/, "");
}

/** The id of an answer: the provider's where it begins as the caller's protocol has it, such as `msg_`, else the request's own. */
export function answerId(prefix: string, id: string | undefined, requestId: string): string {
  return id?.startsWith(prefix) === true ? id : prefix + idBase(requestId);
}

/** The id of a call that came without one in an answer: the request's own and the call's number. */
export function madeCallId(requestId: string, call: number): string {
  return `call_${idBase(requestId)}_${call}`;
}
