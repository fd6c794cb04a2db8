/** The load generator, a process of its own: `bun load.ts '{"mode":"closed",...}'` prints one JSON result. */
import { closedLoad } from "./load-closed.ts";
import { firstContent } from "./load-first-content.ts";
import { openLoad } from "./load-open.ts";
import { refusals } from "./load-refusals.ts";
import { abortStreams, holdStreams } from "./load-streams.ts";
import type { LoadPlan, LoadResult } from "./load-plan.ts";

async function run(plan: LoadPlan): Promise<LoadResult> {
  switch (plan.mode) {
    case "closed":
      return await closedLoad(plan);
    case "open":
      return await openLoad(plan);
    case "refusals":
      return await refusals(plan);
    case "first-content":
      return await firstContent(plan);
    case "streams":
      return await holdStreams(plan);
    case "aborts":
      return await abortStreams(plan);
  }
}

const result = await run(JSON.parse(process.argv[2] ?? "{}") as LoadPlan);
process.stdout.write(`${JSON.stringify(result)}\n`);
process.exit(0);
