/** Writes what is generated from the configuration schema; with `--check` only tells whether it is up to date. */
import { generatedFiles } from "#settings/describe/generated-files.ts";
import { keepGenerated } from "./generated-file.ts";

for (const { path, text } of generatedFiles()) keepGenerated(path, text);
