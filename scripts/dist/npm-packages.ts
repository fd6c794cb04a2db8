import { type Target, targets } from "./targets.ts";

/** A package.json. */
export type NpmManifest = Readonly<Record<string, unknown>> & { readonly name: string; readonly version: string };

/** The manifest of `tokligence`, what people install: a launcher that finds the executable in one of its optional packages. */
export function mainManifest(version: string): NpmManifest {
  return {
    ...named("tokligence", version),
    description: "An LLM gateway in one executable",
    keywords: ["llm", "gateway", "proxy", "openai", "anthropic", "gemini", "claude-code", "codex"],
    bin: { tokligence: "bin/tokligence.cjs" },
    man: ["man/tokligence.1"],
    engines: { node: ">=18" },
    optionalDependencies: Object.fromEntries(targets.map((target) => [packageName(target), version])),
  };
}

/** The manifest of the package with a target's executable, which npm installs on such machines only. */
export function platformManifest(target: Target, version: string): NpmManifest {
  const { os, cpu, libc } = target.npm;
  return {
    ...named(packageName(target), version),
    description: `The executable of tokligence for ${target.name}`,
    os: [os],
    cpu: [cpu],
    ...(libc === undefined ? {} : { libc: [libc] }),
    // An executable cannot be run out of an archive, as yarn would keep it.
    preferUnplugged: true,
  };
}

/** What the package of a target is called. */
export function packageName(target: Target): string {
  return `@tokligence/${target.name}`;
}

function named(name: string, version: string) {
  return {
    name,
    version,
    license: "Apache-2.0",
    homepage: "https://github.com/tokligence/gateway",
    bugs: "https://github.com/tokligence/gateway/issues",
    // Provenance is granted to packages that name the repository whose workflow publishes them.
    repository: { type: "git", url: "git+https://github.com/tokligence/gateway.git" },
    publishConfig: { access: "public" },
  };
}
