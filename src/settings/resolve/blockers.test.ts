import { describe, expect, test } from "bun:test";
import { configDir, load } from "#settings/load-files.test-data.ts";
import { refuseBlockers } from "#settings/load.ts";
import { isLoopback } from "#settings/resolve/blockers.ts";

const blocked = (ini: string): string[] => load({ "setting.ini": ini }).blockers.map(({ key }) => key);

describe("serve refuses what would be weaker than the configuration says", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["[gateway]\nhost = 0.0.0.0", "gateway.host"],
    ["[gateway.auth]\nenabled = true\ntype = oidc", "gateway.auth.type"],
    ["[gateway.auth]\nenabled = true\ntype = none", "gateway.auth.type"],
    ["[gateway]\ntls_cert = c.pem", "gateway.tls_cert"],
    ["[gateway]\ntls_key = k.pem", "gateway.tls_key"],
    ["[hooks]\nurl = http://127.0.0.1:9/hook", "hooks.url"],
    ["[mail]\nsmtp_url = mail.example.org", "mail.smtp_url"],
    ["[mail]\nsmtp_url = smtps://gateway:a/b@c@mail.example.org", "mail.smtp_url"],
    ["[gateway]\nhigh_availability = on", "gateway.high_availability"],
    ["[database]\ntype = postgresql", "database.type"],
    ["[secrets]\nprovider = vault", "secrets.provider"],
    ["[provider.openai]\napi_key = vault://kv/openai", "provider.openai.api_key"],
    ["[rbac]\nenabled = yes", "rbac.enabled"],
  ];
  for (const [ini, key] of cases) test(ini.replaceAll("\n", " "), () => expect(blocked(ini)).toEqual([key]));
});

test("what acts today blocks nothing", () => {
  const ini =
    "[gateway]\nhost = 0.0.0.0\ntls_cert = c\ntls_key = k\n[gateway.auth]\nenabled = true\n[kubernetes]\nreplicas = 3\n" +
    "[rate_limit]\nenabled = yes\nper_user = 10\n[audit]\nenabled = yes\n[scheduling]\nenabled = yes\n";
  expect(blocked(ini)).toEqual([]);
});

test("only loopback addresses count as loopback", () => {
  for (const host of ["127.0.0.1", "127.8.9.255", "::1", "[::1]", "localhost", "LOCALHOST"]) {
    expect([host, isLoopback(host)]).toEqual([host, true]);
  }
  for (const host of [
    "0.0.0.0",
    "::",
    "127.0.0.1.example.com",
    "127.0.0.256",
    "10.0.0.1",
    "128.0.0.1",
    "",
    "::ffff:1",
  ]) {
    expect([host, isLoopback(host)]).toEqual([host, false]);
  }
});

test("the refusal names key, place and reason of each", () => {
  const loaded = load({ "setting.ini": "[rbac]\nenabled = yes\n[secrets]\nprovider = vault" });
  expect(() => refuseBlockers(loaded)).toThrow(
    `${configDir}/setting.ini:2: rbac.enabled: role-based access is not built`,
  );
  expect(() => refuseBlockers(loaded)).toThrow(`${configDir}/setting.ini:4: secrets.provider: `);
  expect(() => refuseBlockers(load({}))).not.toThrow();
});

test("team and enterprise load and are refused by serve, personal and agent serve", () => {
  for (const name of ["personal", "agent"]) expect(load({}, { profileFlag: name }).blockers).toEqual([]);
  const keys = (name: string): string[] => load({}, { profileFlag: name }).blockers.map(({ key }) => key);
  expect(keys("team")).toEqual(["database.type"]);
  expect(keys("enterprise")).toEqual([
    "gateway.auth.type",
    "gateway.high_availability",
    "database.type",
    "secrets.provider",
    "rbac.enabled",
  ]);
});
