/**
 * The key a caller shows, wherever its protocol puts it: `x-api-key`, `Authorization: Bearer`, `x-goog-api-key`,
 * `?key=`, the first of these that is there. Undefined when none is.
 */
export function presentedKey(headers: Headers, query: string): string | undefined {
  return (
    textOf(headers.get("x-api-key")) ??
    bearerOf(headers.get("authorization")) ??
    textOf(headers.get("x-goog-api-key")) ??
    (query.includes("key=") ? textOf(new URLSearchParams(query).get("key")) : undefined)
  );
}

function textOf(value: string | null): string | undefined {
  return value === null || value === "" ? undefined : value;
}

function bearerOf(value: string | null): string | undefined {
  if (value === null || value.slice(0, 7).toLowerCase() !== "bearer ") return undefined;
  return textOf(value.slice(7).trim());
}
