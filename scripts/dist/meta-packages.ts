import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

/** A package that stands for tokgateway: what `pip install "tokligence[agent]"` and its shorter forms come down to. */
interface MetaPackage {
  readonly name: string;
  /** Extras of tokgateway that it brings by itself. */
  readonly brings: readonly string[];
  /**
   * Whether it is the second name of tokgateway: with all its extras, and once more with the command and the SDK of that name. An
   * earlier `tokligence` had both for itself, and pip removes what that one had after it has installed tokgateway.
   */
  readonly isSecondName: boolean;
}

const metaPackages: readonly MetaPackage[] = [
  { name: "tokligence", brings: [], isSecondName: true },
  { name: "tokligence-personal", brings: [], isSecondName: false },
  { name: "tokligence-agent", brings: ["agent", "chat"], isSecondName: false },
  { name: "tokligence-team", brings: ["team", "chat"], isSecondName: false },
  { name: "tokligence-enterprise", brings: ["enterprise", "all"], isSecondName: false },
];

const projectFile = z.object({
  project: z.object({ "optional-dependencies": z.record(z.string(), z.array(z.string())) }),
});

/** A package that stands for tokgateway, as hatchling takes it. */
interface MetaProject {
  readonly name: string;
  readonly pyproject: string;
  /** Import packages of `src` that it holds. */
  readonly holds: readonly string[];
}

/** Every package that stands for tokgateway, of the same version. */
export function metaProjects(pythonPackage: string, version: string): readonly MetaProject[] {
  const read = (path: string): string => readFileSync(join(pythonPackage, path), "utf8");
  const { project } = projectFile.parse(Bun.TOML.parse(read("pyproject.toml")));
  const extras = Object.keys(project["optional-dependencies"]);
  const template = read("meta/pyproject.toml.template");
  return metaPackages.map((meta) => ({
    name: meta.name,
    pyproject: filled(template, valuesOf(meta, version, extras)),
    holds: meta.isSecondName ? ["tokligence"] : [],
  }));
}

function valuesOf(meta: MetaPackage, version: string, extras: readonly string[]): Readonly<Record<string, string>> {
  const needs = (names: readonly string[]): string => {
    const chosen = names.length === 0 ? "" : `[${names.join(",")}]`;
    return JSON.stringify([`tokgateway${chosen}==${version}`]);
  };
  const what = meta.brings.length === 0 ? "tokgateway" : `tokgateway[${meta.brings.join(",")}]`;
  return {
    name: meta.name,
    version,
    description: `Another name of ${what}: Tokligence, an LLM gateway in one executable`,
    readme: `Installs [${what}](https://pypi.org/project/tokgateway/) of the same version.`,
    dependencies: needs(meta.brings),
    extras: meta.isSecondName ? extras.map((name) => `${name} = ${needs([name])}`).join("\n") : "",
    scripts: meta.isSecondName ? 'tokligence = "tokgateway._runner:main"' : "",
    contents: meta.isSecondName ? 'packages = ["tokligence"]' : "bypass-selection = true",
  };
}

function filled(template: string, values: Readonly<Record<string, string>>): string {
  return template.replace(/\{\{(\w+)\}\}/g, (place, name: string) => values[name] ?? place);
}
