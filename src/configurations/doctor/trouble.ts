import { failure, type Finding, warning } from "#core/doctor/finding.ts";
import type { ErrorCode } from "#core/errors.ts";
import type { Settings } from "#settings/settings.ts";

/** A failure where a route goes to the provider and it answers with none of its keys; else serving goes on, and it is a warning. */
export function trouble(
  { routes }: Pick<Settings, "routes">,
  { provider, isAnswered }: { readonly provider: string; readonly isAnswered: boolean },
  code: ErrorCode,
  what: string,
  fix: string,
): Finding {
  const isRouted = routes.some(({ pools }) => pools.flat().some((target) => target.provider === provider));
  return isRouted && !isAnswered ? failure("providers", code, what, fix) : warning("providers", what, fix);
}
