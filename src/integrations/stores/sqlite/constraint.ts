import { SQLiteError } from "bun:sqlite";

/** Whether a statement failed since a row with this key or unique value exists. */
export function isDuplicate(thrown: unknown): boolean {
  if (!(thrown instanceof SQLiteError)) return false;
  return thrown.code === "SQLITE_CONSTRAINT_UNIQUE" || thrown.code === "SQLITE_CONSTRAINT_PRIMARYKEY";
}

/** Whether a statement failed since a row that it refers to does not exist. */
export function isDangling(thrown: unknown): boolean {
  return thrown instanceof SQLiteError && thrown.code === "SQLITE_CONSTRAINT_FOREIGNKEY";
}
