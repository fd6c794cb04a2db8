/** What publishing jobs are handed: `scripts/release/collect.sh` and `notes.sh`, with a made-up `dist`. */
import { afterAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Glob } from "bun";

const scratch = mkdtempSync(join(tmpdir(), "collected-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const sha256 = (text: string): string => new Bun.CryptoHasher("sha256").update(text).digest("hex");
const installer = readFileSync("packaging/install/install.sh", "utf8");

/** A `dist` as the whole of it would be, and beside what is published something that is not. */
function makeDist(archive = "archive"): string {
  const folder = mkdtempSync(join(scratch, "dist-"));
  const files: Readonly<Record<string, string>> = {
    "release/checksums.txt": `${sha256("archive")}  tokligence_1.2.3_linux_amd64.tar.xz\n${sha256(installer)}  install.sh\n`,
    "release/tokligence_1.2.3_linux_amd64.tar.xz": archive,
    "release/artifacts.json": "not published",
    "release/homebrew/Formula/tokligence.rb": "formula",
    "release/scoop/tokligence.json": "{}",
    "release/winget/manifests/t/Tokligence.yaml": "winget",
    "python/wheels/tokgateway-1.2.3-py3-none-any.whl": "wheel",
    "python/sdist/tokgateway-1.2.3.tar.gz": "sdist",
    "npm/tokligence-1.2.3.tgz": "npm",
    "docker/gateway.oci.tar": "image",
  };
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

async function collect(folder: string, version: string): Promise<number> {
  const environment = { ...process.env, DIST_DIR: folder };
  const { exitCode } = await Bun.$`sh scripts/release/collect.sh ${version}`.env(environment).nothrow().quiet();
  return exitCode;
}

test("what checksums.txt names is handed on with manifests, packages, image and notes, and nothing else", async () => {
  const folder = makeDist();
  expect(await collect(folder, "0.1.0+abcdef")).toBe(0);
  const upload = join(folder, "upload");
  expect([...new Glob("**/*").scanSync(upload)].toSorted()).toEqual([
    "contents.txt",
    "docker/gateway.oci.tar",
    "files/checksums.txt",
    "files/install.sh",
    "files/tokligence.json",
    "files/tokligence.rb",
    "files/tokligence_1.2.3_linux_amd64.tar.xz",
    "notes.md",
    "npm/tokligence-1.2.3.tgz",
    "python/tokgateway-1.2.3-py3-none-any.whl",
    "python/tokgateway-1.2.3.tar.gz",
    "winget/manifests/t/Tokligence.yaml",
  ]);
  const compared = readFileSync(join(upload, "contents.txt"), "utf8");
  expect(compared).toContain(`${sha256("wheel")}  python/tokgateway-1.2.3-py3-none-any.whl\n`);
  expect(compared).not.toContain("gateway.oci.tar");
});

test("a file that is not what checksums.txt says stops it", async () => {
  expect(await collect(makeDist("another archive"), "0.1.0+abcdef")).not.toBe(0);
});

test("a version that CHANGELOG.md does not know stops it", async () => {
  expect(await collect(makeDist(), "1234.5.6")).not.toBe(0);
});

test("the notes are the section of the version alone, which a released version must have", async () => {
  const changelog = join(scratch, "CHANGELOG.md");
  writeFileSync(changelog, "# Changes\n\n## Unreleased\n\n## 1.2.3 (2027-01-31)\n\n- New.\n\n## 1.2.2\n");
  const notes = async (version: string) => {
    const { exitCode, stdout, stderr } = await Bun.$`sh scripts/release/notes.sh ${version} ${changelog}`
      .nothrow()
      .quiet();
    return [exitCode, `${stdout}${stderr}`];
  };
  expect(await notes("1.2.3")).toEqual([0, "- New.\n"]);
  expect(await notes("Unreleased")).toEqual([0, "Nothing yet.\n"]);
  expect(await notes("1.2.2")).toEqual([1, "CHANGELOG.md says nothing below '## 1.2.2'.\n"]);
  expect(await notes("1.2")).toEqual([1, "CHANGELOG.md has no section '## 1.2'.\n"]);
});
