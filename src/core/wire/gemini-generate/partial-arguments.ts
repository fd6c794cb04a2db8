import { listOf, recordOf, textOf } from "#core/wire/json-value.ts";

type Container = Record<string, unknown> | unknown[];

const mostItems = 100_000;
const steps = /\.([^.[\]]+)|\[(\d+)\]|\['((?:[^'\\]|\\.)*)'\]|\["((?:[^"\\]|\\.)*)"\]/gy;

/** Arguments of a call that come in pieces, each with the JSON path (RFC 9535) of the value that it belongs to. */
export class PartialArguments {
  readonly #root: Record<string, unknown> = Object.create(null);
  /** The path of the text that goes on in the next piece. */
  #continued: string | undefined;

  /** Adds the `partialArgs` of one piece. What cannot be placed is left out. */
  add(partialArgs: unknown): void {
    for (const entry of listOf(partialArgs)) {
      const piece = recordOf(entry) ?? {};
      const path = textOf(piece["jsonPath"]);
      if (path !== undefined) this.#place(path, piece);
    }
  }

  json(): string {
    return JSON.stringify(this.#root);
  }

  #place(path: string, piece: Readonly<Record<string, unknown>>): void {
    const keys = keysOf(path);
    const last = keys?.pop();
    if (keys === undefined || last === undefined) return;
    let at: Container = this.#root;
    keys.forEach((key, index) => {
      at = childOf(at, key, keys[index + 1] ?? last);
    });
    const value = pieceValue(piece);
    const goesOn = this.#continued === path && typeof value === "string";
    if (value !== undefined) set(at, last, goesOn ? `${String(get(at, last) ?? "")}${value}` : value);
    this.#continued = piece["willContinue"] === true ? path : undefined;
  }
}

function keysOf(path: string): (string | number)[] | undefined {
  if (!path.startsWith("$")) return undefined;
  const keys: (string | number)[] = [];
  steps.lastIndex = 1;
  while (steps.lastIndex < path.length) {
    const [, name, index, single, double] = steps.exec(path) ?? [undefined];
    const quoted = single ?? double;
    if (name !== undefined) keys.push(name);
    else if (quoted !== undefined) keys.push(quoted.replace(/\\(.)/g, "$1"));
    else if (index !== undefined && Number(index) < mostItems) keys.push(Number(index));
    else return undefined;
  }
  return keys;
}

function pieceValue(piece: Readonly<Record<string, unknown>>): unknown {
  if ("nullValue" in piece) return null;
  return piece["stringValue"] ?? piece["numberValue"] ?? piece["boolValue"];
}

function childOf(at: Container, key: string | number, next: string | number): Container {
  const child = get(at, key);
  if (typeof child === "object" && child !== null) return child as Container;
  const made: Container = typeof next === "number" ? [] : Object.create(null);
  set(at, key, made);
  return made;
}

function get(at: Container, key: string | number): unknown {
  return Array.isArray(at) ? at[Number(key)] : at[key];
}

function set(at: Container, key: string | number, value: unknown): void {
  if (!Array.isArray(at)) at[key] = value;
  else if (typeof key === "number") at[key] = value;
}
