const textType = /^(?:text\/|application\/(?:[\w.-]*\+)?(?:json|xml|yaml|x-yaml|toml|javascript|x-javascript|sql)\b)/;
const strictUtf8 = new TextDecoder("utf-8", { fatal: true });

/** What a document in standard base64 says, if its type is one of text; undefined for any other, and for broken text. */
export function documentText(mimeType: string, base64: string): string | undefined {
  if (!textType.test(mimeType)) return undefined;
  try {
    return strictUtf8.decode(Uint8Array.fromBase64(base64));
  } catch {
    return undefined;
  }
}
