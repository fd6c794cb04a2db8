import type { SubCommandsDef } from "citty";

/** A command of any arguments. */
export type Command = Awaited<Exclude<SubCommandsDef[string], () => unknown>>;

/** A verb of the overview. */
export interface CommandRow {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<{ readonly default: Command }>;
}

/** Every verb, loaded only when it is called. */
export const commands: readonly CommandRow[] = [
  { name: "init", summary: "Write a configuration", load: () => import("#cli/init.ts") },
  { name: "serve", summary: "Run the gateway", load: () => import("#cli/serve.ts") },
  { name: "status", summary: "Show what runs and where", load: () => import("#cli/status.ts") },
  { name: "stop", summary: "End the running gateway, its work done", load: () => import("#cli/stop.ts") },
  { name: "daemon", summary: "Run it as a service of this machine", load: () => import("#cli/daemon.ts") },
  { name: "doctor", summary: "Say what is wrong and how to put it right", load: () => import("#cli/doctor.ts") },
  { name: "config", summary: "Show, explain, check and change settings", load: () => import("#cli/config.ts") },
  { name: "profile", summary: "Show, make and delete profiles", load: () => import("#cli/profile.ts") },
  { name: "user", summary: "Create, change, list and erase users", load: () => import("#cli/user.ts") },
  { name: "team", summary: "Teams and their members", load: () => import("#cli/team.ts") },
  { name: "apikey", summary: "Create, change, rotate and revoke API keys", load: () => import("#cli/apikey.ts") },
  { name: "budget", summary: "Bound what may be spent", load: () => import("#cli/budget.ts") },
  { name: "prices", summary: "Show, set and import prices of models", load: () => import("#cli/prices.ts") },
  { name: "usage", summary: "What was used and what it cost", load: () => import("#cli/usage.ts") },
  { name: "ledger", summary: "Check and export the books", load: () => import("#cli/ledger.ts") },
  { name: "audit", summary: "What administrators did", load: () => import("#cli/audit.ts") },
  { name: "models", summary: "List the models that callers may ask for", load: () => import("#cli/models.ts") },
  { name: "route", summary: "Explain how requests reach providers", load: () => import("#cli/route.ts") },
  { name: "scheduler", summary: "Show what waits for capacity", load: () => import("#cli/scheduler.ts") },
  { name: "export", summary: "Write accounts and books to a file", load: () => import("#cli/export.ts") },
  { name: "import", summary: "Read accounts of an export or another gateway", load: () => import("#cli/import.ts") },
  { name: "backup", summary: "Copy the whole data directory, while serving", load: () => import("#cli/backup.ts") },
  { name: "restore", summary: "Put a backup back, while stopped", load: () => import("#cli/restore.ts") },
  { name: "migrate", summary: "Bring the database up to date", load: () => import("#cli/migrate.ts") },
  { name: "launch", summary: "Start a coding agent on this gateway", load: () => import("#cli/launch.ts") },
  { name: "bench", summary: "Measure what the gateway adds, on this machine", load: () => import("#cli/bench.ts") },
  {
    name: "completion",
    summary: "Let a shell complete commands",
    load: async () => ({ default: (await import("#cli/completion.ts")).completion(commands) }),
  },
  { name: "version", summary: "Print the version", load: () => import("#cli/version.ts") },
];

/** What `tokligence --help` prints. */
export function overview(): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  return [
    "Tokligence, an LLM gateway in one executable.",
    "",
    "Usage: tokligence <command> [flags]",
    "",
    "Commands:",
    ...commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
    "",
    "Flags of every command, before or after its name:",
    "  --config-dir DIR   read this configuration (default ~/.config/tokligence)",
    "  --root DIR         the same as --config-dir DIR/config",
    "  --env NAME         environment: dev, test or live",
    "  --profile NAME     personal, agent, team, enterprise or your own",
    "  --log-level LEVEL  debug, info, warn or error",
    "  --json             print data as JSON",
    "",
    "tokligence <command> --help tells more. tokligence serve needs no configuration.",
  ].join("\n");
}
