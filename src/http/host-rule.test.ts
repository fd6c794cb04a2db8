import { expect, test } from "bun:test";
import fc from "fast-check";
import { checkHost, type HostRule, isLoopbackAddress } from "#http/host-rule.ts";

test("loopback is 127.0.0.0/8 and ::1, also mapped into IPv6", () => {
  for (const address of ["127.0.0.1", "127.255.0.9", "::1", "::ffff:127.0.0.1"]) {
    expect(isLoopbackAddress(address)).toBe(true);
  }
  for (const address of ["", "10.0.0.1", "128.0.0.1", "1.127.0.0", "::2", "::ffff:10.0.0.1", "127.0.0.1.evil"]) {
    expect(isLoopbackAddress(address)).toBe(false);
  }
});

const rule: HostRule = { loopbackOnly: true, pageOrigins: new Set(["https://console.example.com"]) };

test("a listed page may use the own API and the probes, and no models", () => {
  const headers = new Headers({ host: "localhost:8081", origin: "https://Console.example.com" });
  for (const path of ["/api/v1/users", "/health"]) expect(() => checkHost(headers, path, rule)).not.toThrow();
  expect(() => checkHost(headers, "/v1/models", rule)).toThrow();
  const nearly = new Headers({ host: "localhost:8081", origin: "https://console.example.com:444" });
  expect(() => checkHost(nearly, "/api/v1/users", rule)).toThrow();
});

test("without keys no domain of somebody else passes, whatever it looks like", () => {
  fc.assert(
    fc.property(fc.domain(), fc.constantFrom("", ":80", ":8081"), (domain, port) => {
      expect(() => checkHost(new Headers({ host: `${domain}${port}` }), "/", rule)).toThrow();
      const headers = new Headers({ host: "localhost", origin: `https://${domain}${port}` });
      expect(() => checkHost(headers, "/", rule)).toThrow();
    }),
  );
});
