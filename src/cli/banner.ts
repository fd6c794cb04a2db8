import { reachableUrl } from "#cli/reachable-url.ts";
import { shellWord } from "#cli/shell-word.ts";
import type { Settings } from "#settings/settings.ts";

/** What the banner needs to know. */
export interface BannerFacts {
  readonly version: string;
  readonly settings: Settings;
  /** Where it listens in fact: scheme, host and port. */
  readonly url: string;
}

/** What `serve` prints when it is ready: where it listens, a request that works as pasted, and how to stop. */
export function banner({ version, settings, url }: BannerFacts): string {
  const reachable = reachableUrl(url);
  const needsKey = settings.gateway.auth.enabled;
  return [
    `Tokligence ${version} listens on ${url} (profile ${settings.profile})`,
    "",
    ...(needsKey ? keyHint(settings.configDir) : []),
    "Try it:",
    ...requestLines(reachable, exampleModel(settings), needsKey),
    "",
    "Point your tools at it:",
    ...tools(reachable, needsKey ? "$TOKLIGENCE_KEY" : "any"),
    "",
    "Stop with Ctrl-C.",
  ].join("\n");
}

/** The variables that the official SDKs and command lines read, among them Claude Code and Gemini CLI. */
function tools(url: string, key: string): string[] {
  return [
    `  export OPENAI_BASE_URL=${url}/v1`,
    `  export ANTHROPIC_BASE_URL=${url}`,
    `  export GOOGLE_GEMINI_BASE_URL=${url}`,
    ...["OPENAI", "ANTHROPIC", "GEMINI"].map((name) => `  export ${name}_API_KEY=${key}`),
  ];
}

/** A request that works as pasted, a line of text each, indented; with `needsKey` its key is read from TOKLIGENCE_KEY. */
export function requestLines(url: string, model: string, needsKey: boolean): string[] {
  const body = JSON.stringify({ model, messages: [{ role: "user", content: "Hello" }] });
  return [
    `  curl ${url}/v1/chat/completions \\`,
    ...(needsKey ? ['    -H "authorization: Bearer $TOKLIGENCE_KEY" \\'] : []),
    "    -H 'content-type: application/json' \\",
    `    -d ${shellWord(body)}`,
  ];
}

function keyHint(configDir: string): string[] {
  const where = `--config-dir ${shellWord(configDir)}`;
  return [
    "Every request needs a key. Make a user and a key:",
    "  tokligence user create you@example.com \\",
    `    ${where}`,
    "  export TOKLIGENCE_KEY=tok_...   # printed by:",
    "  tokligence apikey create you@example.com --name laptop \\",
    `    ${where}`,
    "",
  ];
}

/** The built-in model where it is routed, since it answers without anybody's key; else the first exact name. */
function exampleModel({ routes, providers }: Settings): string {
  const exact = routes.map(({ pattern }) => pattern).filter((pattern) => !pattern.includes("*"));
  if (exact.includes("loopback")) return "loopback";
  return exact[0] ?? providers.flatMap(({ models }) => models)[0] ?? "gpt-4o-mini";
}
