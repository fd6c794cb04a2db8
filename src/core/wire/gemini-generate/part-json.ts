/** A part with words, of the answer or of a thought, as JSON. */
export function textPartJson(text: string, thought: boolean, signature?: string): string {
  return `{"text":${JSON.stringify(text)}${thought ? ',"thought":true' : ""}${signatureMember(signature)}}`;
}

/** A part with a call, as JSON; its arguments are JSON already. */
export function callPartJson(id: string, name: string, argumentsJson: string, signature?: string): string {
  const call = `{"id":${JSON.stringify(id)},"name":${JSON.stringify(name)},"args":${argumentsJson}}`;
  return `{"functionCall":${call}${signatureMember(signature)}}`;
}

function signatureMember(signature: string | undefined): string {
  return signature === undefined ? "" : `,"thoughtSignature":${JSON.stringify(signature)}`;
}
