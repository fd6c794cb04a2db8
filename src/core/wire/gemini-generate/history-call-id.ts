import { stableHash } from "#core/wire/stable-hash.ts";

/**
 * The id of a call that came without one in a request: made of what the call is and where it stands, so that the same
 * history gives the same ids on every turn.
 */
export function historyCallId(name: string, argumentsText: string, turn: number, position: number): string {
  return `call_${stableHash(`${turn}.${position}.${name}.${argumentsText}`)}`;
}
