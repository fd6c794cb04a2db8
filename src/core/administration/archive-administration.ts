import type { ArchiveReceipt } from "#core/archive/archivist.ts";
import type { archiveOperations } from "#core/api/archive.ts";
import type { HandlerParts } from "#core/administration/handler-parts.ts";
import type { Caller, HandlersOf } from "#core/api/operation.ts";
import { trailOf } from "#core/administration/trail.ts";

type Parts = Pick<HandlerParts, "archivist" | "audit" | "clock" | "feed" | "ids" | "toldEvents">;

/** Export, import and backup: files of this machine, for whoever may open the control socket. */
export function archiveHandlers(parts: Parts): HandlersOf<typeof archiveOperations> {
  const { archivist, audit, feed } = parts;
  const written = async (action: string, receipt: ArchiveReceipt, caller: Caller): Promise<ArchiveReceipt> => {
    // The digest names the file; its path may tell of people.
    const target = { kind: "archive", id: receipt.sha256 };
    const details = { bytes: receipt.bytes, secrets: receipt.secrets };
    await audit.appendAudit(trailOf(parts, caller, { action, target, details }).audit);
    return receipt;
  };
  return {
    async exportArchive({ path, passphrase }, caller) {
      return await written("exportArchive", await archivist.exportTo(path, passphrase), caller);
    },
    async backup({ path, passphrase }, caller) {
      return await written("backup", await archivist.backupTo(path, passphrase), caller);
    },
    async importArchive({ path, passphrase, overwrite, dry_run: dryRun }, caller) {
      const target = { kind: "archive", id: "import" };
      const trail = trailOf(parts, caller, { action: "importArchive", target, details: { overwrite } });
      const wishes = { overwrite, dryRun, ...(passphrase !== undefined && { passphrase }) };
      const { counts, conflicts, notes } = await archivist.importFrom(path, wishes, trail);
      if (!dryRun) for (const topic of changedTopics) feed.publish(topic);
      return { counts: { ...counts }, conflicts: [...conflicts], notes: [...notes] };
    },
  };
}

/** Whatever is remembered of users, keys, budgets or prices is read anew. */
const changedTopics = ["identity.changed", "budgets.changed", "prices.changed"] as const;
