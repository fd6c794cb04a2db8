import type { Part } from "#core/part.ts";
import type { Books } from "#configurations/books.ts";
import type { ConfigurationSource } from "#configurations/configuration-source.ts";
import { onPressure } from "#configurations/degradation.ts";
import { Doors } from "#configurations/doors.ts";
import { composeHooks, composeNightlyCheck, composeRetention } from "#configurations/evidence.ts";
import { layFoundation } from "#configurations/foundation.ts";
import { composeGeneration } from "#configurations/generation.ts";
import { Generations } from "#configurations/generations.ts";
import { HandOver } from "#configurations/hand-over.ts";
import type { Host } from "#configurations/host.ts";
import { composeMemoryGuard, keepTroubles, processFacts } from "#configurations/process-facts.ts";
import { Reloader } from "#configurations/reloader.ts";
import { startAccountAfresh } from "#configurations/scheduling.ts";
import { RootAdmin } from "#configurations/root-admin.ts";
import { EventLoopLag } from "#integrations/telemetry/event-loop-lag.ts";
import { longestEndMs } from "#settings/longest-end.ts";
import { readTextFile } from "#settings/read-text-file.ts";
import type { Settings } from "#settings/settings.ts";

/** A composed gateway: its doors, its configuration, and every part in the order they start. */
export interface Composition {
  readonly books: Books;
  readonly doors: Doors;
  readonly rootAdmin: RootAdmin;
  readonly reloader: Reloader;
  readonly parts: readonly Part[];
}

/** One node on SQLite, with keys or, from loopback only, without: the personal and agent profiles, and team's core. */
export function composeBasic(settings: Settings, machine: Host, source?: ConfigurationSource): Composition {
  const { host, troubles } = keepTroubles(machine);
  const { clock } = host;
  const foundation = layFoundation(settings, host);
  const { books, ladder, metrics, scheduling, upstream } = foundation;
  const { signer, stores } = books;
  const { meter } = metrics;
  const guard = composeMemoryGuard(settings, clock, meter);
  const facts = processFacts(host, guard, {
    address: () => doors.address,
    configDir: settings.configDir,
    profile: () => generations.current.settings.profile,
    deployments: scheduling.health,
    longestEndMs: () => longestEndMs(generations.current.settings.gateway),
    troubles,
    configuration: () => reloader.status(),
  });
  const surroundings = { readFile: source?.readFile ?? readTextFile, process: facts };
  const generations = new Generations(settings, {
    compose: (said) => composeGeneration(said, foundation, surroundings),
    startAccountAfresh: (account, before) => startAccountAfresh(scheduling, account, before),
    doors: () => doors,
  });
  const reloader = new Reloader(settings, { host, meter, source, swap: (said) => generations.swap(said) });
  const doors: Doors = new Doors(settings, host, generations.current.createApp, {
    troubles: () => books.troubles(),
    ladder,
    metricsText: metrics.text,
  });
  const rootAdmin = new RootAdmin(settings, host, books);
  const keeping = [
    composeRetention(settings, host, stores, signer),
    composeNightlyCheck(host, stores, signer, meter),
    ...composeHooks(settings, host, { stores, http: upstream, meter }),
  ];
  const handOver = new HandOver({ host, books, doors, duties: [...books.duties, ...keeping, reloader] });
  doors.onControl = (request) => handOver.answer(request);
  const parts = [
    ...books.parts,
    ...scheduling.parts,
    generations,
    upstream,
    ...keeping,
    guard,
    new EventLoopLag({ clock, meter, onSample: onPressure(ladder, doors, guard, scheduling) }),
    rootAdmin,
    doors,
    reloader,
  ];
  return { books, doors, rootAdmin, reloader, parts };
}
