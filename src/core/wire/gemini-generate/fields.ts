import { recordOf } from "#core/wire/json-value.ts";
import { refuseField } from "#core/wire/request-fields.ts";

type Fields = Readonly<Record<string, unknown>>;

/**
 * An object of a Gemini request, whose fields callers write in camelCase or in snake_case, even mixed in one body. Fields are
 * asked for in camelCase; `path` names one as the caller wrote it. Null counts as absent.
 */
export class GeminiFields {
  readonly record: Fields;
  readonly #path: string;
  /** Whether any name has an underscore: a long conversation asks thousands of objects for names that none of them has. */
  readonly #hasSnakes: boolean;

  constructor(record: Fields, path: string = "") {
    this.record = record;
    this.#path = path;
    this.#hasSnakes = Object.keys(record).some((name) => name.includes("_"));
  }

  /** The object's own path; empty for the body itself. */
  get at(): string {
    return this.#path;
  }

  value(name: string): unknown {
    const camel = this.record[name] ?? undefined;
    if (!this.#hasSnakes) return camel;
    const snake = snakeCase(name);
    const other = snake === name ? undefined : (this.record[snake] ?? undefined);
    // Which of the two Google would read is not ours to guess.
    if (camel !== undefined && other !== undefined) throw refuseField(this.#pathOf(snake), "is said twice");
    return camel ?? other;
  }

  path(name: string): string {
    if (!this.#hasSnakes || (this.record[name] ?? undefined) !== undefined) return this.#pathOf(name);
    const snake = snakeCase(name);
    return this.#pathOf(snake in this.record ? snake : name);
  }

  text(name: string): string | undefined {
    const value = this.value(name);
    if (value === undefined) return undefined;
    if (typeof value !== "string") throw refuseField(this.path(name), "must be a string");
    return value === "" ? undefined : value;
  }

  number(name: string): number | undefined {
    const value = this.value(name);
    // Google's JSON lets a number be written as text.
    const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
    if (number === undefined) return undefined;
    if (typeof number !== "number" || !Number.isFinite(number)) throw refuseField(this.path(name), "must be a number");
    return number;
  }

  flag(name: string): boolean {
    const value = this.value(name) ?? false;
    if (typeof value !== "boolean") throw refuseField(this.path(name), "must be true or false");
    return value;
  }

  /** The object in a field; undefined when absent. */
  fields(name: string): GeminiFields | undefined {
    const value = this.value(name);
    return value === undefined ? undefined : fieldsOf(value, this.path(name));
  }

  /** The objects in a field that holds a list, or, as Google's JSON allows, a single one. */
  list(name: string): readonly GeminiFields[] {
    const path = this.path(name);
    return this.values(name).map((value, index) => fieldsOf(value, `${path}[${index}]`));
  }

  /** The values of a field that holds a list or a single one. */
  values(name: string): readonly unknown[] {
    const value = this.value(name);
    if (value === undefined) return [];
    const list: readonly unknown[] = Array.isArray(value) ? value : [value];
    return list;
  }

  /** Paths of the fields that are not among these (in camelCase), null left out. */
  beside(known: ReadonlySet<string>): readonly string[] {
    const named = Object.keys(this.record).filter((name) => (this.record[name] ?? undefined) !== undefined);
    return named.filter((name) => !known.has(camelCase(name))).map((name) => this.#pathOf(name));
  }

  #pathOf(written: string): string {
    return this.#path === "" ? written : `${this.#path}.${written}`;
  }
}

/** The value as an object of a request. Throws `invalid_request` naming the path. */
export function fieldsOf(value: unknown, path: string): GeminiFields {
  const record = recordOf(value);
  if (record === undefined) throw refuseField(path, "must be an object");
  return new GeminiFields(record, path);
}

/** `functionCall` as `function_call`. */
export function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** `function_call` as `functionCall`. */
export function camelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
