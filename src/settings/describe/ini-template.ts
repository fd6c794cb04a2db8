import { type DocumentedKey, documentedKeys } from "#settings/describe/documented-keys.ts";
import { keyAliases, patternSections } from "#settings/key-path.ts";

const settingHead = `# Tokligence, settings of every environment.
# What is commented out is the built-in value; a profile may say otherwise.
# Stronger than this file: <environment>/gateway.ini, then TOKLIGENCE_* variables, then flags.
# "tokligence config explain KEY" says where a value comes from.
`;

const gatewayHead = (environment: string): string => `# Tokligence, settings of the ${environment} environment.
# What is commented out is the built-in value; a profile may say otherwise.
# Stronger than this file: TOKLIGENCE_* variables, then flags. Weaker: ../setting.ini.
`;

const providersExample = `# Providers: any number, each under its own name. Secrets are best kept outside: \${NAME}, env://NAME, file:///path.
#
# [provider.openai]
# api_key = \${OPENAI_API_KEY}
#
# [provider.anthropic]
# api_key = \${ANTHROPIC_API_KEY}
#
# [provider.google]
# api_key = \${GEMINI_API_KEY}
#
# [provider.ollama]
# preset = ollama
# models = llama3.2, qwen2.5-coder
#
# Models of several vendors under one name, each with its own key, address and limits; without them, those of the
# provider of its type above.
#
# [provider.local]
# models = gpt-4o, claude-sonnet-4-5, llama3
# max_tokens_per_sec = 50000
#
# [provider.local.gpt-4o]
# max_concurrent = 50
#
# [provider.local.llama3]
# base_url = http://127.0.0.1:8000/v1

# Where a model goes: an exact name or a pattern, then provider or provider/model. A comma is a fallback, | one pool,
# @ a weight. No match is a 404.
#
# [routes]
# gpt-* = openai
# claude-* = anthropic
# gemini-* = google
# fast = openai/gpt-4o-mini@3, ollama/llama3.2@1

# Who goes first when capacity is short: the name of a key or its owner's e-mail, then a level or a tier.
#
# [priority_rules]
# batch-* = Bulk
# *@example.com = partner
`;

const isPatternSection = (section: string): boolean => patternSections.some((name) => name === section);

/** setting.ini: the keys outside any section, each commented out. */
export function settingTemplate(): string {
  const general = documentedKeys().filter((documented) => settingKeys.has(documented.section));
  return [settingHead, ...general.map(commented)].join("\n");
}

/** `<environment>/gateway.ini`: every section, each key commented out. */
export function gatewayTemplate(environment: "dev" | "test" | "live"): string {
  const sections = new Map<string, DocumentedKey[]>();
  for (const documented of documentedKeys()) {
    const { section } = documented;
    if (settingKeys.has(section) || section.startsWith("provider.") || isPatternSection(section)) continue;
    sections.set(section, [...(sections.get(section) ?? []), documented]);
  }
  const written = [...sections].map(([section, keys]) => [`[${section}]`, ...keys.map(commented)].join("\n"));
  return [gatewayHead(environment), ...written, providersExample].join("\n");
}

/** Sections whose keys belong to every environment alike. */
const settingKeys: ReadonlySet<string> = new Set(["", "publish"]);

function commented(documented: DocumentedKey): string {
  const { key, section, description, unit, status } = documented;
  const alias = keyAliases.find(([, means]) => means === key)?.[0];
  const name = section === "" ? key : key.slice(section.length + 1);
  const shortName = section === "publish" ? (alias ?? name) : name;
  const facts = [...(unit === undefined ? [] : [unit]), ...(status === "active" ? [] : [status])];
  const words = facts.length === 0 ? description : `${description} (${facts.join("; ")})`;
  return `# ${words}\n# ${shortName} = ${documented.default ?? ""}`.trimEnd().concat("\n");
}
