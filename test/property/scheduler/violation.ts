/** An invariant of the reliability note that does not hold, by its id. */
export class Violation extends Error {
  readonly id: string;

  constructor(id: string, message: string) {
    super(`${id}: ${message}`);
    this.name = "Violation";
    this.id = id;
  }
}

/** Throws the Violation unless it holds. */
export function holds(id: string, condition: boolean, message: () => string): void {
  if (!condition) throw new Violation(id, message());
}
