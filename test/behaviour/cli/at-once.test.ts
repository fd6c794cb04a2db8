import { expect, setDefaultTimeout, test } from "bun:test";
import { Operator } from "../../harness/operator.ts";

// Commands, a process each, that other work on the machine may stretch.
setDefaultTimeout(120_000);

test("T-37 twenty commands at the same moment do their work while it serves: one writer, no errors of locks", async () => {
  await using operator = await Operator.of("running");
  await operator.prints("user", "create", "ada@example.com");
  const numbers = Array.from({ length: 5 }, (_, number) => String(number));
  await Promise.all(
    numbers.flatMap((number) => [
      operator.prints("apikey", "create", "ada@example.com", "--name", number),
      operator.prints("budget", "create", "--scope", `tag:t${number}`, "--limit-usd", number, "--window", "day"),
      operator.prints("prices", "set", `model-${number}`, "--input", "1", "--output", "2"),
      operator.prints("team", "create", `team ${number}`),
    ]),
  );
  const counts = await Promise.all([
    operator.list("listKeys", "apikey", "list", "ada@example.com"),
    operator.list("listBudgets", "budget", "list"),
    operator.list("listTeams", "team", "list"),
    operator.list("listPriceVersions", "prices", "versions"),
  ]);
  expect(counts.map(({ length }) => length)).toEqual([5, 5, 5, 6]);
  expect((await operator.one("verifyLedger", "ledger", "verify")).ok).toBe(true);
});
