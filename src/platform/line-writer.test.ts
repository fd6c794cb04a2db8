import { expect, test } from "bun:test";
import { createLineWriter } from "#platform/line-writer.ts";

test("a reader that stops loses lines, is told how many, and never grows the backlog", () => {
  const taken: string[] = [];
  const pending: (() => void)[] = [];
  const write = createLineWriter(
    {
      write(text, done) {
        taken.push(text);
        pending.push(done);
      },
    },
    (lines) => `lost ${lines}\n`,
  );
  const line = `${"x".repeat(99_999)}\n`;
  for (let count = 0; count < 30; count += 1) write(line);
  expect(taken).toHaveLength(10);
  for (const done of pending.splice(0)) done();
  write("again\n");
  expect(taken.slice(10)).toEqual(["lost 20\n", "again\n"]);
});

test("a reader that went away does not end the process", async () => {
  const script = `import { standardError } from "#platform/line-writer.ts";
    const write = standardError();
    for (let count = 0; count < 5; count += 1) { write("line\\n"); await Bun.sleep(10); }
    console.log("alive");`;
  const child = Bun.spawn([process.execPath, "-e", script], {
    cwd: import.meta.dir,
    stdio: ["ignore", "pipe", "pipe"],
  });
  await child.stderr.cancel();
  expect(await child.stdout.text()).toBe("alive\n");
  expect(await child.exited).toBe(0);
});
