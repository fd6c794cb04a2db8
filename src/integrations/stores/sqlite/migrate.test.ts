import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { migrate } from "#integrations/stores/sqlite/migrate.ts";
import { type Migration, migrations } from "#integrations/stores/sqlite/migrations.ts";

const steps: readonly Migration[] = [
  { version: 1, name: "one", sql: "CREATE TABLE one (a); CREATE TABLE uno (a);" },
  { version: 2, name: "two", sql: "CREATE TABLE two (a);" },
];

function applied(database: Database): unknown {
  return database.query("SELECT version, name, applied_at FROM migration ORDER BY version").all();
}

test("the shipped steps are numbered from 1 without gaps and all apply", () => {
  using database = new Database(":memory:");
  migrate(database, migrations, 1_000);
  expect(migrations.map((step) => step.version)).toEqual(migrations.map((_, index) => index + 1));
  expect(applied(database)).toHaveLength(migrations.length);
});

test("F67: a second run changes nothing, not even the recorded time", () => {
  using database = new Database(":memory:");
  migrate(database, steps, 1_000);
  migrate(database, steps, 2_000);
  expect(applied(database)).toEqual([
    { version: 1, name: "one", applied_at: 1_000 },
    { version: 2, name: "two", applied_at: 1_000 },
  ]);
});

test("F67: a step that fails half-way leaves nothing behind, and the next run resumes there", () => {
  using database = new Database(":memory:");
  const broken: Migration = { version: 2, name: "two", sql: "CREATE TABLE two (a); CREATE TABLE one (a);" };
  expect(() => migrate(database, [...steps.slice(0, 1), broken], 1_000)).toThrow("already exists");
  expect(database.query("SELECT name FROM sqlite_schema WHERE name = 'two'").get()).toBeNull();
  migrate(database, steps, 2_000);
  expect(applied(database)).toEqual([
    { version: 1, name: "one", applied_at: 1_000 },
    { version: 2, name: "two", applied_at: 2_000 },
  ]);
});

test("F67: a database from a newer version is refused with a hint", () => {
  using database = new Database(":memory:");
  migrate(database, steps, 1_000);
  expect(() => migrate(database, steps.slice(0, 1), 2_000)).toThrow(
    expect.objectContaining({ code: "config_invalid", message: expect.stringContaining("newer tokligence") }),
  );
});

test("an applied step whose text has changed is refused", () => {
  using database = new Database(":memory:");
  migrate(database, steps, 1_000);
  const changed = steps.map((step) => ({ ...step, sql: `${step.sql} ` }));
  expect(() => migrate(database, changed, 2_000)).toThrow(expect.objectContaining({ code: "config_invalid" }));
});

test("token_metadata has the columns and indexes that the specification names", () => {
  using database = new Database(":memory:");
  migrate(database, migrations, 1_000);
  const names = (sql: string) => database.query<{ name: string }, []>(sql).values().flat();
  expect(names("SELECT name FROM pragma_table_info('token_metadata')")).toEqual(
    expect.arrayContaining([
      ...["token_hash", "hash_alg", "tier", "priority", "quota_limit", "current_usage", "reset_at"],
      ...["created_at", "updated_at"],
    ]),
  );
  expect(names("SELECT name FROM pragma_index_list('token_metadata')")).toEqual(
    expect.arrayContaining(["idx_token_tier", "idx_token_priority"]),
  );
});
