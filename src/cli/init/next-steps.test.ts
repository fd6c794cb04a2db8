import { expect, test } from "bun:test";
import { nextSteps } from "#cli/init/next-steps.ts";
import { inputOf, load } from "#settings/load-files.test-data.ts";

const steps = (ini: string, more = {}, running?: { pid: number }): string => {
  const files = { "dev/gateway.ini": ini };
  return nextSteps(inputOf(files, more), load(files, more), running).join("\n");
};

test("the commands carry the directory that was chosen", () => {
  expect(steps("")).toContain("tokligence serve --config-dir /etc/tokligence\n");
  const asked = steps("", { configDirFlag: undefined, rootFlag: "/my dir" });
  expect(asked).toStartWith("Start it: tokligence serve --root '/my dir'\n");
  expect(steps("", { configDirFlag: undefined })).toStartWith("Start it: tokligence serve\n");
});

test("the request is for a model that exists, at the address that was chosen, with a key where one is needed", () => {
  expect(steps("")).toContain('"model":"loopback"');
  expect(steps("[provider.openai]\napi_key = k\n")).toContain('"model":"gpt-4o-mini"');
  const named = "[gateway]\nhost = 0.0.0.0\nport = 9\n[gateway.auth]\nenabled = true\n[routes]\nmine = loopback\n";
  expect(steps(named)).toContain("curl http://127.0.0.1:9/v1/chat/completions");
  expect(steps(named)).toContain('"authorization: Bearer $TOKLIGENCE_KEY"');
  expect(steps(named)).toContain('"model":"mine"');
  expect(steps("", { profileFlag: "team" })).toContain(
    "No model has a route yet: tokligence init --add-provider openai --config-dir /etc/tokligence",
  );
});

test("the tool is told a model that exists, unless Claude's are routed", () => {
  expect(steps("[provider.anthropic]\napi_key = k\n")).toContain("tokligence launch claude --config-dir");
  const local = "[provider.ollama]\npreset = ollama\n[routes]\nllama3.2 = ollama\n";
  expect(steps(local)).toContain("tokligence launch claude --model llama3.2 --config-dir");
  for (const none of [steps(""), steps("", { profileFlag: "team" })]) expect(none).not.toContain("launch");
});

test("what serve would refuse is put right first", () => {
  const opened = steps("[gateway]\nhost = 0.0.0.0\n");
  expect(opened).toStartWith("Before it starts: tokligence config set gateway.auth.enabled true --config-dir /etc/");
  const team = steps("", { profileFlag: "team", configDirFlag: undefined });
  expect(team).toStartWith("Before it starts: tokligence config set database.type sqlite\nStart it: ");
});

test("a gateway that runs takes it over by itself, or when told, and says what waits for its restart", () => {
  const [first, second] = steps("", {}, { pid: 17 }).split("\n");
  expect(first).toBe("Process 17 serves it and takes changes over by itself, within three seconds");
  expect(second).toBe("What waits for its restart: tokligence config status --config-dir /etc/tokligence");
  expect(steps("[gateway]\nwatch_config = false\n", {}, { pid: 17 })).toContain("when told: kill -HUP 17\n");
  const refused = steps("[gateway]\nhost = 0.0.0.0\n", {}, { pid: 17 });
  expect(refused).toStartWith("Before it counts: tokligence config set gateway.auth.enabled true");
  expect(refused).not.toContain("serve --");
});
