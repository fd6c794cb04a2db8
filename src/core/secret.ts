import type { GatewayError } from "#core/errors.ts";

/** A value that must not be printed: every way of turning it into text gives `[secret]`. */
export class Secret {
  readonly #value: string | GatewayError;

  /** The value; or, of one that is referred to and not there, the error for whoever needs it. */
  constructor(value: string | GatewayError) {
    this.#value = value;
  }

  /** Whether there is a value to reveal. */
  get isThere(): boolean {
    return typeof this.#value === "string";
  }

  /** The value itself. Call it only where it leaves for its destination. Throws the error of one that is not there. */
  reveal(): string {
    if (typeof this.#value === "string") return this.#value;
    throw this.#value;
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
