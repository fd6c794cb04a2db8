/** A vector as OpenAI writes it: numbers, or base64 of little-endian 32-bit floats. Undefined when it is neither. */
export function decodeVector(value: unknown): readonly number[] | undefined {
  if (typeof value === "string") return decodeFloats(value);
  return Array.isArray(value) && value.every((item) => typeof item === "number") ? value : undefined;
}

/** The vector in the wanted form; base64 keeps 32 bits of each number. */
export function encodeVector(vector: readonly number[], encoding: "float" | "base64"): readonly number[] | string {
  if (encoding === "float") return vector;
  const view = new DataView(new ArrayBuffer(4 * vector.length));
  vector.forEach((number, index) => {
    view.setFloat32(4 * index, number, true);
  });
  return new Uint8Array(view.buffer).toBase64();
}

function decodeFloats(text: string): readonly number[] | undefined {
  try {
    const bytes = Uint8Array.fromBase64(text);
    if (bytes.length % 4 !== 0) return undefined;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    return Array.from({ length: bytes.length / 4 }, (_, index) => view.getFloat32(4 * index, true));
  } catch {
    return undefined;
  }
}
