/** What package managers and auditors read of a release, of the targets in DIST_TARGETS: formula, Scoop, winget, bill of materials. */
import { afterAll, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Glob } from "bun";
import { parse } from "yaml";
import { z } from "zod";
import { dependencies } from "../../package.json" with { type: "json" };
import { bundledPackages } from "../../scripts/bundled-packages.ts";
import { targets } from "../../scripts/dist/targets.ts";
import { formulaOf } from "../../scripts/homebrew-formula.ts";
import { checksums, hostArchive, release, released, settings, theOne } from "./released.ts";

const scratch = mkdtempSync(join(tmpdir(), "manifests-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const { version } = settings;
const downloads = `https://github.com/tokligence/gateway/releases/download/v${version}/`;
const chosen = (pattern: RegExp): string[] =>
  settings.targets.map(({ name }) => name).filter((name) => pattern.test(name));
const formula = (): string => released("homebrew/Formula/tokligence.rb");

/** That a manifest's pairs of address and checksum are the archives of these targets. */
function expectArchives(
  pairs: readonly (readonly [url: string, sum: string])[],
  targets: readonly string[],
  format: string,
): void {
  const names = targets.map((name) => `tokligence_${version}_${name.replace("-", "_")}.${format}`);
  expect(pairs.map(([url]) => url).toSorted()).toEqual(names.map((name) => downloads + name).toSorted());
  for (const [url, sum] of pairs)
    expect(sum.toLowerCase()).toBe(checksums().get(url.slice(downloads.length)) ?? "none");
}

/** What a formula does when Ruby runs it, with Homebrew's words taken down one after another. */
async function ran(text: string): Promise<readonly (readonly string[])[]> {
  const path = join(scratch, "tokligence.rb");
  await Bun.write(path, text);
  const code = `
    require "json"
    class Formula
      Said = []
      %w[desc homepage version license url sha256 depends_on].each { |word| define_singleton_method(word) { |*values| Said << [word, *values.map(&:to_s)] } }
      %w[on_macos on_linux on_arm on_intel test].each { |word| define_singleton_method(word) { |&block| Said << [word]; block.call unless word == "test" } }
    end
    load ARGV[0]
    Tokligence.instance_method(:install)
    puts JSON.generate(Formula::Said)`;
  return z.array(z.array(z.string())).parse(await Bun.$`ruby -W -e ${code} ${path}`.json());
}

test("the formula is Ruby with nothing left to be filled in, and names the archives with their checksums", async () => {
  const said = await ran(formula());
  const of = (word: string): string[] => said.filter(([each]) => each === word).map(([, value]) => value ?? "");
  expect(of("version")).toEqual([version]);
  expect(formula()).not.toMatch(/@/);
  const sums = of("sha256");
  const pairs = of("url").map((url, index): [string, string] => [url, sums[index] ?? ""]);
  expectArchives(pairs, chosen(/^(linux|darwin)-(amd64|arm64)$/), "tar.gz");
});

test("the formula of a whole release asks each system and processor for its own archive", async () => {
  const platforms = ["darwin_arm64", "darwin_amd64", "linux_arm64", "linux_amd64"];
  const sums = platforms.map((platform, index) => `${String(index).repeat(64)}  tokligence_1.2.3_${platform}.tar.gz`);
  const template = readFileSync("packaging/homebrew/tokligence.rb", "utf8");
  const said = await ran(formulaOf(template, "1.2.3", `${sums.join("\n")}\n`) ?? "");
  const url = (platform: string): string =>
    `https://github.com/tokligence/gateway/releases/download/v1.2.3/tokligence_1.2.3_${platform}.tar.gz`;
  const block = (word: string, platform: string): string[][] => [
    [word],
    ["url", url(platform)],
    ["sha256", String(platforms.indexOf(platform)).repeat(64)],
  ];
  const systems = said.slice(
    said.findIndex(([word]) => word === "on_macos"),
    -1,
  );
  expect(systems.filter(([word]) => word !== "depends_on")).toEqual([
    ["on_macos"],
    ...block("on_arm", "darwin_arm64"),
    ...block("on_intel", "darwin_amd64"),
    ["on_linux"],
    ...block("on_arm", "linux_arm64"),
    ...block("on_intel", "linux_amd64"),
  ]);
});

test("every file that the formula installs is in the archive", async () => {
  const listed = (await Bun.$`tar -tzf ${hostArchive()}`.quiet().text()).split("\n");
  const below = listed.map((path) => path.replace(/^[^/]+\//, "").replace(/\/$/, ""));
  const install = /def install\n([\s\S]*?)\n {2}end/.exec(formula())?.[1] ?? "";
  const sources = [...install.matchAll(/^.*?\.install (.*)$/gm)].flatMap(([, words]) =>
    [...(words ?? "").replace(/ => "[^"]*"/, "").matchAll(/"([^"]+)"/g)].map(([, path]) => path ?? ""),
  );
  expect(sources).toContain("tokligence");
  expect(sources.filter((path) => !below.some((each) => each === path || each.startsWith(`${path}/`)))).toEqual([]);
});

test("Scoop and winget get a manifest of each Windows archive, with its checksum, where a release has one", () => {
  const windows = chosen(/^windows-/);
  const manifests = [...new Glob("{scoop,winget}/**/*.{json,yaml}").scanSync(release)].toSorted();
  const folder = `winget/manifests/t/Tokligence/Tokligence/${version}`;
  const kinds = [".installer", ".locale.en-US", ""].map((kind) => `${folder}/Tokligence.Tokligence${kind}.yaml`);
  expect(manifests).toEqual(windows.length === 0 ? [] : ["scoop/tokligence.json", ...kinds]);
  if (windows.length === 0) return;
  const download = z.object({ url: z.string(), hash: z.string(), bin: z.array(z.string()) });
  const scoop = z
    .object({
      version: z.literal(version),
      license: z.literal("Apache-2.0"),
      architecture: z.record(z.string(), download),
    })
    .parse(JSON.parse(released("scoop/tokligence.json")));
  expect(Object.keys(scoop.architecture).toSorted()).toEqual(["64bit", "arm64"]);
  expectArchives(
    Object.values(scoop.architecture).map(({ url, hash }) => [url, hash]),
    windows,
    "zip",
  );
  const installer = z.object({
    Architecture: z.enum(["x64", "arm64"]),
    InstallerUrl: z.string(),
    InstallerSha256: z.string(),
  });
  const winget = z
    .object({ PackageVersion: z.literal(version), Installers: z.array(installer) })
    .parse(parse(released(`${folder}/Tokligence.Tokligence.installer.yaml`)));
  expectArchives(
    winget.Installers.map((each) => [each.InstallerUrl, each.InstallerSha256]),
    windows,
    "zip",
  );
});

test("the bill of materials names every package that the executables hold, and Bun for each target, with digests", () => {
  const component = z.object({
    name: z.string(),
    version: z.string(),
    purl: z.string().startsWith("pkg:npm/"),
    hashes: z.array(z.object({ alg: z.literal("SHA-512"), content: z.string().regex(/^[0-9a-f]{128}$/) })).length(1),
  });
  const bill = z
    .object({
      bomFormat: z.literal("CycloneDX"),
      metadata: z.object({ component: z.object({ name: z.literal("tokligence"), version: z.literal(version) }) }),
      components: z.array(component),
    })
    .parse(JSON.parse(readFileSync(theOne(/_sbom\.cdx\.json$/), "utf8")));
  const named = new Map(bill.components.map((each) => [each.name, each.version]));
  for (const [name, wanted] of Object.entries(dependencies)) expect([name, named.get(name)]).toEqual([name, wanted]);
  expect([...named.keys()].filter((name) => !name.startsWith("@oven/")).toSorted()).toEqual(
    bundledPackages(".").all.toSorted(),
  );
  const runtimes = bill.components.filter(({ name }) => name.startsWith("@oven/bun-"));
  expect(runtimes.map((each) => each.version)).toEqual(targets.map(() => Bun.version));
  expect(bill.components.filter(({ name }) => existsSync(`node_modules/${name}`) || name.startsWith("@oven/"))).toEqual(
    bill.components,
  );
});
