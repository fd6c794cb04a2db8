import { createCipheriv, createDecipheriv } from "node:crypto";
import type { Random } from "#core/effects/random.ts";
import type { Sealer } from "#core/effects/sealer.ts";

const algorithm = "aes-256-gcm";
const nonceBytes = 12;
const tagBytes = 16;

/** AES-256-GCM (NIST SP 800-38D) with a random nonce; the name is authenticated with it. `key` has 32 bytes. */
export function aesSealer(key: Uint8Array, random: Random): Sealer {
  return {
    seal(plain, name) {
      const nonce = random.bytes(nonceBytes);
      const cipher = createCipheriv(algorithm, key, nonce).setAAD(name);
      const data = [cipher.update(plain), cipher.final()];
      return new Uint8Array(Buffer.concat([nonce, ...data, cipher.getAuthTag()]));
    },
    open(sealed, name) {
      if (sealed.length < nonceBytes + tagBytes) return undefined;
      const nonce = sealed.subarray(0, nonceBytes);
      const decipher = createDecipheriv(algorithm, key, nonce, { authTagLength: tagBytes }).setAAD(name);
      decipher.setAuthTag(sealed.subarray(-tagBytes));
      try {
        const data = decipher.update(sealed.subarray(nonceBytes, -tagBytes));
        return new Uint8Array(Buffer.concat([data, decipher.final()]));
      } catch {
        return undefined;
      }
    },
  };
}
