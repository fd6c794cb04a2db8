import { key, section } from "#settings/schema/key.ts";
import { choice, path, usd, wholeNumber } from "#settings/schema/value-type.ts";

/** `[ledger]`: what money decides, and how long the books are kept. */
export const ledger = section({
  unpriced: key(choice(["allow", "deny", "free"]), {
    default: "allow",
    description:
      "Calls of a model without a price: allow serves and shows them as unpriced, but refuses them where a hard budget applies, for " +
      "what they cost could not be bounded; deny refuses them; free books them at no cost.",
  }),
  max_request_usd: key(usd, {
    unit: "US dollars",
    description:
      "The most that one call may cost. One that could cost more is refused before it is sent; what one is found to have cost " +
      "beyond it is a fault that its caller does not pay. Unset: no bound.",
  }),
  retention_days: key(wholeNumber(0, 36_500), {
    default: 0,
    unit: "days",
    description:
      "How long rows of usage, transfers and audit stay in the database. Older ones go to ledger.archive_dir, whole and verified, " +
      "once a signed anchor covers them; totals stay. A budget made later does not count them. 0: for ever.",
  }),
  archive_dir: key(path, {
    description: "Where rows that are too old go, as compressed JSON lines. Unset: archive in the data directory.",
  }),
});
