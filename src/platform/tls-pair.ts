import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { GatewayError } from "#core/errors.ts";

/** A certificate chain and its key, PEM. */
export interface TlsPair {
  readonly cert: string;
  readonly key: string;
}

/** Reads and checks a pair; `config_invalid` names the file that is missing, is no PEM, or does not fit the other. */
export function readTlsPair(paths: { readonly certPath: string; readonly keyPath: string }): TlsPair {
  const cert = read("gateway.tls_cert", paths.certPath);
  const key = read("gateway.tls_key", paths.keyPath);
  const certificate = parse("gateway.tls_cert", paths.certPath, () => new X509Certificate(cert));
  const privateKey: KeyObject = parse("gateway.tls_key", paths.keyPath, () => createPrivateKey(key));
  if (!certificate.checkPrivateKey(privateKey)) {
    throw new GatewayError(
      "config_invalid",
      `The key ${paths.keyPath} does not belong to the certificate ${paths.certPath}.`,
    );
  }
  return { cert, key };
}

function read(setting: string, path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new GatewayError("config_invalid", `Cannot read ${path} (${setting}).`, { cause });
  }
}

function parse<Value>(setting: string, path: string, make: () => Value): Value {
  try {
    return make();
  } catch (cause) {
    throw new GatewayError("config_invalid", `${path} (${setting}) is not valid PEM.`, { cause });
  }
}
