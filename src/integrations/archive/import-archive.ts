import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { ImportReport, ImportWishes } from "#core/archive/archivist.ts";
import { type Manifest, sealedName } from "#core/archive/manifest.ts";
import type { Trail } from "#core/audit/trail.ts";
import { GatewayError } from "#core/errors.ts";
import { foreignPepperId, pepperFingerprint } from "#core/identity/peppers.ts";
import type { FileArchivistParts } from "#integrations/archive/file-archivist.ts";
import { requireSpace } from "#integrations/archive/free-space.ts";
import { unseal } from "#integrations/archive/seal.ts";
import { unpackArchive } from "#integrations/archive/unpack.ts";

type Parts = Pick<FileArchivistParts, "store" | "peppers" | "digest" | "schema">;

/** Reads an export into `staging` and takes it. */
export async function importArchive(
  parts: Parts,
  path: string,
  staging: string,
  wishes: ImportWishes,
  trail: Trail,
): Promise<ImportReport> {
  const expect = (manifest: Manifest): void => {
    if (manifest.kind !== "export") {
      throw new GatewayError("invalid_request", "The file is a backup: it is restored, not imported.", {
        details: { field: "path" },
      });
    }
    requireSpace(
      staging,
      manifest.members.reduce((sum, { bytes }) => sum + bytes, 0),
    );
  };
  const manifest = await unpackArchive(path, staging, { schema: parts.schema, expect });
  const peppers = await settlePeppers(parts, manifest, staging, wishes);
  const report = await parts.store.loadRecords(
    join(staging, "tables"),
    {
      overwrite: wishes.overwrite,
      dryRun: wishes.dryRun,
      nodeId: manifest.node_id,
      pepperIds: peppers.ids,
    },
    trail,
  );
  const asleep = peppers.missing && (report.counts.api_key ?? 0) > 0;
  const notes = [...(asleep ? [sleepingKeys] : []), ...(peppers.kept ? [wokenKeys] : [])];
  return { ...report, notes: [...report.notes, ...notes] };
}

const sleepingKeys =
  "Keys of the archive do not work until they are rotated: it came without its secrets, or without their passphrase.";

const wokenKeys = "The secrets of the archive came along: its keys work here from now on.";

/** What the peppers of the archive are called here. Those that are new are kept before any key that needs them. */
async function settlePeppers(
  { peppers, digest }: Parts,
  manifest: Manifest,
  staging: string,
  { passphrase, dryRun }: ImportWishes,
): Promise<{ readonly ids: Readonly<Record<string, string>>; readonly missing: boolean; readonly kept: boolean }> {
  const sealed = manifest.members.some(({ name }) => name === sealedName);
  const secrets =
    sealed && passphrase !== undefined
      ? await unseal(await readFile(join(staging, sealedName), "utf8"), passphrase)
      : {};
  const ids: Record<string, string> = {};
  let [missing, kept] = [false, false];
  for (const [id, fingerprint] of Object.entries(manifest.peppers)) {
    const known = peppers.all().find(([, pepper]) => pepperFingerprint(digest, pepper) === fingerprint);
    ids[id] = known?.[0] ?? foreignPepperId(fingerprint);
    if (known !== undefined) continue;
    const pepper = pepperIn(secrets[`pepper.${id}`]);
    if (pepper === undefined || pepperFingerprint(digest, pepper) !== fingerprint) missing = true;
    else if (!dryRun) {
      peppers.keep(foreignPepperId(fingerprint), pepper);
      kept = true;
    }
  }
  return { ids, missing, kept };
}

function pepperIn(text: string | undefined): Uint8Array | undefined {
  return text !== undefined && /^[0-9a-f]{64}$/.test(text) ? Uint8Array.fromHex(text) : undefined;
}
