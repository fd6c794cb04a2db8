import { expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { chat } from "../harness/client.ts";
import { eventually } from "../harness/eventually.ts";
import { testedProgram } from "../harness/gateway.ts";
import { GatewayProcess } from "../harness/gateway-process.ts";

setDefaultTimeout(60_000);

interface Line {
  readonly event: string;
  readonly request_id?: string;
}

function linesOf(path: string): Line[] {
  return readFileSync(path, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Line);
}

test("log.file takes every line, is rotated by size, opened anew when moved, and loses lines alone when it cannot be written", async () => {
  await using gateway = new GatewayProcess({
    program: testedProgram,
    configuration: "[log]\nfile = logs/gateway.log\nmax_size = 4kB\nmax_files = 3\n",
  });
  const directory = join(gateway.configDir, "logs");
  const path = join(directory, "gateway.log");

  const impossible = gateway.spawn();
  expect(await impossible.exited).toBe(78);
  await gateway.exited();
  expect(gateway.stderr).toContain("(log.file): ENOENT");

  mkdirSync(directory);
  await gateway.serve();
  const first = await eventually("the first line", () => linesOf(path)[0]);
  expect([statSync(path).mode & 0o777, first.event]).toEqual([0o600, "listening"]);
  expect(gateway.stderr).not.toContain('"listening"');

  // Each refused call is a line of some 300 bytes.
  const refuse = async (): Promise<string> => {
    const answer = await chat(gateway, { model: "nobody-has-it" });
    expect(answer.status).toBe(404);
    return answer.headers.get("x-request-id") ?? "";
  };
  const ids: string[] = [];
  for (let call = 0; call < 60; call += 1) ids.push(await refuse());
  const isWritten = (id: string) => () => linesOf(path).some(({ request_id }) => request_id === id);
  await eventually("the last line", isWritten(ids.at(-1) ?? ""));
  expect(readdirSync(directory).toSorted()).toEqual(["gateway.log", "gateway.log.1", "gateway.log.2"]);
  for (const name of readdirSync(directory)) expect(statSync(join(directory, name)).size).toBeLessThanOrEqual(4_000);
  const kept = ["gateway.log.2", "gateway.log.1", "gateway.log"].flatMap((name) => linesOf(join(directory, name)));
  const keptIds = kept.flatMap(({ request_id }) => request_id ?? []);
  expect(keptIds).toEqual(ids.slice(-keptIds.length));

  renameSync(path, `${path}.moved`);
  gateway.signal("SIGHUP");
  await eventually("a new file", () => existsSync(path) && statSync(path).size > 0);

  rmSync(directory, { recursive: true });
  gateway.signal("SIGHUP");
  for (let call = 0; call < 5; call += 1) await refuse();
  mkdirSync(directory);
  await eventually("the log is back", async () => {
    await refuse();
    return existsSync(path) && linesOf(path).length > 1;
  });
  expect(linesOf(path)[0]?.event).toBe("log_lines_lost");
  expect(await gateway.stop()).toBe(0);
  expect(linesOf(path).map(({ event }) => event)).toContain("draining");
});
