import { expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { testedProgram } from "../harness/gateway.ts";
import { GatewayProcess } from "../harness/gateway-process.ts";
import { certificate, testAuthority } from "../harness/tls/certificates.ts";

// A process is started for every test.
setDefaultTimeout(30_000);

const pair = (directory: string): string =>
  `[gateway]\ntls_cert = ${join(directory, "cert.pem")}\ntls_key = ${join(directory, "key.pem")}\n`;

function secured(cert: string, key: string): GatewayProcess {
  const gateway = new GatewayProcess({ program: testedProgram, authority: testAuthority() });
  gateway.write("cert.pem", cert);
  gateway.write("key.pem", key);
  gateway.write("dev/gateway.ini", pair(gateway.configDir));
  return gateway;
}

test("tls_cert and tls_key serve TLS, streams included, and nothing in the clear", async () => {
  const { cert, key } = certificate("trusted");
  await using gateway = secured(cert, key);
  await gateway.serve();
  const tls = { ca: testAuthority() };
  const body = JSON.stringify({ model: "loopback", stream: true, messages: [{ role: "user", content: "Hello" }] });
  const headers = { "content-type": "application/json" };
  const answer = await fetch(`${gateway.url}/v1/chat/completions`, { method: "POST", body, headers, tls });
  expect([answer.status, (await answer.text()).endsWith("data: [DONE]\n\n")]).toEqual([200, true]);
  expect(gateway.stdout).toContain("https://127.0.0.1");
  const clear = await fetch(`http://127.0.0.1:${gateway.port}/livez`).then(
    ({ ok }) => ok,
    () => false,
  );
  expect(clear).toBe(false);
  const unknownAuthority = await fetch(`${gateway.url}/livez`).catch((error: unknown) => error);
  expect(unknownAuthority).toBeInstanceOf(Error);
  expect((await gateway.cli("status")).exitCode).toBe(0);
});

test.each([
  ["a key of another certificate", certificate("trusted").cert, certificate("expired").key],
  ["a certificate that is none", "no pem", certificate("trusted").key],
  ["a key that is none", certificate("trusted").cert, ""],
])("F76 %s ends serve with 78 and says which file", async (_, cert, key) => {
  await using gateway = secured(cert, key);
  gateway.spawn();
  expect(await gateway.exited()).toBe(78);
  expect(gateway.stderr).toMatch(/(cert|key)\.pem/);
  expect(
    gateway.stderr.split("\n").filter((line) => line.startsWith("tokligence: ") && line.includes(".pem")),
  ).toHaveLength(1);
  expect(gateway.stderr).not.toContain("PRIVATE KEY");
});
