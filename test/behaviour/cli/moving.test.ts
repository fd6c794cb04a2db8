import { expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { Operator } from "../../harness/operator.ts";

// Commands, a process each, that other work on the machine may stretch.
setDefaultTimeout(120_000);

test.each(["stopped", "running"] as const)(
  "accounts move through a file, and a backup is written, while it is %s",
  async (state) => {
    await using from = await Operator.of(state);
    await using to = await Operator.of(state);
    await from.prints("user", "create", "ada@example.com");
    await from.prints("apikey", "create", "ada@example.com", "--name", "ci", "--label", "night");
    const archive = join(from.gateway.configDir, "accounts.archive");
    from.gateway.write("passphrase", "correct horse\n");
    const sealed = ["--passphrase-file", join(from.gateway.configDir, "passphrase")];
    const receipt = await from.one("exportArchive", "export", "--output", archive, ...sealed);
    expect(receipt).toMatchObject({ path: archive, secrets: "encrypted" });
    expect(await from.fails("export", "--output", join(archive, "below"), ...sealed)).not.toMatchObject({ code: 0 });

    expect(await to.prints("import", "--input", archive, "--dry-run", ...sealed)).toStartWith("Would take ");
    expect(await to.list("listKeys", "apikey", "list", "--label", "night")).toEqual([]);
    const report = await to.one("importArchive", "import", "--input", archive, ...sealed);
    expect(report.counts["api_key"]).toBeGreaterThanOrEqual(1);
    const [key] = await to.list("listKeys", "apikey", "list", "--label", "night");
    expect(key?.name).toBe("ci");
    expect(await to.fails("import", "--input", join(archive, "nowhere"))).toMatchObject({ code: 2 });

    const backup = join(to.gateway.configDir, "books.backup");
    expect(await to.prints("backup", "--output", backup)).toContain("secrets  left out: no passphrase was given");
    await to.prints("user", "create", "late@example.com");
    if (state === "running") {
      expect(await to.fails("restore", "--input", backup)).toMatchObject({ code: 69 });
      await to.gateway.stop();
    }
    expect(await to.prints("restore", "--input", backup)).toStartWith("Restored the backup of ");
    const emails = (await to.list("listUsers", "user", "list")).map(({ email }) => email);
    expect(emails).toContain("ada@example.com");
    expect(emails).not.toContain("late@example.com");
    expect((await to.one("verifyLedger", "ledger", "verify")).ok).toBe(true);
  },
);
