/** Query parameters by name, the caller's key left out; of one said twice the last. */
export function queryValues(query: string): Record<string, string> {
  const parameters = new URLSearchParams(query);
  parameters.delete("key");
  return Object.fromEntries(parameters);
}
