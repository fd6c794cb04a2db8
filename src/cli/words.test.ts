import { expect, test } from "bun:test";
import { arrangeWords, wordsOfProgram } from "#cli/words.ts";

const arranged = (line: string) => {
  const { verb, words } = arrangeWords(line.split(" ").filter((word) => word !== ""));
  return [verb, ...words].join(" ");
};

test("global flags may stand before the verb, before the sub-verb or after it", () => {
  const same = "user create Ada --email a@b.c --config-dir D --json";
  expect(arranged("--config-dir D --json user create Ada --email a@b.c")).toBe(same);
  expect(arranged("user --config-dir D --json create Ada --email a@b.c")).toBe(same);
  expect(arranged("user create --config-dir D Ada --json --email a@b.c")).toBe(same);
  expect(arranged("--config-dir=D user create Ada --email a@b.c --json")).toBe(same.replace("dir D", "dir=D"));
});

test("what follows -- is left alone", () => {
  expect(arranged("launch --json claude -- --json --env x")).toBe("launch claude --json -- --json --env x");
});

test("a line without a verb has none", () => {
  expect(arrangeWords([])).toEqual({ verb: undefined, words: [] });
  expect(arrangeWords(["--json"]).verb).toBeUndefined();
});

test("called as gatewayd it serves, called as gateway it is itself", () => {
  expect(wordsOfProgram("/usr/bin/gatewayd", ["--port", "1"])).toEqual(["serve", "--port", "1"]);
  expect(wordsOfProgram("C:\\bin\\gatewayd.exe", [])).toEqual(["serve"]);
  expect(wordsOfProgram("gateway", ["status"])).toEqual(["status"]);
});
