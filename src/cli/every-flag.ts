/** The flags every command takes, apart from what reads a configuration by them: `status` is quicker without that. */
export const everyFlag = {
  "config-dir": { type: "string", valueHint: "dir", description: "Directory of the configuration" },
  root: { type: "string", valueHint: "dir", description: "The same as --config-dir DIR/config" },
  env: { type: "string", valueHint: "name", description: "Environment: dev, test or live" },
  profile: { type: "string", valueHint: "name", description: "personal, agent, team, enterprise or your own" },
  "log-level": { type: "string", valueHint: "level", description: "debug, info, warn or error" },
  json: { type: "boolean", description: "Print data as JSON" },
} as const;
