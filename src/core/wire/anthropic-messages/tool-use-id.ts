import { madeCallId } from "#core/wire/made-id.ts";

/** The id of a call within Anthropic's alphabet; a missing one is made of the request's id and the call's number. */
export function toolUseId(id: string, requestId: string, call: number): string {
  return (id === "" ? madeCallId(requestId, call) : id).replaceAll(/[^A-Za-z0-9_-]/g, "_");
}
