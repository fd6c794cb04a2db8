/**
 * Writes what the executables consist of, as CycloneDX: `bun scripts/sbom.ts FILE`. That is what package-lock.json names beside
 * tools of development, and Bun's executable for each target. The same commit gives the same bytes, so there is no time and no
 * number in it that is made up.
 */
import { writeFileSync } from "node:fs";
import { packageOf } from "./bun-executables.ts";
import { bundledPackages } from "./bundled-packages.ts";
import { distSettings } from "./dist/dist-settings.ts";
import { targets } from "./dist/targets.ts";

/** A package as it is written; `name@version` is what others refer to it by. */
interface Component {
  readonly reference: string;
  readonly written: object;
  readonly dependencies: readonly string[];
}

const { repository, version } = distSettings({ ...process.env, DIST_TARGETS: "" });
const { direct, all, locked } = bundledPackages(repository);

function componentOf(name: string, type: "library" | "platform"): Component {
  const { version, integrity, license, dependencies } = locked(name);
  const reference = `${name}@${version}`;
  const content = Buffer.from(integrity.slice("sha512-".length), "base64").toString("hex");
  const written = {
    "bom-ref": reference,
    type,
    name,
    version,
    purl: `pkg:npm/${reference.replace(/^@/, "%40")}`,
    licenses: [{ license: { id: license } }],
    hashes: [{ alg: "SHA-512", content }],
  };
  return { reference, written, dependencies: Object.keys(dependencies) };
}

const libraries = all.map((name) => componentOf(name, "library"));
const runtimes = targets.map(({ bun }) => componentOf(packageOf(bun), "platform"));
const known = new Map(libraries.map(({ reference }) => [reference.slice(0, reference.lastIndexOf("@")), reference]));
const references = (wanted: readonly string[]): string[] => wanted.flatMap((name) => known.get(name) ?? []);
const own = `tokligence@${version}`;
const bill = {
  $schema: "http://cyclonedx.org/schema/bom-1.5.schema.json",
  bomFormat: "CycloneDX",
  specVersion: "1.5",
  version: 1,
  metadata: {
    component: {
      "bom-ref": own,
      type: "application",
      name: "tokligence",
      version,
      licenses: [{ license: { id: "Apache-2.0" } }],
    },
  },
  components: [...libraries, ...runtimes].map(({ written }) => written),
  dependencies: [
    {
      ref: own,
      dependsOn: [...references(direct), ...runtimes.map(({ reference }) => reference)],
    },
    ...libraries.map(({ reference, dependencies }) => ({ ref: reference, dependsOn: references(dependencies) })),
    ...runtimes.map(({ reference }) => ({ ref: reference, dependsOn: [] })),
  ],
};

const [file] = process.argv.slice(2);
if (file === undefined) throw new Error("Say where to: bun scripts/sbom.ts FILE");
writeFileSync(file, `${JSON.stringify(bill, undefined, 2)}\n`);
