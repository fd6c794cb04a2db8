import type { Asker } from "#cli/init/asker.ts";
import type { Draft } from "#cli/init/draft.ts";
import { addressPattern } from "#core/identity/address.ts";

/** What is wrong with the address of an administrator; undefined when nothing is, or none is given. */
export function emailProblem(typed: string): string | undefined {
  return typed === "" || addressPattern.test(typed) ? undefined : "name@host, or nothing";
}

/** Asks for the address of the first root administrator. */
export async function askEmail(asker: Asker, draft: Draft): Promise<Draft> {
  const question = "E-mail of the first administrator (empty: root@localhost)";
  return draft.withAnswer("email", await asker.text(question, draft.valueOf("email"), emailProblem));
}

/** Asks whether to offer capacity at the Token Exchange, and as what. */
export async function askProviderRole(asker: Asker, draft: Draft): Promise<Draft> {
  const isOn = draft.valueOf("enable_provider") === "true";
  const offers = await asker.confirm("Offer capacity at the Token Exchange? (not active yet)", isOn);
  const chosen = draft.withAnswer("enable_provider", String(offers));
  if (!offers) return chosen;
  const name = await asker.text("Name of the offered service", chosen.valueOf("publish.name"));
  const family = await asker.text("Its model family", chosen.valueOf("publish.model_family"));
  return chosen.withAnswer("publish.name", name).withAnswer("publish.model_family", family);
}
