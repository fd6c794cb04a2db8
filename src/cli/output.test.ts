import { expect, test } from "bun:test";
import { tableText } from "#cli/output.ts";

test("columns line up, figures to the right, and no cell steers the terminal (F100)", () => {
  const rows = [
    ["gpt-4o", "12", "x"],
    ["\u001b[31m名前\u001b[0m\n", "3", "\u202ey"],
  ];
  expect(tableText(["MODEL", "CALLS", "NOTE"], rows)).toBe(
    ["MODEL   CALLS  NOTE", "gpt-4o     12  x", "名前        3  y", ""].join("\n"),
  );
});

test("a large output survives a slow reader whole, and a reader that leaves ends the command quietly", async () => {
  const script = `import { printLine } from "#cli/output.ts";
    for (let line = 0; line < 5000; line += 1) printLine(line + " " + "x".repeat(60));
    process.exit(0);`;
  const run = async (reader: string) => {
    const pipeline = `set -o pipefail; "$0" -e "$1" | ${reader}`;
    const child = Bun.spawn(["bash", "-c", pipeline, process.execPath, script], {
      cwd: import.meta.dir,
      stdio: ["ignore", "pipe", "pipe"],
    });
    return { out: await child.stdout.text(), error: await child.stderr.text(), code: await child.exited };
  };
  expect(await run("(sleep 0.2; wc -l)")).toEqual({ out: "5000\n", error: "", code: 0 });
  expect(await run("head -n 1")).toEqual({ out: `0 ${"x".repeat(60)}\n`, error: "", code: 0 });
});
