import { defineCommand } from "citty";
import { withAdministration } from "#cli/administration.ts";
import { globalFlags, loadFromFlags } from "#cli/global-flags.ts";
import { oneOf } from "#cli/one-of.ts";
import { printNotice } from "#cli/output.ts";
import { manyText } from "#cli/quantity-text.ts";
import { writeText } from "#cli/text-file.ts";
import { streams } from "#core/evidence/stream.ts";
import { exportFormats, exportHead, exportLine, exportPages } from "#core/evidence/export.ts";

/** `tokligence ledger export`. */
export default defineCommand({
  meta: { description: "Write the rows of a chain with their hashes, as CSV or JSON Lines" },
  args: {
    format: { type: "string", required: true, valueHint: "format", description: "csv or jsonl" },
    stream: { type: "string", valueHint: "chain", description: streams.join(", "), default: "usage" },
    output: { type: "string", valueHint: "file", description: "File; - is standard output", default: "-" },
    ...globalFlags,
  },
  async run({ args }) {
    const format = oneOf("--format", exportFormats, args.format);
    const stream = oneOf("--stream", streams, args.stream);
    let count = 0;
    await withAdministration(loadFromFlags(args), (administration) =>
      writeText(args.output, async (write) => {
        write(exportHead(format, stream));
        for await (const rows of exportPages(administration.listLedgerRows, stream)) {
          write(rows.map((row) => exportLine(format, row)).join(""));
          count += rows.length;
        }
      }),
    );
    if (args.output !== "-") printNotice(`tokligence: ${manyText(count, "row")} of ${stream} in ${args.output}`);
  },
});
