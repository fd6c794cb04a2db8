import { existsSync } from "node:fs";
import { join } from "node:path";
import { diskFindings } from "#core/doctor/machine-findings.ts";
import { failure, type Finding, sound, warning } from "#core/doctor/finding.ts";
import { type ErrorCode, toGatewayError } from "#core/errors.ts";
import { anchorText } from "#core/evidence/anchor-text.ts";
import { anchorSigner } from "#configurations/evidence.ts";
import { type Inspection, inspectDatabase } from "#integrations/stores/sqlite/inspection.ts";
import { systemDigest, systemRandom } from "#platform/effects.ts";
import { fileSize, freeSpace } from "#platform/machine-facts.ts";
import { loadMasterSecret } from "#platform/master-secret-file.ts";

const check = "data";

/** What was read of the database, and what is wrong with it. */
export interface ReadData {
  readonly database: Inspection | undefined;
  readonly findings: readonly Finding[];
}

/** Reads the books beside whoever writes them; nothing is made or changed. */
export function readData(dataDir: string, databasePath: string, nowMs: number): ReadData {
  const half = halfRestored(dataDir);
  try {
    const database = inspectDatabase(databasePath, nowMs);
    if (database === undefined) {
      return { database, findings: [...half, sound(check, `${databasePath} will be made at the first start.`)] };
    }
    return { database, findings: [...half, ...judged(database, dataDir, databasePath)] };
  } catch (thrown) {
    const { code, message } = toGatewayError(thrown);
    return { database: undefined, findings: [...half, failure(check, code, message, fixOf(code, databasePath))] };
  }
}

function fixOf(code: ErrorCode, path: string): string {
  if (code === "storage_corrupt") return "tokligence restore --input BACKUP puts the newest backup in its place";
  if (code === "config_invalid") return "Use the version that wrote it, or tokligence restore --input BACKUP";
  return `See whose it is and how full the disk: ls -l ${path}*; df ${path}`;
}

/** The disk below it. */
export function diskOf(dataDir: string): readonly Finding[] {
  const { bytes, files } = freeSpace(dataDir);
  return diskFindings({
    directory: dataDir,
    freeBytes: bytes,
    freeFiles: files,
    reserveBytes: fileSize(dataDir, "spool.reserve"),
    spooledBytes: fileSize(dataDir, "spool.jsonl") ?? 0,
  });
}

function halfRestored(dataDir: string): readonly Finding[] {
  if (!existsSync(join(dataDir, "restore.plan"))) return [];
  const fix = "Run it once more: any command that opens the data completes the restore";
  return [failure(check, "unavailable", "A restore was interrupted half-way.", fix)];
}

function judged({ schema, knownSchema, books }: Inspection, dataDir: string, path: string): readonly Finding[] {
  if (books === undefined) {
    return [sound(check, `${path} is whole; the next start brings schema ${schema} to ${knownSchema}.`)];
  }
  // None of these keeps a gateway from serving, and all are for somebody to look at.
  const verify = "tokligence ledger verify tells more";
  const found: Finding[] = [sound(check, `${path} is whole, schema ${schema}.`)];
  if (books.broken !== undefined) found.push(warning(check, `The books: ${books.broken}.`, verify));
  const signer = books.anchors.length === 0 ? undefined : signerOf(dataDir);
  const forged = books.anchors.filter(
    ({ anchor, holds }) => !holds || signer?.verify(anchorText(anchor), anchor.signature) === false,
  );
  for (const { anchor } of forged) {
    const what = `The newest signed head of ${anchor.stream} (row ${anchor.seq}) does not fit the books.`;
    found.push(warning(check, what, verify));
  }
  if (books.anchors.length > 0 && forged.length === 0)
    found.push(sound(check, "The newest signed heads of the books hold."));
  return found;
}

/** Undefined without a readable master secret, with nothing to compare with: that is a finding of its own. */
function signerOf(dataDir: string): ReturnType<typeof anchorSigner> | undefined {
  if (!existsSync(join(dataDir, "master.secret"))) return undefined;
  try {
    return anchorSigner({ digest: systemDigest }, loadMasterSecret(dataDir, systemRandom));
  } catch {
    return undefined;
  }
}
