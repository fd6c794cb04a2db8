import { createCipheriv, createDecipheriv, randomBytes, scrypt } from "node:crypto";
import { z } from "zod";
import { GatewayError } from "#core/errors.ts";

/** Cost of a guess: 32 MiB and some tens of milliseconds (RFC 7914). */
const cost = { N: 32_768, r: 8, p: 1, maxmem: 64 * 2 ** 20 } as const;
const hex = z.string().regex(/^([0-9a-f]{2})+$/);

const sealedSchema = z.strictObject({
  kdf: z.literal("scrypt-32768-8-1"),
  cipher: z.literal("aes-256-gcm"),
  salt: hex,
  nonce: hex,
  tag: hex,
  data: z.base64(),
});

const secretsSchema = z.record(z.string(), z.string());

/** Texts by name, as they lie sealed in an archive. */
export type Secrets = Readonly<Record<string, string>>;

/** The texts encrypted under a passphrase (scrypt, AES-256-GCM), as JSON. */
export async function seal(secrets: Secrets, passphrase: string): Promise<string> {
  const [salt, nonce] = [randomBytes(16), randomBytes(12)];
  const cipher = createCipheriv("aes-256-gcm", await keyOf(passphrase, salt), nonce);
  const data = Buffer.concat([cipher.update(JSON.stringify(secrets), "utf8"), cipher.final()]);
  return JSON.stringify({
    kdf: "scrypt-32768-8-1",
    cipher: "aes-256-gcm",
    salt: salt.toString("hex"),
    nonce: nonce.toString("hex"),
    tag: cipher.getAuthTag().toString("hex"),
    data: data.toString("base64"),
  } satisfies z.infer<typeof sealedSchema>);
}

/** What `seal` was given. Throws `invalid_request` for another passphrase or a text that was changed. */
export async function unseal(text: string, passphrase: string): Promise<Secrets> {
  const sealed = sealedSchema.safeParse(parse(text)).data;
  if (sealed === undefined) throw new GatewayError("invalid_request", "The secrets in the archive are damaged.");
  try {
    const key = await keyOf(passphrase, Buffer.from(sealed.salt, "hex"));
    const decipher = createDecipheriv("aes-256-gcm", key, Buffer.from(sealed.nonce, "hex"), { authTagLength: 16 });
    decipher.setAuthTag(Buffer.from(sealed.tag, "hex"));
    const opened = Buffer.concat([decipher.update(Buffer.from(sealed.data, "base64")), decipher.final()]);
    return secretsSchema.parse(JSON.parse(opened.toString("utf8")));
  } catch (cause) {
    throw new GatewayError("invalid_request", "The passphrase does not open the secrets in the archive.", {
      cause,
      details: { field: "passphrase" },
    });
  }
}

function keyOf(passphrase: string, salt: Uint8Array): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  scrypt(passphrase.normalize("NFKC"), salt, 32, cost, (error, key) => (error ? reject(error) : resolve(key)));
  return promise;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
