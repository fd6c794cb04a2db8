import type { Feature } from "#core/chat/feature.ts";
import { GatewayError } from "#core/errors.ts";

/** What of a request could not be carried, in the caller's words: each once, in the order in which it was found. */
export class Notes {
  readonly #asked: ReadonlyMap<string, string>;
  readonly #names = new Set<string>();

  constructor(asked: ReadonlyMap<Feature, string>) {
    this.#asked = asked;
  }

  /** Notes a feature by the caller's name for it, or a path as it is. */
  note(what: string): void {
    this.#names.add(this.#asked.get(what) ?? what);
  }

  names(): readonly string[] {
    return [...this.#names];
  }
}

/** The refusal of what a provider cannot be told, before anything is sent. `field` is the caller's own name for it. */
export function cannotCarry(field: string, protocol: string, how?: string): GatewayError {
  const reason = how === undefined ? "" : `: ${how}`;
  return new GatewayError("unsupported_value", `'${field}' cannot be carried to ${protocol}${reason}.`, {
    details: { field },
  });
}

const mostNamed = 20;
const longestName = 200;

/** The refusal of a strict call of which something would be left out. Names are the caller's: not all of them, nor whole. */
export function strictRefusal(names: readonly [string, ...string[]], protocol: string): GatewayError {
  const named = names.slice(0, mostNamed).map((name) => `'${name.slice(0, longestName)}'`);
  if (names.length > mostNamed) named.push(`${names.length - mostNamed} more`);
  const list = named.join(", ");
  return new GatewayError("unsupported_value", `Strict call: ${list} cannot be carried to ${protocol} unchanged.`, {
    details: { field: names[0] },
  });
}
