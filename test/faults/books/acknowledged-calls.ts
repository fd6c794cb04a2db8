import { postJson, withKey } from "../../harness/client.ts";
import { callOf, lastEvents, type Wanted } from "./paid-provider.ts";

/** A call whose end its caller has seen. */
export interface AcknowledgedCall extends Pick<Wanted, "inputTokens" | "outputTokens"> {
  readonly requestId: string;
}

/** How a call ended for its caller: seen to its end, refused, or cut off with the connection. */
export type CallEnd = { readonly acknowledged: AcknowledgedCall } | { readonly refused: number } | "cut";

/** Makes one call and reads it to its end. A stream counts as acknowledged with its last event, whatever follows. */
export async function makeCall(gateway: { readonly url: string }, key: string, wanted: Wanted): Promise<CallEnd> {
  try {
    const { path, body } = callOf(wanted);
    const answer = await postJson(`${gateway.url}${path}`, body, withKey(key));
    const isStream = wanted.isStreamed && answer.ok;
    const seen = isStream
      ? (await textUpToBreak(answer)).includes(lastEvents[wanted.speaks])
      : (await answer.text()) !== "";
    if (!answer.ok) return { refused: answer.status };
    const { inputTokens, outputTokens } = wanted;
    const requestId = answer.headers.get("x-request-id") ?? "";
    return seen ? { acknowledged: { requestId, inputTokens, outputTokens } } : "cut";
  } catch {
    return "cut";
  }
}

/** The connection may break right after the last event: that was seen all the same. */
async function textUpToBreak(answer: Response): Promise<string> {
  let text = "";
  const decoder = new TextDecoder();
  try {
    for await (const bytes of answer.body ?? []) text += decoder.decode(bytes, { stream: true });
  } catch {
    // What has come until now decides.
  }
  return text;
}
