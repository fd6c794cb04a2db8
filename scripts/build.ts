/**
 * Builds the executable: `bun scripts/build.ts [--outfile dist/tokligence] [--target bun-linux-arm64]`, for this machine
 * unless a target is named. The same commit, target and file name give the same bytes. GoReleaser also says
 * `--compile` and, as a last word, the entry point: neither is news.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { parseArgs } from "node:util";
import { signedAdHoc } from "./ad-hoc-signature.ts";
import { buildFacts } from "./build-facts.ts";
import { bunExecutable } from "./bun-executables.ts";
import { entryPoints } from "./entry-points.ts";

const repository = resolve(import.meta.dir, "..");

const { values } = parseArgs({
  options: {
    outfile: { type: "string", default: "dist/tokligence" },
    target: { type: "string" },
    compile: { type: "boolean" },
  },
  allowPositionals: true,
});
const outfile = resolve(values.outfile);
const facts = buildFacts(repository, process.env);

mkdirSync(dirname(outfile), { recursive: true });
// The bundler resolves the root and the entry points against the working directory.
process.chdir(repository);
const result = await Bun.build({
  entrypoints: [...entryPoints],
  root: "src",
  target: "bun",
  format: "esm",
  splitting: true,
  bytecode: true,
  minify: { whitespace: true, syntax: true, identifiers: false },
  define: {
    TOKLIGENCE_VERSION: JSON.stringify(facts.version),
    TOKLIGENCE_COMMIT: JSON.stringify(facts.commit),
    TOKLIGENCE_BUILT_AT: JSON.stringify(facts.builtAt),
  },
  // A stray .env or bunfig.toml where the program is started must change nothing.
  compile: {
    outfile,
    autoloadDotenv: false,
    autoloadBunfig: false,
    ...(values.target === undefined ? {} : foreign(values.target)),
  },
});
for (const message of result.logs) console.error(String(message));
if (values.target === "bun-darwin-x64") writeFileSync(outfile, signedAdHoc(readFileSync(outfile)));
const megabytes = (Bun.file(outfile).size / 1e6).toFixed(0);
console.log(`${basename(outfile)} ${facts.version} (${facts.commit}), ${megabytes} MB: ${outfile}`);

/** Bun would fetch its executable by itself, from whereever it likes; here it is the one that the lock file names. */
function foreign(target: string): Bun.CompileBuildOptions {
  const executablePath = bunExecutable(repository, target, resolve(repository, ".cache/bun"));
  return { target: target as Bun.Build.CompileTarget, executablePath };
}
