import { z } from "zod";
import type { LaunchTool } from "#cli/launch/launch-tool.ts";
import { GatewayError } from "#core/errors.ts";
import { ControlClient } from "#platform/control-client.ts";
import { RemoteSchedulingDesk } from "#platform/remote-scheduling-desk.ts";
import type { Settings } from "#settings/settings.ts";

/** A refusal names no more than fits a few lines. */
const mostNamed = 20;
const listSchema = z.object({ data: z.array(z.object({ id: z.string() })) });

/** Models that a running gateway lists by name. */
export async function listedModels(socketPath: string): Promise<readonly string[]> {
  const { data } = await new ControlClient(socketPath).send("GET", "/v1/models", listSchema);
  return data.map(({ id }) => id);
}

/** Rejects with `model_not_found`, saying which models there are, when no route of the running gateway takes this one. */
export async function checkModel(
  socketPath: string,
  { protocol }: Pick<LaunchTool, "protocol">,
  model: string,
  known: readonly string[],
): Promise<void> {
  try {
    await new RemoteSchedulingDesk(socketPath).explainRoute({ model, protocol });
  } catch (error) {
    if (!(error instanceof GatewayError && error.code === "model_not_found")) throw error;
    throw new GatewayError("model_not_found", `No route takes the model ${JSON.stringify(model)}. ${namesText(known)}`);
  }
}

/** Names and patterns that can be asked for: what the gateway lists, and the patterns of the configuration's routes. */
export function askableNames(listed: readonly string[], { routes }: Pick<Settings, "routes">): readonly string[] {
  return [...new Set([...listed, ...routes.map(({ pattern }) => pattern)])];
}

/** One sentence on what can be asked for. */
export function namesText(names: readonly string[]): string {
  if (names.length === 0) return "There is no model yet: configure a provider.";
  const more = names.length > mostNamed ? `, and ${names.length - mostNamed} more` : "";
  return `There are: ${names.slice(0, mostNamed).join(", ")}${more}.`;
}
