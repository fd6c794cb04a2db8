/** A part of citty's definition of a command, which may stand there itself, as a promise, or as a function that makes it. */
export async function settled<Value>(
  part: Value | Promise<Value> | (() => Value) | (() => Promise<Value>),
): Promise<Value> {
  return await (part instanceof Function ? part() : part);
}
