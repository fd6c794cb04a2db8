/** A value that must not be printed: every way of turning it into text gives `[secret]`. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The value itself. Call it only where it leaves for its destination. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return "[secret]";
  }

  toJSON(): string {
    return "[secret]";
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return "[secret]";
  }
}

/** The text with `[secret]` in the place of each of these secrets. */
export function withoutSecrets(text: string, secrets: readonly Secret[]): string {
  const values = secrets.map((secret) => secret.reveal()).filter((value) => value !== "");
  // One may begin with another.
  return values
    .toSorted((a, b) => b.length - a.length)
    .reduce((left, value) => left.replaceAll(value, "[secret]"), text);
}
