import { budgetSuite } from "./budget-suite.ts";
import { chainSuite } from "./chain-suite.ts";
import { engines } from "./engines.ts";
import { idempotencySuite } from "./idempotency-suite.ts";
import { identitySuite } from "./identity-suite.ts";
import { eventSuite } from "./event-suite.ts";
import { ledgerSuite } from "./ledger-suite.ts";
import { reservationSuite } from "./reservation-suite.ts";
import { sessionSuite } from "./session-suite.ts";

for (const { name, open } of engines) {
  identitySuite(name, open);
  ledgerSuite(name, open);
  chainSuite(name, open);
  eventSuite(name, open);
  budgetSuite(name, open);
  reservationSuite(name, open);
  sessionSuite(name, open);
  idempotencySuite(name, open);
}
