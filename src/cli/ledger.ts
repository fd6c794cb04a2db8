import { defineCommand } from "citty";
import { withAdministration } from "#cli/administration.ts";
import { ask, inputOf } from "#cli/ask.ts";
import { globalFlags, loadFromFlags } from "#cli/global-flags.ts";
import type { ChainVerdictView } from "#core/api/ledger.ts";
import { compareAnchors, faultText, printAnchors, readAnchors } from "#cli/ledger-anchors.ts";
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
    anchors: { type: "string", valueHint: "file", description: "Compare the anchors in this log with the books too" },
    ...globalFlags,
  },
  async run({ args }) {
    const logged = args.anchors === undefined ? undefined : readAnchors(args.anchors);
    const question = inputOf("verifyLedger", { from_seq: args.from }, { from_seq: "--from" });
    const { verdict, log } = await withAdministration(loadFromFlags(args), async (books) => ({
      verdict: await books.verifyLedger(question),
      log: logged && (await compareAnchors(books, logged)),
    }));
    const ok = verdict.ok && (log?.faults ?? []).length === 0;
    const code = ok ? 0 : 1;
    if (args.json) {
      printJson({ ...verdict, ok, log });
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
    if (log !== undefined) printAnchors(args.anchors ?? "", log);
    if (ok) printLine(`The books hold; checked in ${spanText(verdict.elapsed_ms)}.`);
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
  return ok ? "holds" : `row ${bad_seq ?? "?"}: ${faultText[reason ?? "altered"]}`;
}
