import { GatewayError } from "#core/errors.ts";
import type { PlannedDeployment } from "#core/routing/route-plan.ts";
import type { Protocol } from "#core/wire/codec.ts";

/** `passthrough` forwards bytes only, `translation` writes every request anew, `auto` forwards where both sides agree. */
export type WorkMode = "auto" | "passthrough" | "translation";

/** A deployment that can answer a call, and how it will be spoken with. */
export interface Candidate extends PlannedDeployment {
  readonly upstreamProtocol: Protocol;
  /** Write the request anew even if both sides speak the same protocol. */
  readonly translate: boolean;
}

/** Those of the deployments that can answer a call made in this protocol under this mode, in their order. */
export function candidatesFor(
  deployments: readonly PlannedDeployment[],
  protocol: Protocol,
  workMode: WorkMode,
): readonly Candidate[] {
  const translate = workMode === "translation";
  return deployments.flatMap(({ provider, model, weight, pool }) => {
    const upstreamProtocol = provider.speaks(protocol, model);
    if (upstreamProtocol === undefined) return [];
    if (workMode === "passthrough" && upstreamProtocol !== protocol) return [];
    return [{ provider, model, weight, pool, upstreamProtocol, translate }];
  });
}

/** The refusal of a call that nobody behind its model can answer in this protocol and mode. */
export function nobodySpeaks(model: string, protocol: Protocol, workMode: WorkMode): GatewayError {
  const rule = workMode === "passthrough" ? " and work_mode is passthrough, so nothing is translated" : "";
  return new GatewayError("unsupported_value", `No provider of the model '${model}' speaks ${protocol}${rule}.`, {
    details: { field: "model", protocol, work_mode: workMode },
  });
}

/** Whether a candidate is given the caller's own bytes. */
export function passesThrough({ upstreamProtocol, translate }: Candidate, protocol: Protocol): boolean {
  return upstreamProtocol === protocol && !translate;
}
