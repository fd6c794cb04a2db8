import { archiveCommand } from "#cli/archive-command.ts";

/** `tokligence backup`. */
export default archiveCommand(
  "backup",
  "Write a consistent, checked copy of the whole data directory to one file, while serving",
);
