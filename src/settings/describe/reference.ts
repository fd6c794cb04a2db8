import { type DocumentedKey, documentedKeys } from "#settings/describe/documented-keys.ts";
import { keyAliases } from "#settings/key-path.ts";
import { timeRulesPage } from "#settings/describe/time-rules-page.ts";
import { environmentAliases } from "#settings/layers/environment-layer.ts";

const head = `# Configuration

Generated from the schema by \`scripts/generate-configuration-reference.ts\`; change the schema, not this page.

Nothing needs to be written: \`tokligence serve\` runs with the profile \`personal\`. \`tokligence init --yes\` writes
commented files, \`tokligence config explain KEY\` says where a value comes from.

## Where settings come from

Strongest first: flag > \`TOKLIGENCE_*\` > \`<environment>/gateway.ini\` > \`setting.ini\` > \`config.yaml\` > profile > built-in.

The files stand in the configuration directory: \`--config-dir DIR\`, else \`--root DIR\` (\`DIR/config\`), else
\`TOKLIGENCE_CONFIG_DIR\`, else \`~/.config/tokligence\`. Nothing is read from the working directory. The database, the lock and
the control socket lie in the same directory, unless \`database.path\` names another. The environment (\`dev\`, \`test\`, \`live\`) is
chosen by \`--env\`, \`TOKLIGENCE_ENV\` or the key \`environment\`.

## How they are written

- INI: a section with dots is a path, so \`[gateway]\` \`port\` is \`gateway.port\`. Comments begin with \`#\` or \`;\` at line start or
  after white space; quotes protect a value and are dropped; lists are separated by commas; times are seconds, or \`500ms\`,
  \`30s\`, \`5m\`, \`1h\`. Repeated sections merge, a repeated key is an error.
- YAML: the same keys nested; \`providers: NAME:\` is \`[provider.NAME]\`, \`routes:\` is a map.
- An empty value unsets what weaker layers say.
- \`\${NAME}\` is the environment variable NAME, \`\${NAME:-otherwise}\` may be missing, \`$\${NAME}\` is the text itself. Secrets may
  also be \`env://NAME\`, \`file:///path\` or \`file://~/path\`. A disabled provider's references are not followed. A secret that is
  not there is an error for \`serve\`, \`doctor\`, \`init\` and \`config validate\`; commands that call no provider do without.
- In \`[provider.NAME.MODEL]\` everything after the name is the model, dots included.
- A key that is unknown, or whose value is wrong, is an error with file, line and the nearest name. A key that is _not active
  yet_ parses and does nothing; where that would make the gateway less protected than it says, \`serve\` refuses to start.
- Environment variables match known keys and declared providers; an empty one counts as unset, an unknown \`TOKLIGENCE_*\` is a
  warning, and one that could mean two declared keys is an error.
`;

/** The reference page, docs/configuration.md, as Markdown. */
export function renderReference(): string {
  const sections = new Map<string, DocumentedKey[]>();
  for (const documented of documentedKeys()) {
    sections.set(documented.section, [...(sections.get(documented.section) ?? []), documented]);
  }
  const chapters = [...sections].map(([section, keys]) => {
    const title = section === "" ? "## Outside any section" : `## \`[${section}]\``;
    return `${title}\n\n${keys.map(describeKey).join("\n")}\n`;
  });
  return [head, ...chapters, timeRulesPage, otherNames()].join("\n");
}

function describeKey(documented: DocumentedKey): string {
  const { key, expects, unit, environment, description, status } = documented;
  const unitWords = unit === undefined || expects.startsWith(unit) ? "" : ` (${unit})`;
  const facts = [
    `${expects}${unitWords}`,
    documented.default === undefined || documented.default === "" ? "unset" : `default \`${documented.default}\``,
    ...(environment === undefined ? [] : [`\`${environment}\``]),
    ...(status === "active" ? [] : [`**${status}**`]),
  ];
  return `- \`${key}\`: ${description}\n  ${facts.join("; ")}.`;
}

function otherNames(): string {
  const keys = keyAliases.map(([name, key]) => `- \`${name}\` means \`${key}\`.`);
  const variables = environmentAliases.map(([name, key]) => `- \`${name}\` means \`${key}\`.`);
  return ["## Other names that stay valid", "", ...keys, ...variables, ""].join("\n");
}
