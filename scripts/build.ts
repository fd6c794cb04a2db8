/**
 * Builds the executable: `bun scripts/build.ts [--outfile dist/tokligence] [--target bun-linux-arm64]`.
 * The same commit, target and file name give the same bytes.
 */
import { mkdirSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { parseArgs } from "node:util";
import { buildFacts } from "./build-facts.ts";

const repository = resolve(import.meta.dir, "..");
/** Threads are entry points of their own; they keep their path below `src` inside the executable. */
const entrypoints = ["src/main.ts", "src/integrations/stores/sqlite/worker.ts"];

const { values } = parseArgs({
  options: { outfile: { type: "string", default: "dist/tokligence" }, target: { type: "string" } },
});
const outfile = resolve(values.outfile);
const facts = buildFacts(repository, process.env);

mkdirSync(dirname(outfile), { recursive: true });
// The bundler resolves the root and the entry points against the working directory.
process.chdir(repository);
const result = await Bun.build({
  entrypoints,
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
    ...(values.target === undefined ? {} : { target: values.target as Bun.Build.CompileTarget }),
  },
});
for (const message of result.logs) console.error(String(message));
const megabytes = (Bun.file(outfile).size / 1e6).toFixed(0);
console.log(`${basename(outfile)} ${facts.version} (${facts.commit}), ${megabytes} MB: ${outfile}`);
