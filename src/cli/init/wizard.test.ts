import { describe, expect, test } from "bun:test";
import { Cancelled } from "#cli/init/asker.ts";
import { Draft } from "#cli/init/draft.ts";
import { nextSteps } from "#cli/init/next-steps.ts";
import { ScriptedAsker } from "#cli/init/scripted-asker.test-data.ts";
import type { Surroundings } from "#cli/init/surroundings.ts";
import { askEverything, type Given } from "#cli/init/wizard.ts";
import type { ProviderCheck } from "#core/routing/provider-check.ts";
import { readIni } from "#settings/ini/read-ini.ts";
import { configDir, inputOf } from "#settings/load-files.test-data.ts";

const nothing: Given = { keys: new Set(), providers: false, detects: true, tests: undefined };
const bare: Surroundings = {
  findLocalServers: async () => [],
  checkProviders: async () => [],
  ownProfiles: () => [],
  probePort: () => "free",
};
const ollama = { name: "ollama", baseUrl: "http://127.0.0.1:11434/v1", models: ["llama3.2", "qwen:7b"] } as const;
const withOllama: Surroundings = { ...bare, findLocalServers: async () => [ollama] };

interface Scene {
  readonly files?: Readonly<Record<string, string>>;
  readonly environ?: Readonly<Record<string, string>>;
  readonly around?: Surroundings;
  readonly given?: Partial<Given>;
}

/** Goes through the wizard; the lines it would write, and the draft. */
async function run(asker: ScriptedAsker, { files = {}, environ = {}, around = bare, given = {} }: Scene = {}) {
  const draft = new Draft(inputOf(files, { environ }), {}, false);
  const agreed = await askEverything(asker, draft, { ...nothing, ...given }, around);
  expect(asker.left).toBe(0);
  const lines = (agreed?.plan.files ?? []).flatMap(({ text }) =>
    readIni(text).lines.map(({ section, key, value }) => `${section}:${key}=${value}`),
  );
  return { agreed, lines };
}

