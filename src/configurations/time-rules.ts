import { TimeRuleKeeper, type TimeRuleKeeperParts, type TimeRulesRead } from "#core/time-rules/time-rule-keeper.ts";
import { toGatewayError } from "#core/errors.ts";
import type { Host } from "#configurations/host.ts";
import type { Scheduling, SchedulingRound } from "#configurations/scheduling.ts";
import { readTextFile } from "#settings/read-text-file.ts";
import type { Settings } from "#settings/settings.ts";
import { readTimeRules } from "#settings/time-rules/read-time-rules.ts";

/** What keeps scheduler and limits of callers to the rules of the hour; undefined where none are to be followed. */
export function createTimeRuleKeeper(
  settings: Settings,
  { clock, log }: Pick<Host, "clock" | "log">,
  { limiter }: Pick<Scheduling, "limiter">,
  { atWork }: Pick<SchedulingRound, "atWork">,
): TimeRuleKeeper | undefined {
  const { timeRules } = settings;
  if (!timeRules.enabled) return undefined;
  const { checkIntervalMs, fileCheckIntervalMs } = timeRules;
  const scheduler: TimeRuleKeeperParts["scheduler"] = atWork && {
    rules: atWork.rules,
    resources: atWork.topology.resources,
    change: (act) => atWork.admission.change(act),
  };
  return new TimeRuleKeeper({
    clock,
    log,
    checkIntervalMs,
    fileCheckIntervalMs,
    read: readWhenChanged(settings),
    limiter,
    ...(scheduler && { scheduler }),
  });
}

/** Reads the file; undefined while it says what it said before, or is missing as before. */
function readWhenChanged({ timeRules, scheduling }: Settings): () => TimeRulesRead | undefined {
  const { path, defaultTimezone } = timeRules;
  let before: string | undefined;
  return () => {
    const read = attempt(() => readTextFile(path));
    const now = JSON.stringify(read);
    if (now === before) return undefined;
    before = now;
    return readTimeRules(path, { defaultTimezone, levels: scheduling.rules.levels.length }, () => {
      if ("trouble" in read) throw read.trouble;
      return read.text;
    });
  };
}

function attempt(read: () => string | undefined) {
  try {
    return { text: read() };
  } catch (thrown) {
    const trouble = toGatewayError(thrown);
    return { trouble, reason: trouble.message };
  }
}
