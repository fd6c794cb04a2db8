import { scanObject } from "#core/wire/json-scan.ts";

const utf8 = new TextEncoder();
const text = new TextDecoder();

/**
 * The object that begins at `start` of a body as a cloud takes it: the members of `added`, and of its own those that are
 * kept and not among them. Values stay byte for byte, in their order.
 */
export function hostedBody(
  body: Uint8Array,
  kept: (key: string) => boolean,
  added: Readonly<Record<string, unknown>> = {},
  start = 0,
): string {
  const members: string[] = [];
  for (const [key, value] of scanObject(body, start)) {
    if (!kept(key) || Object.hasOwn(added, key)) continue;
    members.push(`${JSON.stringify(key)}:${text.decode(body.subarray(value.start, value.end))}`);
  }
  for (const [key, value] of Object.entries(added)) members.push(`${JSON.stringify(key)}:${JSON.stringify(value)}`);
  return `{${members.join(",")}}`;
}

/** The same of a whole body, as bytes. */
export function hostedBytes(...said: Parameters<typeof hostedBody>): Uint8Array {
  return utf8.encode(hostedBody(...said));
}
