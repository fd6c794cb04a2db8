/** What `scripts/build.ts` and the SQLite worker rely on in executables that Bun makes. */
import { expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

test("a thread that was an entry point is found inside the executable by its path below the root", async () => {
  const directory = mkdtempSync(join(tmpdir(), "executable-"));
  try {
    mkdirSync(join(directory, "rooms"));
    const [main, thread] = [join(directory, "main.ts"), join(directory, "rooms/thread.ts")];
    writeFileSync(
      main,
      `import { dirname } from "node:path";
       const worker = new Worker(\`\${dirname(Bun.main)}/rooms/thread.js\`);
       worker.onmessage = ({ data }) => { console.log(Bun.isStandaloneExecutable, data); process.exit(0); };
       worker.onerror = ({ message }) => { console.log(message); process.exit(1); };`,
    );
    writeFileSync(thread, `postMessage("hello from the thread");`);
    const outfile = join(directory, "program");
    await Bun.build({
      entrypoints: [main, thread],
      root: directory,
      target: "bun",
      format: "esm",
      compile: { outfile },
    });
    const run = Bun.spawnSync([outfile], { cwd: "/", timeout: 10_000 });
    expect(run.stdout.toString()).toBe("true hello from the thread\n");
  } finally {
    rmSync(directory, { recursive: true });
  }
});