describe("a new configuration", () => {
  test("the first answer everywhere writes nothing active but what was found", async () => {
    const asker = new ScriptedAsker([["Ask openai for", false]]);
    const { lines } = await run(asker, { environ: { OPENAI_API_KEY: "sk-1" }, around: withOllama });
    expect(lines.toSorted()).toEqual(
      [
        "provider.ollama:preset=ollama",
        "provider.ollama:models=llama3.2, qwen:7b",
        "provider.openai:api_key=${OPENAI_API_KEY}",
        "routes:llama3.2=ollama",
        "routes:qwen:7b=ollama",
        "routes:default=ollama/llama3.2",
      ].toSorted(),
    );
    expect(asker.shown[0]).toBe("Tokligence: a new configuration");
    expect(asker.shown.join("\n")).not.toContain("sk-1");
  });

  test("every answer lands in its key", async () => {
    const asker = new ScriptedAsker([
      ["Profile", "team"],
      ["team asks for PostgreSQL", true],
      ["Environment", "live"],
      ["Address", "0.0.0.0"],
      ["Port", "9000"],
      ["Providers", ["anthropic", "groq"]],
      ["API key of Anthropic", "sk-ant"],
      ["API key of Groq", "gsk"],
      ["Ask anthropic, groq", false],
      ["Models to ask groq for", "llama-3.3-70b, qwen"],
      ["Model that answers to", "groq/qwen"],
      ["E-mail", "a@b.c"],
      ["Offer capacity", true],
      ["Name of the offered", "mine"],
      ["Its model family", "claude"],
    ]);
    const { lines, agreed } = await run(asker);
    expect(lines.toSorted()).toEqual(
      [
        ...[":environment=live", ":profile=team", ":email=a@b.c", ":enable_provider=true"],
        ...[":publish_name=mine", ":model_family=claude", "database:type=sqlite"],
        ...["gateway:host=0.0.0.0", "gateway:port=9000", "provider.anthropic:api_key=sk-ant"],
        ...["provider.groq:api_key=gsk", "provider.groq:preset=groq", "provider.groq:models=llama-3.3-70b, qwen"],
        ...["routes:claude-*=anthropic", "routes:llama-3.3-70b=groq", "routes:qwen=groq", "routes:default=groq/qwen"],
      ].toSorted(),
    );
    expect(agreed?.plan.files.at(-1)?.path).toBe(`${configDir}/live/gateway.ini`);
    expect(asker.shown.join("\n")).not.toMatch(/sk-ant|gsk/);
    expect(asker.shown).toContain("  api_key = [secret]");
    expect(agreed && nextSteps(agreed.input, agreed.plan.loaded, undefined).join("\n")).toContain('"model":"default"');
  });

  test("beyond this machine keys are required, and it says so", async () => {
    const asker = new ScriptedAsker([["Address", "0.0.0.0"]]);
    expect((await run(asker)).lines).toEqual(["gateway:host=0.0.0.0", "gateway.auth:enabled=true"]);
    expect(asker.shown).toContain("Beyond this machine callers need keys: gateway.auth.enabled = true.");
  });

  test("a port that is taken is named with a free one, which is offered next", async () => {
    const asker = new ScriptedAsker();
    const probePort = (_host: string, port: number) => (port <= 8082 ? "taken" : "free");
    expect((await run(asker, { around: { ...bare, probePort } })).lines).toEqual(["gateway:port=8083"]);
    expect(asker.shown).toContain("Port 8081 is taken. 8083 is free. Keep 8081?");
  });

  test("what was given as a flag is not asked, and without detection nobody is", async () => {
    const findLocalServers = () => Promise.reject(new Error("loopback was asked"));
    const given = { keys: new Set(["gateway.port", "gateway.host", "email", "enable_provider"]), detects: false };
    const asker = new ScriptedAsker();
    const environ = { OPENAI_API_KEY: "sk-1" };
    expect((await run(asker, { around: { ...bare, findLocalServers }, given, environ })).lines).toEqual([]);
    expect(asker.shown.filter((line) => /^(Port|Address|E-mail|Offer)/.test(line))).toEqual([]);
    const chosen = new ScriptedAsker();
    await run(chosen, { given: { keys: new Set(["profile", "environment"]) } });
    expect(chosen.shown.filter((line) => /^(Profile|Environment)/.test(line))).toEqual([]);
  });

  test("an address that cannot be listened on here is not taken", async () => {
    const probePort = (host: string) => (host === "http://x" ? { refused: "ENOTFOUND" } : "free");
    const asked = run(new ScriptedAsker([["Address", "http://x"]]), { around: { ...bare, probePort } });
    expect(await asked.catch(String)).toContain("cannot be answered");
  });
});

describe("providers", () => {
  const environ = { OPENAI_API_KEY: "sk-1", ANTHROPIC_API_KEY: "sk-2" };
  const refused: ProviderCheck = { provider: "openai", outcome: "key_refused", detail: "It says no." };
  const sound: ProviderCheck = { provider: "anthropic", outcome: "sound", detail: "It lists 2 models.", models: ["a"] };
  const around: Surroundings = { ...bare, checkProviders: async () => [refused, sound] };

  test("one that refuses its key is told and left out unless wanted", async () => {
    const asker = new ScriptedAsker();
    const { lines } = await run(asker, { environ, around });
    expect(lines).toEqual(["provider.anthropic:api_key=${ANTHROPIC_API_KEY}"]);
    expect(asker.shown).toContain("FAIL  openai: It says no.");
    expect((await run(new ScriptedAsker([["Keep openai", true]]), { environ, around })).lines).toHaveLength(2);
  });

  test("they are asked only if the person agrees", async () => {
    const checkProviders = () => Promise.reject(new Error("a provider was asked"));
    const asker = new ScriptedAsker([["Ask openai, anthropic", false]]);
    expect((await run(asker, { environ, around: { ...bare, checkProviders } })).lines).toHaveLength(2);
  });
});

