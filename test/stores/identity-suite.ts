import { auditSuite } from "./audit-suite.ts";
import type { OpenStores } from "./engines.ts";
import { keyPolicySuite } from "./key-policy-suite.ts";
import { keySuite } from "./key-suite.ts";
import { teamSuite } from "./team-suite.ts";
import { userSuite } from "./user-suite.ts";

/** What every engine promises about users, teams, keys and the audit of their changes. */
export function identitySuite(engine: string, open: () => Promise<OpenStores>): void {
  for (const suite of [userSuite, teamSuite, keySuite, keyPolicySuite, auditSuite]) suite(engine, open);
}
