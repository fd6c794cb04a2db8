import type { Meter } from "#core/effects/meter.ts";
import type { Signer } from "#core/effects/signer.ts";
import type { UpstreamHttp } from "#core/effects/upstream-http.ts";
import { HookRelay } from "#core/hooks/hook-relay.ts";
import type { LifecycleEventType } from "#core/hooks/lifecycle-event.ts";
import { purposeKey } from "#core/identity/master-secret.ts";
import { NightlyCheck } from "#core/evidence/nightly-check.ts";
import { Retention } from "#core/evidence/retention.ts";
import type { Part } from "#core/part.ts";
import type { Host } from "#configurations/host.ts";
import { createRowArchive } from "#integrations/archive/row-archive-directory.ts";
import { createScript } from "#integrations/hooks/script.ts";
import { createWebhook } from "#integrations/hooks/webhook.ts";
import type { SqliteStores } from "#integrations/stores/sqlite/sqlite-stores.ts";
import { ed25519Signer } from "#platform/ed25519-signer.ts";
import { syncDirectory } from "#platform/sync-directory.ts";
import type { Settings } from "#settings/settings.ts";

/** Generation of the key that anchors are signed with. */
const anchorKeyId = "1";

/** Signs anchors with a key of the master secret, which lies outside the database. */
export function anchorSigner({ digest }: Pick<Host, "digest">, master: Uint8Array): Signer {
  return ed25519Signer(purposeKey(digest, master, "anchor", anchorKeyId));
}

/** Events that hooks are told of; none where there are none. */
export function toldEvents({ hooks }: Settings): ReadonlySet<LifecycleEventType> {
  return new Set(hooks.script === undefined && hooks.webhook === undefined ? [] : hooks.events);
}

/** Forgets what the books and stores need not keep, on a gateway that runs. */
export function composeRetention(settings: Settings, host: Host, stores: SqliteStores, signer: Signer): Part {
  const { ledger, events, idempotency, sessions } = stores;
  const { retentionDays, archiveDir } = settings.ledger;
  return new Retention({
    ...host,
    ledger,
    events,
    idempotency,
    sessions,
    signer,
    retentionDays,
    archive: createRowArchive(archiveDir, syncDirectory),
  });
}

/** Verifies the whole books every night, on a gateway that runs. */
export function composeNightlyCheck(host: Host, { ledger }: SqliteStores, signer: Signer, meter: Meter): Part {
  return new NightlyCheck({ ...host, ledger, signer, meter });
}

/** Tells hooks of events, on a gateway that runs; none where no hook is configured. */
export function composeHooks(
  { hooks }: Settings,
  host: Host,
  { stores, http, meter }: { readonly stores: SqliteStores; readonly http: UpstreamHttp; readonly meter: Meter },
): readonly Part[] {
  const { script, webhook, timeoutMs } = hooks;
  const receivers = [
    ...(script === undefined ? [] : [createScript(script)]),
    ...(webhook === undefined ? [] : [createWebhook({ ...host, ...webhook, http, timeoutMs })]),
  ];
  if (receivers.length === 0) return [];
  return [new HookRelay({ ...host, events: stores.events, receivers, timeoutMs, meter })];
}
