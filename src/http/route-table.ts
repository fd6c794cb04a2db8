import type { DoorParts, Route } from "#http/route.ts";
import { anthropicRoutes } from "#http/routes/anthropic.ts";
import { geminiRoutes } from "#http/routes/gemini.ts";
import { greetingRoutes } from "#http/routes/greeting.ts";
import { healthRoutes } from "#http/routes/health.ts";
import { ledgerExportRoutes } from "#http/routes/ledger-export.ts";
import { modelRoutes } from "#http/routes/models.ts";
import { loginRoutes } from "#http/routes/login.ts";
import { openAiRoutes } from "#http/routes/openai.ts";
import { openApiRoutes } from "#http/routes/open-api.ts";
import { operationRoutes } from "#http/routes/operations.ts";
import { responseRoutes } from "#http/routes/responses.ts";

/** Every route there is, and who may use it. Nothing else decides access. */
export function routeTable(parts: DoorParts): readonly Route[] {
  return [
    ...openAiRoutes(parts),
    ...responseRoutes(parts),
    ...anthropicRoutes(parts),
    ...geminiRoutes(parts),
    ...modelRoutes(parts),
    ...operationRoutes(parts),
    ...ledgerExportRoutes(parts),
    ...loginRoutes(parts),
    ...openApiRoutes(parts),
    ...healthRoutes(parts),
    ...greetingRoutes(),
  ];
}
