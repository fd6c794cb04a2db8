import { expect, test } from "bun:test";
import { GatewayError } from "#core/errors.ts";
import { stubProvider } from "#core/routing/stub-provider.ts";
import type { Generation } from "#configurations/generation.ts";
import { Generations } from "#configurations/generations.ts";
import { loadSettings } from "#settings/load.ts";
import type { Settings } from "#settings/settings.ts";

function withKey(key: string): Settings {
  const flags = {
    "provider.p.type": "openai-compatible",
    "provider.p.base_url": "http://127.0.0.1:1/v1",
    "provider.p.api_key": key,
  };
  return loadSettings({ flags, environ: {}, home: "/h", readFile: () => undefined }).settings;
}

/** Generations that write down what is done with them; `failsAt` throws there instead. */
function scene(failsAt?: "compose" | "app") {
  const done: string[] = [];
  const providers = [stubProvider("p")];
  const compose = (settings: Settings): Generation => {
    const name = settings.providers[0]?.apiKey?.reveal() ?? "";
    if (name === "two" && failsAt === "compose") throw new GatewayError("config_invalid", "no");
    return {
      settings,
      providers,
      createApp() {
        if (failsAt === "app") throw new GatewayError("internal", "no");
        return { ...app };
      },
      enter: () => void done.push(`enter ${name}`),
      leave: () => void done.push(`leave ${name}`),
    };
  };
  const app = { fetch: () => new Response(), refuseNewWork() {}, abortRunning() {}, inFlight: () => 0, flushLog() {} };
  const generations = new Generations(withKey("one"), {
    compose,
    startAccountAfresh: (account, before) => void done.push(`afresh ${account} ${before === providers[0]}`),
    doors: () => ({
      swap(_settings, createApp) {
        createApp(() => ({ startup: true, ready: true, reasons: [], degraded: [] }));
        done.push("swap");
      },
    }),
  });
  return { generations, done };
}

test("another generation takes the place of the one in force, and requests of before say nothing of its keys", () => {
  const { generations, done } = scene();
  generations.swap(withKey("two"));
  expect(done).toEqual(["swap", "leave one", "enter two", "afresh p true"]);
  expect(generations.current.settings.providers[0]?.apiKey?.reveal()).toBe("two");
});

for (const failsAt of ["compose", "app"] as const) {
  test(`F74 where the ${failsAt} of a generation fails nothing has changed: the one before is in force, its hour is kept`, () => {
    const { generations, done } = scene(failsAt);
    expect(() => generations.swap(withKey("two"))).toThrow("no");
    expect([done, generations.current.settings.providers[0]?.apiKey?.reveal()]).toEqual([[], "one"]);
  });
}
