import { expect, test } from "bun:test";
import { changedAccounts } from "#configurations/changed-accounts.ts";
import { changedKeys } from "#configurations/changed-keys.ts";
import { type LoadedSettings, loadSettings } from "#settings/load.ts";

function load(ini: string): LoadedSettings {
  const readFile = (path: string) => (path.endsWith("setting.ini") ? ini : undefined);
  return loadSettings({ configDirFlag: "/c", flags: {}, environ: {}, home: "/h", readFile });
}

const provider = (more: string) =>
  load(`[provider.p]\ntype = openai-compatible\nbase_url = http://127.0.0.1:1/v1\n${more}`);
const accounts = (before: LoadedSettings, now: LoadedSettings) =>
  changedAccounts(before.settings.providers, now.settings.providers);

test("what has changed is told by key, secrets included, and never by value", () => {
  const before = provider("api_key = one\nmodels = a, b\n");
  const now = provider("api_key = two\nmodels = a, b\ntimeout = 7\n[gateway]\nmax_retries = 7\n");
  expect(changedKeys(before, now)).toEqual(["gateway.max_retries", "provider.p.api_key", "provider.p.timeout"]);
  expect(changedKeys(now, now)).toEqual([]);
  const [list, other] = [provider("api_keys = one, two\n"), provider("api_keys = one, three\n")];
  expect(changedKeys(list, other)).toEqual(["provider.p.api_keys"]);
});

test("an account begins afresh for another key or address, when it is new or gone, and for nothing else", () => {
  const before = provider("api_keys = one, two\n");
  expect(accounts(before, provider("api_keys = one, three\n"))).toEqual(["p#2"]);
  expect(accounts(before, provider("api_keys = one, two\ntimeout = 7\nmax_concurrent = 3\n"))).toEqual([]);
  const moved = provider("api_keys = one, two\norganization = acme\n");
  expect(accounts(before, moved)).toEqual(["p#1", "p#2"]);
  expect(accounts(provider("api_key = one\n"), before)).toEqual(["p", "p#1", "p#2"]);
  expect(accounts(load(""), provider("api_key = one\n"))).toEqual(["p"]);
});
