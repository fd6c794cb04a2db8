/** Writes `packaging/man/tokligence.1` from the definitions of the commands; with `--check` only tells whether it is up to date. */
import { commandTree } from "#cli/command-tree.ts";
import { commands } from "#cli/commands.ts";
import { version } from "../package.json" with { type: "json" };
import { keepGenerated } from "./generated-file.ts";
import { manualPage } from "./manual-page.ts";

keepGenerated("packaging/man/tokligence.1", manualPage(await commandTree(commands), version));
