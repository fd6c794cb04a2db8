import { z } from "zod";
import { archiveLimits } from "#core/archive/archive-limits.ts";
import { clashingNames, isMemberName } from "#core/archive/member-name.ts";
import { GatewayError } from "#core/errors.ts";

/** Version of the format that this program writes, and the newest that it reads. */
export const archiveVersion = 1;
/** The first member of every archive. */
export const manifestName = "manifest.json";
/** What is secret, encrypted under a passphrase. */
export const sealedName = "secrets.sealed";

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

const memberSchema = z.strictObject({
  name: z.string().refine(isMemberName, "is no name that an archive may hold"),
  bytes: z.int().min(0).max(archiveLimits.maxBytes),
  sha256,
});

const manifestSchema = z.strictObject({
  format: z.literal("tokligence-archive"),
  kind: z.enum(["export", "backup"]),
  version: z.literal(archiveVersion),
  /** Version of the program that wrote it. */
  product: z.string(),
  /** Number of the last step of the database's schema. */
  schema: z.int().min(1),
  created_at: z.iso.datetime(),
  node_id: z.string(),
  secrets: z.enum(["encrypted", "absent"]),
  /** Fingerprints of the peppers that keys were stored under, by the ids they have in the archive. */
  peppers: z.record(z.string(), z.string()),
  counts: z.record(z.string(), z.int()),
  /** What was left out, a sentence each. */
  notes: z.array(z.string()),
  members: z
    .array(memberSchema)
    .max(archiveLimits.maxMembers)
    .refine((members) => clashingNames(members.map(({ name }) => name)).length === 0, "names a file twice")
    .refine(
      (members) => members.reduce((sum, { bytes }) => sum + bytes, 0) <= archiveLimits.maxBytes,
      "holds more than 10 GiB",
    ),
});

/** What an archive holds: everything that is read out of it is checked against this. */
export type Manifest = z.infer<typeof manifestSchema>;
/** One file of an archive: its name, size and SHA-256. */
export type ArchiveMember = Manifest["members"][number];

const versionSchema = z.object({ format: z.literal("tokligence-archive"), version: z.int() });

/** The manifest in a text. Throws `invalid_request` for what is none, or is of a newer program than this one. */
export function readManifest(text: string, knownSchema: number): Manifest {
  const value = parse(text);
  const versioned = versionSchema.safeParse(value);
  if (!versioned.success) throw new GatewayError("invalid_request", "The file is no archive of a gateway.");
  if (versioned.data.version > archiveVersion) throw newer(`its format is ${versioned.data.version}`);
  const { data, error } = manifestSchema.safeParse(value);
  if (data === undefined) {
    const [issue] = error.issues;
    const where = issue?.path.join(".") ?? "";
    throw new GatewayError("invalid_request", `The manifest of the archive does not hold: ${where} ${issue?.message}.`);
  }
  if (data.schema > knownSchema) throw newer(`its schema is ${data.schema}, this program knows ${knownSchema}`);
  return data;
}

function newer(how: string): GatewayError {
  return new GatewayError("invalid_request", `The archive was written by a newer tokligence: ${how}.`);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
