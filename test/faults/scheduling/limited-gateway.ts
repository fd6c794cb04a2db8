import { join } from "node:path";
import type { GatewayUnderTest } from "../../harness/gateway.ts";

type ConfigDir = Pick<GatewayUnderTest, "configDir">;

/** Scheduling is on, and the model `test-model` of the provider `up` takes so many at once. */
export function places(count: number): string {
  return `[scheduling]\nenabled = true\npriority_enabled = true\n[provider.up.test-model]\nmax_concurrent = ${count}\n`;
}

/** Asks the control socket of a running gateway; a body makes it a POST. */
export async function control<Answer>(gateway: ConfigDir, path: string, body?: object): Promise<Answer> {
  const answer = await fetch(`http://localhost${path}`, {
    unix: join(gateway.configDir, "control.sock"),
    ...(body === undefined
      ? {}
      : { method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
  });
  if (!answer.ok) throw new Error(await answer.text());
  return (await answer.json()) as Answer;
}

/** A key of a new user with this policy, in the words of the API. */
export async function keyWith(gateway: ConfigDir, email: string, policy: object): Promise<{ id: string; key: string }> {
  await control(gateway, "/api/v1/users", { email });
  return await control(gateway, "/api/v1/keys", { user: email, name: "test", ...policy });
}

/** Model calls that run now, queued ones included. */
export async function running(gateway: ConfigDir): Promise<number> {
  return (await control<{ in_flight: number }>(gateway, "/api/v1/status")).in_flight;
}
