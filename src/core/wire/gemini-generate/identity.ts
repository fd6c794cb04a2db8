/** The end of every frame and body: which model answered and what the answer is called. */
export function identityMembers(model: string, responseId: string): string {
  return `,"modelVersion":${JSON.stringify(model)},"responseId":${JSON.stringify(responseId)}}`;
}
