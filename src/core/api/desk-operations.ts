import { z } from "zod";
import { explainCallSchema, explainRouteSchema, explanationSchema, routeViewSchema } from "#core/api/explanation.ts";
import { operation } from "#core/api/operation.ts";
import { schedulerStatusSchema } from "#core/api/scheduling.ts";
import { timeRulesViewSchema } from "#core/api/time-rules.ts";

/** What a `SchedulingDesk` answers, over HTTP. */
export const deskOperations = {
  schedulerStatus: operation({
    method: "GET",
    path: "/scheduler",
    permission: "gateway:read",
    summary: "Queues, capacity, health of deployments, and the newest refusals.",
    input: z.strictObject({}),
    output: schedulerStatusSchema,
  }),
  explainCall: operation({
    method: "POST",
    path: "/scheduler/explain",
    permission: "gateway:read",
    summary: "What would become of a call if it came now; nobody's turn is taken.",
    input: explainCallSchema,
    output: explanationSchema,
  }),
  explainRoute: operation({
    method: "GET",
    path: "/routes/explain",
    permission: "gateway:read",
    summary: "Who may answer a model, in which order, how, and with what capacity.",
    input: explainRouteSchema,
    output: routeViewSchema,
  }),
  listTimeRules: operation({
    method: "GET",
    path: "/time-rules",
    permission: "gateway:read",
    summary: "Rules by time of day, and which of them hold now.",
    input: z.strictObject({}),
    output: timeRulesViewSchema,
  }),
  reloadTimeRules: operation({
    method: "POST",
    path: "/time-rules/reload",
    permission: "gateway:write",
    summary: "Read the file of rules by time of day again, if it has changed.",
    input: z.strictObject({}),
    output: timeRulesViewSchema,
  }),
};
