import { defineCommand } from "citty";
import { ask } from "#cli/ask.ts";
import { globalFlags } from "#cli/global-flags.ts";
import type { ChainVerdictView } from "#core/api/ledger.ts";
import out from "#cli/ledger-export.ts";
import { printJson, printLine, printNotice, printTable } from "#cli/output.ts";
import { readLimit } from "#cli/pages.ts";
import { countText, spanText } from "#cli/quantity-text.ts";
import { printViews } from "#cli/view-table.ts";

const verify = defineCommand({
  meta: {
    description: "Check chains, balances and anchors of the books; exit 1 and the first bad row if they do not hold",
  },
  args: {
    from: { type: "string", valueHint: "seq", description: "Only from this row of each chain" },
    ...globalFlags,
  },
  async run({ args }) {
    const verdict = await ask(args, "verifyLedger", { from_seq: args.from }, { from_seq: "--from" });
    const code = verdict.ok ? 0 : 1;
    if (args.json) {
      printJson(verdict);
      return code;
    }
    printTable(
      ["CHAIN", "ROWS", "ANCHORS", "VERDICT"],
      [
        ...verdict.streams.map((chain) => [
          chain.stream,
          countText(chain.rows),
          countText(chain.anchors),
          finding(chain),
        ]),
        ...verdict.imported.map((chain) => [
          `${chain.stream} of ${chain.node_id}`,
          countText(chain.rows),
          "-",
          finding(chain),
        ]),
      ],
    );
    if (verdict.ok) printLine(`The books hold; checked in ${spanText(verdict.elapsed_ms)}.`);
    else printNotice("tokligence: The books do not hold.");
    return code;
  },
});

const anchors = defineCommand({
  meta: { description: "Signed heads of the chains, newest first, and the key that they are checked with" },
  args: {
    limit: { type: "string", valueHint: "n", description: "At most so many", default: "20" },
    ...globalFlags,
  },
  async run({ args }) {
    const answer = await ask(args, "listAnchors", { limit: readLimit(args.limit) });
    if (args.json !== true) printLine(`public key (Ed25519)  ${answer.public_key}`);
    printViews(
      answer.data,
      {
        AT: ({ at }) => at,
        CHAIN: ({ stream }) => stream,
        SEQ: ({ seq }) => seq,
        HASH: ({ hash }) => hash,
      },
      { json: args.json, none: "No anchors yet: the first follows after 1,000 rows or 10 minutes." },
    );
  },
});

/** `tokligence ledger`. */
export default defineCommand({
  meta: { description: "Check and export the books" },
  subCommands: { verify, export: out, anchors },
});

function finding({ ok, bad_seq, reason }: ChainVerdictView): string {
  return ok ? "holds" : `row ${bad_seq ?? "?"}: ${reasons[reason ?? "altered"]}`;
}

const reasons = {
  gap: "the row before it is missing",
  broken_link: "it does not follow the row before it",
  foreign_node: "it is another node's",
  altered: "it was altered",
  anchor: "it is not what an anchor has signed",
  truncated: "an anchor has signed it, and it is missing",
  unbalanced: "its transfer and its account do not agree",
} as const;
