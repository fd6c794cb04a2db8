/** Query parameters by name; of one said more than once all values, in their order. */
export function queryValues(query: string): Record<string, string | readonly string[]> {
  const parameters = new URLSearchParams(query);
  const names = new Set(parameters.keys());
  return Object.fromEntries(
    [...names].map((name) => {
      const values = parameters.getAll(name);
      return [name, values.length > 1 ? values : (values[0] ?? "")];
    }),
  );
}
