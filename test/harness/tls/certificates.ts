import { readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Certificates made for these tests and worth nothing elsewhere, valid for a hundred years except `expired`. All but
 * `self-signed` are signed by the authority, whose key was thrown away.
 */
export type CertificateName = "trusted" | "wrong-name" | "expired" | "self-signed";

/** Key and certificate of a test server. */
export function certificate(name: CertificateName): { readonly key: string; readonly cert: string } {
  return { key: pem(`${name}.key.pem`), cert: pem(`${name}.pem`) };
}

/** The authority behind the test certificates. */
export function testAuthority(): string {
  return pem("authority.pem");
}

function pem(file: string): string {
  return readFileSync(join(import.meta.dir, file), "utf8");
}
