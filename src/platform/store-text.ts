/** Names of the only member of an object that stands for a value JSON does not have. */
const big = "$big";
const bytes = "$bytes";
const absent = "$absent";
/** What the caller's own object of such a form is put into. */
const plain = "$plain";

/**
 * What stores are asked and answer, as JSON text that other versions can read: whole numbers of any size, bytes and members of lists
 * that are undefined come back as they were; undefined members of objects do not.
 */
export function encodeStoreValue(value: unknown): string {
  return JSON.stringify(tagged(value));
}

/** The value in a text of `encodeStoreValue`. Throws `SyntaxError` on anything that is not JSON. */
export function decodeStoreValue(text: string): unknown {
  return untagged(JSON.parse(text));
}

function tagged(value: unknown): unknown {
  if (value === undefined) return { [absent]: 0 };
  if (typeof value === "bigint") return { [big]: value.toString() };
  if (value instanceof Uint8Array) return { [bytes]: value.toBase64() };
  if (Array.isArray(value)) return value.map(tagged);
  if (!isObject(value)) return value;
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  const copy = Object.fromEntries(members.map(([name, member]) => [name, tagged(member)]));
  return onlyName(copy)?.startsWith("$") === true ? { [plain]: copy } : copy;
}

function untagged(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(untagged);
  if (!isObject(value)) return value;
  const only = onlyName(value);
  const inside = only === undefined ? undefined : value[only];
  if (only === absent) return undefined;
  if (only === big) return BigInt(String(inside));
  if (only === bytes) return Uint8Array.fromBase64(String(inside));
  return members(only === plain && isObject(inside) ? inside : value);
}

function members(value: Readonly<Record<string, unknown>>): unknown {
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, untagged(member)]));
}

function onlyName(value: Readonly<Record<string, unknown>>): string | undefined {
  const [name, ...more] = Object.keys(value);
  return more.length === 0 ? name : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
