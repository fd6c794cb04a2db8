import { createPrivateKey, createPublicKey, sign, verify } from "node:crypto";
import type { Signer } from "#core/effects/signer.ts";

/** The DER head of a PKCS #8 private key of Ed25519 (RFC 8410); the seed follows. */
const pkcs8Head = Uint8Array.fromHex("302e020100300506032b657004220420");
const publicKeyBytes = 32;

/** Ed25519 (RFC 8032) with the key of a 32-byte seed. */
export function ed25519Signer(seed: Uint8Array): Signer {
  if (seed.length !== 32) throw new RangeError("a seed has 32 bytes");
  const key = new Uint8Array([...pkcs8Head, ...seed]);
  const privateKey = createPrivateKey({ key: Buffer.from(key), format: "der", type: "pkcs8" });
  const publicKey = createPublicKey(privateKey);
  return {
    publicKey: new Uint8Array(publicKey.export({ format: "der", type: "spki" }).subarray(-publicKeyBytes)),
    sign: (message) => new Uint8Array(sign(null, message, privateKey)),
    verify: (message, signature) => verify(null, message, publicKey, signature),
  };
}
