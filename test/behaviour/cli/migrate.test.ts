import { Database } from "bun:sqlite";
import { expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DirectoryLock } from "#integrations/stores/sqlite/lock.ts";
import { migrate } from "#integrations/stores/sqlite/migrate.ts";
import { migrations, schemaVersion } from "#integrations/stores/sqlite/migrations.ts";
import { Operator } from "../../harness/operator.ts";

// Commands, a process each, that other work on the machine may stretch.
setDefaultTimeout(60_000);

const olderSchema = 3;

/** An operator whose database is as an older program left it, and its path. */
function operatorOfOlder(): { readonly operator: Operator; readonly path: string } {
  const operator = new Operator();
  operator.gateway.write("master.secret", `${"0".repeat(64)}\n`);
  const path = join(operator.gateway.configDir, "gateway.db");
  using database = new Database(path, { create: true, strict: true });
  migrate(database, migrations.slice(0, olderSchema), 1);
  return { operator, path };
}

test("migrate says from which schema to which it brings an older database, and the gateway goes on with it", async () => {
  const { operator, path } = operatorOfOlder();
  await using machine = operator;
  expect(await machine.prints("migrate")).toBe(`${path}: schema ${olderSchema} is now ${schemaVersion}.\n`);
  expect(await machine.prints("migrate")).toBe(`${path} is up to date, schema ${schemaVersion}.\n`);
  expect(await machine.prints("migrate", "--check")).toContain("up to date");
  await machine.gateway.serve();
  expect(JSON.parse(await machine.prints("migrate", "--json"))).toEqual({
    database: path,
    from: schemaVersion,
    to: schemaVersion,
    applied: false,
  });
  expect(await machine.gateway.stop()).toBe(0);
});

test("migrate --check ends with 1 where something is to be done, and leaves no trace", async () => {
  const { operator, path } = operatorOfOlder();
  await using machine = operator;
  // The runtime keeps something in a home; the program does not.
  const names = () => readdirSync(machine.gateway.configDir).filter((name) => name !== ".bun");
  const seen = (): unknown => [names(), Bun.hash(readFileSync(path))];
  const before = seen();
  const asText = await machine.gateway.cli("migrate", "--check");
  expect([asText.exitCode, asText.stdout]).toEqual([
    1,
    `${path}: schema ${olderSchema} would become ${schemaVersion}.\n`,
  ]);
  const asData = await machine.gateway.cli("migrate", "--check", "--json");
  expect(JSON.parse(asData.stdout)).toEqual({ database: path, from: olderSchema, to: schemaVersion, applied: false });
  expect(seen()).toEqual(before);
});

test("migrate changes nothing while somebody works on the data directory, and ends with 69", async () => {
  const { operator, path } = operatorOfOlder();
  await using machine = operator;
  const before = Bun.hash(readFileSync(path));
  const lock = new DirectoryLock(machine.gateway.configDir);
  lock.acquire();
  try {
    const { code, line } = await machine.fails("migrate");
    expect([code, line]).toEqual([69, expect.stringContaining("Another tokligence already works on")]);
  } finally {
    lock.release();
  }
  expect(Bun.hash(readFileSync(path))).toBe(before);
});

test("migrate makes no database where there is none, and refuses one of a newer program with 78", async () => {
  await using machine = new Operator();
  const path = join(machine.gateway.configDir, "data", "gateway.db");
  machine.gateway.write("setting.ini", `[database]\npath = ${path}\n`);
  expect(await machine.prints("migrate")).toBe(`There is no database ${path} yet; serve makes it.\n`);
  expect(await machine.prints("migrate", "--check")).toContain("serve makes it");
  expect(existsSync(join(machine.gateway.configDir, "data"))).toBe(false);
  mkdirSync(join(machine.gateway.configDir, "data"));
  {
    using database = new Database(path, { create: true, strict: true });
    const newer = { version: schemaVersion + 1, name: "later", sql: "CREATE TABLE later (a)" };
    migrate(database, [...migrations, newer], 1);
  }
  expect(await machine.fails("migrate", "--check")).toMatchObject({ code: 78, line: expect.stringContaining("newer") });
});
