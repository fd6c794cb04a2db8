import type { FirstRootAdmin } from "#core/identity/root-admin.ts";

/** What is told of the first administrator. */
export interface FirstAdmin {
  readonly user: Pick<FirstRootAdmin["user"], "email">;
  readonly key: string;
}

const heading = /^Root administrator (\S+), shown this once; its key for \/api\/v1:$/;

/** Shown at the first start only, on standard error, so that it lands in no page of output that is kept. */
export function firstAdminLines({ user, key }: FirstAdmin): string[] {
  return [`Root administrator ${user.email}, shown this once; its key for /api/v1:`, key];
}

/** The administrator that these lines tell of, as `firstAdminLines` says it; undefined where there is none. */
export function firstAdminIn(lines: readonly string[]): { readonly email: string; readonly key: string } | undefined {
  for (const [index, line] of lines.entries()) {
    const email = heading.exec(line)?.[1];
    const key = lines[index + 1];
    if (email !== undefined && key !== undefined) return { email, key };
  }
  return undefined;
}
