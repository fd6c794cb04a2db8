import type { Row } from "./report.ts";
import { schedulerDecision } from "./scheduler-decision.ts";
import { schedulerOnOff } from "./scheduler-on-off.ts";
import { schedulerRefusals } from "./scheduler-refusals.ts";
import { schedulerSimulation } from "./scheduler-simulation.ts";

/** What ordering scarce capacity costs, and what it achieves: the scheduler alone, in the simulation, and in the program. */
export async function scheduler(): Promise<Row[]> {
  return [
    ...(await schedulerDecision()),
    ...schedulerSimulation(),
    ...(await schedulerRefusals()),
    ...(await schedulerOnOff()),
  ];
}
