import type { DoorParts, Route } from "#http/route.ts";
import { administrationRoutes } from "#http/routes/administration.ts";
import { anthropicRoutes } from "#http/routes/anthropic.ts";
import { geminiRoutes } from "#http/routes/gemini.ts";
import { greetingRoutes } from "#http/routes/greeting.ts";
import { healthRoutes } from "#http/routes/health.ts";
import { modelRoutes } from "#http/routes/models.ts";
import { openAiRoutes } from "#http/routes/openai.ts";
import { responseRoutes } from "#http/routes/responses.ts";
import { schedulingRoutes } from "#http/routes/scheduling.ts";

/** Every route there is, and who may use it. Nothing else decides access. */
export function routeTable(parts: DoorParts): readonly Route[] {
  return [
    ...openAiRoutes(parts),
    ...responseRoutes(parts),
    ...anthropicRoutes(parts),
    ...geminiRoutes(parts),
    ...modelRoutes(parts),
    ...administrationRoutes(parts),
    ...schedulingRoutes(parts),
    ...healthRoutes(parts),
    ...greetingRoutes(),
  ];
}
