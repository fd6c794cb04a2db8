import { withAdministration } from "#cli/administration.ts";
import { inputOf } from "#cli/ask.ts";
import { printNotice } from "#cli/output.ts";
import type { IssuedKeyView } from "#core/api/api-key.ts";
import { callerPermissions } from "#core/identity/permission.ts";
import { remoteAdministration } from "#platform/remote-administration.ts";
import type { LoadedSettings } from "#settings/load.ts";

/** A key for one session of a tool. */
export interface LaunchKey extends AsyncDisposable {
  readonly key: string;
}

/**
 * Makes a key that may call models and no more, labelled `launch=NAME`. `await using` revokes it, also when the gateway has
 * ended meanwhile; where that fails a notice says when it ends by itself.
 */
export async function makeLaunchKey(
  loaded: LoadedSettings,
  socketPath: string,
  { user, tool, expiresAt }: { readonly user: string; readonly tool: string; readonly expiresAt: string },
): Promise<LaunchKey> {
  const [first, ...more] = callerPermissions;
  const input = inputOf("createKey", {
    user,
    name: `launch ${tool}`,
    ...(first === undefined ? {} : { scopes: [first, ...more] }),
    labels: [`launch=${tool}`],
    expires_at: expiresAt,
  });
  const issued: IssuedKeyView = await remoteAdministration(socketPath).createKey(input);
  return {
    key: issued.key,
    async [Symbol.asyncDispose]() {
      try {
        await withAdministration(loaded, (administration) => administration.revokeKey({ id: issued.id }));
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        printNotice(`tokligence: the key ${issued.id} could not be revoked and ends at ${expiresAt}: ${reason}`);
      }
    },
  };
}
