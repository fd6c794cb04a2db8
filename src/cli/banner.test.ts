import { expect, test } from "bun:test";
import { banner } from "#cli/banner.ts";
import { loadSettings } from "#settings/load.ts";

function shown(url: string, more: { auth?: boolean; configDir?: string } = {}): string {
  const { settings } = loadSettings({ flags: {}, environ: {}, home: "/home/ada", readFile: () => undefined });
  const gateway = { ...settings.gateway, auth: { enabled: more.auth ?? false } };
  return banner({ version: "1.2.3", url, settings: { ...settings, gateway, configDir: more.configDir ?? "/etc/t" } });
}

/** The arguments a shell makes of the printed curl line. */
async function curlWords(text: string): Promise<string[]> {
  const command = text.slice(text.indexOf("  curl "), text.indexOf("\n\nPoint"));
  const child = Bun.spawn(["bash", "-c", `curl() { printf '%s\\n' "$@"; }; TOKLIGENCE_KEY=k; ${command}`], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  return (await child.stdout.text()).trimEnd().split("\n");
}

test("the curl line works as pasted and asks the built-in model", async () => {
  const words = await curlWords(shown("http://127.0.0.1:8081"));
  expect(words.slice(0, 4)).toEqual([
    "http://127.0.0.1:8081/v1/chat/completions",
    "-H",
    "content-type: application/json",
    "-d",
  ]);
  expect(JSON.parse(words[4] ?? "")).toEqual({ model: "loopback", messages: [{ role: "user", content: "Hello" }] });
});

test("where keys are required it says how to get one and sends it", async () => {
  const text = shown("http://127.0.0.1:8081", { auth: true, configDir: "/tmp/it's mine" });
  expect(text).toContain("tokligence apikey create");
  expect(text).toContain("--config-dir '/tmp/it'\\''s mine'");
  expect(await curlWords(text)).toContain("authorization: Bearer k");
  expect(shown("http://127.0.0.1:8081")).not.toContain("TOKLIGENCE_KEY");
});

test("it fits 80 columns and names an address one can reach", () => {
  for (const auth of [false, true]) {
    const text = shown("http://0.0.0.0:65535", { auth });
    for (const line of text.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
    expect(text).toContain("listens on http://0.0.0.0:65535");
    expect(text).toContain("curl http://127.0.0.1:65535/");
  }
});
