import { afterAll, expect, test } from "bun:test";
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readTlsPair } from "#platform/tls-pair.ts";

const pairs = join(import.meta.dir, "../../test/harness/tls");
const certPath = join(pairs, "self-signed.pem");
const keyPath = join(pairs, "self-signed.key.pem");
const directory = mkdtempSync(join(tmpdir(), "tls-"));
afterAll(() => rmSync(directory, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
}

test("a fitting pair is read", () => {
  expect(readTlsPair({ certPath, keyPath })).toEqual({
    cert: readFileSync(certPath, "utf8"),
    key: readFileSync(keyPath, "utf8"),
  });
});

test("a missing file, a broken file and a foreign key are each named in one line", () => {
  const foreign = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
  const foreignPath = file("foreign.pem", String(foreign.export({ type: "pkcs8", format: "pem" })));
  expect(() => readTlsPair({ certPath, keyPath: join(directory, "none.pem") })).toThrow(
    /none\.pem \(gateway\.tls_key\)/,
  );
  expect(() => readTlsPair({ certPath: file("bad.pem", "x"), keyPath: foreignPath })).toThrow(
    /bad\.pem .* not valid PEM/,
  );
  expect(() => readTlsPair({ certPath, keyPath: foreignPath })).toThrow(/foreign\.pem does not belong/);
});
