import { z } from "zod";

/**
 * Number of what two processes must agree on to hand over: the two questions on the control socket, the calls of the stores with their
 * arguments, and rows in the spool. To be raised with any change that the version before would not understand.
 */
export const takeoverProtocol = 1;

/** Asks whether the gateway would give way, and lets another process listen beside it. */
export const sharePath = "/takeover/share";
/** Asks it to give the data directory away. */
export const givePath = "/takeover/give";

/** What either question says. */
export const takeoverQuestionSchema = z.object({
  protocol: z.number(),
  /** Where the new process answers for the stores. */
  stores: z.string(),
});

/** What either is answered with. */
export const takeoverAnswerSchema = z.object({ protocol: z.number(), version: z.string(), pid: z.number() });