describe("a configuration that is there", () => {
  const files = {
    "setting.ini": "# ours\nprofile = personal\n",
    "dev/gateway.ini": "[provider.openai]\napi_key = sk-9 # k\n",
  };

  test("is shown as a difference, secrets masked, and is left as it is where nothing changes", async () => {
    const asker = new ScriptedAsker([["Port", "9"]]);
    const { agreed } = await run(asker, { files });
    expect(agreed?.plan.files.map(({ path }) => path)).toEqual([`${configDir}/dev/gateway.ini`]);
    const at = asker.shown.indexOf("This will be written");
    expect(asker.shown.slice(at + 1, -1)).toEqual([
      `--- ${configDir}/dev/gateway.ini`,
      ...["@@ -1 +1 @@", " [provider.openai]", " api_key = [secret]", "+", "+[gateway]", "+port = 9"],
    ]);
    const quiet = new ScriptedAsker();
    expect((await run(quiet, { files })).agreed).toBeUndefined();
    expect(quiet.shown.at(-1)).toBe("Nothing to change.");
  });

  test("its port is kept unless the person says otherwise, for its own gateway may hold it", async () => {
    const asker = new ScriptedAsker();
    const probePort = (_host: string, port: number) => (port === 8081 ? "taken" : "free");
    expect((await run(asker, { files, around: { ...bare, probePort } })).lines).toEqual([]);
    expect(asker.shown).toContain("Port 8081 is taken. 8082 is free. Keep 8081?");
  });

  test("a long secret beside a change is masked whole", async () => {
    const long = `sk-${"0123456789".repeat(9)}`;
    const keys = ["providers:", "  x:", "    type: openai", "    api_keys:", `      - ${long}`];
    const text = [...keys, "gateway:", "  port: 1", ""].join("\n");
    const asker = new ScriptedAsker([["Port", "9"]]);
    await run(asker, { files: { "config.yaml": text } });
    expect(asker.shown).toContain("       - [secret]");
    expect(asker.shown.join("\n")).not.toContain("sk-0");
  });

  test("a command that is offered names the directory that was chosen", async () => {
    const lonely = { "dev/gateway.ini": "[provider.x]\ntype = openai\napi_key = k\n" };
    const asker = new ScriptedAsker([["Port", "9"]]);
    await run(asker, { files: lonely });
    expect(asker.shown).toContain(`x has no route yet: tokligence config set routes.MODEL x --config-dir ${configDir}`);
  });

  test("another profile takes its providers along, with the routes that the old one had for them", async () => {
    const asker = new ScriptedAsker([["Profile", "team"]]);
    const { lines } = await run(asker, { files });
    expect(lines).toContain(":profile=team");
    expect(lines).toContain("routes:gpt-*=openai");
  });

  test("a profile of one's own is offered beside the shipped ones", async () => {
    const lab = { name: "lab", summary: "Our lab.", text: "base: agent\n" };
    const asker = new ScriptedAsker([["Profile", "lab"]]);
    const around = { ...bare, ownProfiles: () => [lab] };
    const { lines } = await run(asker, { files: { ...files, "profiles/lab.yaml": lab.text }, around });
    expect(lines).toContain(":profile=lab");
  });

  test("is not written when the person says no, or leaves", async () => {
    const refusing = new ScriptedAsker([
      ["Port", "9"],
      ["Write it?", false],
    ]);
    expect((await run(refusing, { files })).agreed).toBeUndefined();
    expect(refusing.shown.at(-1)).toBe("Nothing was written.");
    const leaving = run(new ScriptedAsker([["E-mail", "cancel"]]), { files });
    expect(await leaving.catch((thrown: unknown) => thrown)).toBeInstanceOf(Cancelled);
  });
});
