import { archiveCommand } from "#cli/archive-command.ts";

/** `tokligence export`. */
export default archiveCommand(
  "exportArchive",
  "Write users, teams, keys, budgets, prices and the books to a file that another gateway imports",
);
