import { placeFlags } from "#cli/choosing-flags.ts";
import type { Draft } from "#cli/init/draft.ts";
import type { InitPlan } from "#settings/change/init-files.ts";
import { differenceLines } from "#settings/change/difference.ts";
import type { NewProvider } from "#settings/change/known-providers.ts";
import { secretMask } from "#settings/change/mask-secrets.ts";
import { readIni } from "#settings/ini/read-ini.ts";
import type { Settings } from "#settings/settings.ts";
import { outlookLines } from "#settings/describe/explanation.ts";

/** Models of one server that are shown. */
const mostNamed = 3;

/** The servers that were found; of their models as many as fit a line. */
export function foundLines(providers: readonly NewProvider[]): readonly string[] {
  return providers.flatMap(({ name, models }) => {
    const more = models.length > mostNamed ? [`and ${models.length - mostNamed} more`] : [];
    const listed = [...models.slice(0, mostNamed), ...more].join(", ");
    return models.length === 0 ? [] : [`Found ${name} with ${listed}`];
  });
}

/**
 * What will be written, for people, secrets masked: the difference of each file that is there, and of new ones the lines that are
 * not commented out. Empty when nothing changes.
 */
export function reviewLines({ files }: InitPlan): readonly string[] {
  const mask = secretMask(files.flatMap(({ before, text }) => [before ?? "", text]));
  // Masked before it is cut: half a secret is none that the mask knows.
  const changed = files.flatMap(({ path, before, text }) =>
    before === undefined ? [] : [`--- ${path}`, ...differenceLines(before, text).map(mask).map(cutContext)],
  );
  const fresh = files.filter(({ before }) => before === undefined);
  const spoken = fresh.map(({ path, text }) => ({ path, lines: activeLines(path, text) }));
  const silent = spoken
    .filter(({ lines }) => lines.length === 0)
    .map(({ path }) => `${path} (every line commented out)`);
  const shown = spoken.flatMap(({ path, lines }) => (lines.length === 0 ? [] : [path, ...lines.map(mask)]));
  return [...changed, ...shown, ...silent];
}

/** What stands around a change is there to find the place: the long sentences of the template need not be read again. */
function cutContext(line: string): string {
  return line.startsWith(" ") && line.length > 74 ? `${line.slice(0, 71)}...` : line;
}

function activeLines(path: string, text: string): readonly string[] {
  if (path.endsWith(".yaml"))
    return text
      .trimEnd()
      .split("\n")
      .map((line) => `  ${line}`);
  let shown = "";
  return readIni(text).lines.flatMap(({ section, key, value }) => {
    const head = section === shown ? [] : [`  [${section}]`];
    shown = section;
    return [...head, `  ${key} = ${value}`];
  });
}

/** What a person should know of what will be written: variables that win over it, providers nobody reaches, what keeps `serve` from starting. */
export function warningLines({ plan: { loaded, overruled }, input }: Pick<Draft, "plan" | "input">): readonly string[] {
  const unreached = unreachedProviders(loaded.settings);
  return [
    ...overruled,
    ...unreached.map((name) => {
      const command = ["tokligence config set routes.MODEL", name, ...placeFlags(input)].join(" ");
      return `${name} has no route yet: ${command}`;
    }),
    ...outlookLines({ inactive: [], blockers: loaded.blockers }).filter((line) => line !== ""),
  ];
}

/** Names of the providers that act and that no route leads to. */
export function unreachedProviders({ providers, routes }: Settings): readonly string[] {
  const reached = new Set(routes.flatMap(({ pools }) => pools.flat().map(({ provider }) => provider)));
  return providers.flatMap(({ name, type }) => (type === "loopback" || reached.has(name) ? [] : [name]));
}
