import type { Target } from "./load-plan.ts";

/** The bytes of one request after the other, made once for each key of a target; any of its keys may be next. */
export function requestsByKeys({ key, keys = [key] }: Target, requestOf: (key: string) => Buffer): () => Buffer {
  const requests = keys.map(requestOf);
  return () => {
    const request = requests[Math.floor(Math.random() * requests.length)];
    if (request === undefined) throw new Error("There is no key to ask with.");
    return request;
  };
}
