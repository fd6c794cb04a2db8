import { expect, setDefaultTimeout, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { testedProgram } from "../../harness/gateway.ts";
import { GatewayProcess } from "../../harness/gateway-process.ts";

// Commands, a process each, that other work on the machine may stretch.
setDefaultTimeout(120_000);

const configuration = "[database]\ntype = postgresql\n";
const refusal = "dev/gateway.ini:2: database.type: the PostgreSQL store is not built yet";

test("no command keeps elsewhere what a configuration puts into PostgreSQL: each ends with 78 as serve does", async () => {
  await using gateway = new GatewayProcess({ program: testedProgram, configuration });
  const files = () => readdirSync(gateway.configDir).filter((name) => name !== ".bun");
  const before = files();
  for (const line of [
    "serve",
    "user create ada@example.com",
    "team create ops",
    "apikey list",
    "budget list",
    "prices show",
    "usage summary",
    "ledger verify",
    "audit list",
    "scheduler explain --model loopback --key key_1",
    `export --output ${join(gateway.configDir, "out.tar.gz")}`,
    `backup --output ${join(gateway.configDir, "out.tar.gz")}`,
    "restore --input none.tar.gz",
    "import --input none.tar.gz",
    "migrate",
    "migrate --check",
  ]) {
    const { exitCode, stderr } = await gateway.cli(...line.split(" "));
    expect([line, exitCode, stderr]).toEqual([line, 78, expect.stringContaining(refusal)]);
  }
  expect(files()).toEqual(before);
});

test("what opens no database goes on: settings, profiles and the unit of a service", async () => {
  await using gateway = new GatewayProcess({ program: testedProgram, configuration });
  for (const line of ["config show", "config set gateway.max_retries 1", "profile list", "daemon install --print"]) {
    expect([line, (await gateway.cli(...line.split(" "))).exitCode]).toEqual([line, 0]);
  }
});
