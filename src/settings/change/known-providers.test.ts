import { expect, test } from "bun:test";
import { knownProviders, localProvider, providerValues, routeValues } from "#settings/change/known-providers.ts";
import { load } from "#settings/load-files.test-data.ts";

const fileOf = (values: Readonly<Record<string, string>>): string =>
  Object.entries(values)
    .map(([key, value]) => `${key}: ${JSON.stringify(value)}\n`)
    .join("");

test.each(knownProviders)("$name loads with its key from its variable, and its models reach it", (known) => {
  const [variable] = known.variables;
  const provider = { ...known, apiKey: `\${${variable}}`, models: [] };
  const values = { ...providerValues(provider), ...Object.fromEntries(routeValues(provider)) };
  const { settings } = load({ "config.yaml": fileOf(values), "setting.ini": "" }, { environ: { [variable]: "k" } });
  expect(settings.providers.find(({ name }) => name === known.name)?.apiKey?.reveal()).toBe("k");
  const reached = settings.routes.filter(({ pools }) => pools[0]?.[0]?.provider === known.name);
  expect(known.patterns.filter((pattern) => !reached.some((route) => route.pattern === pattern))).toEqual([]);
});

test("a local server becomes a provider of its models; names that would say more than a name are left out", () => {
  const models = ["llama3.2:latest", "a/b-c.1", "x = y", "a, b", "a | b", "*", "a\nb", "", "[x]"];
  const server = { name: "lm-studio", baseUrl: "http://127.0.0.1:1234/v1", models } as const;
  expect(providerValues(localProvider(server))).toEqual({
    "provider.lm-studio.preset": "lmstudio",
    "provider.lm-studio.models": "llama3.2:latest, a/b-c.1",
  });
  expect(routeValues(localProvider(server)).map(([key]) => key)).toEqual(["routes.llama3.2:latest", "routes.a/b-c.1"]);
  const moved = providerValues(localProvider({ ...server, baseUrl: "http://127.0.0.1:9/v1" }));
  expect(moved["provider.lm-studio.base_url"]).toBe("http://127.0.0.1:9/v1");
});
