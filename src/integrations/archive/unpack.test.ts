import { expect, test } from "bun:test";
import { createHash } from "node:crypto";
import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { ArchiveLimits } from "#core/archive/archive-limits.ts";
import { archiveLimits } from "#core/archive/archive-limits.ts";
import type { Manifest } from "#core/archive/manifest.ts";
import { GatewayError } from "#core/errors.ts";
import { measure, packArchive } from "#integrations/archive/pack.ts";
import { tarHeader } from "#integrations/archive/tar-header.ts";
import { unpackArchive } from "#integrations/archive/unpack.ts";

const encoder = new TextEncoder();
const text = (written: string): Uint8Array => encoder.encode(written);

test("what is packed comes out again, in a file of its owner alone", async () => {
  await inDirectory(async (directory) => {
    const big = new Uint8Array(3_000_000).map((_, index) => (index * 7919) % 251);
    writeFileSync(join(directory, "a"), "alpha");
    writeFileSync(join(directory, "b"), big);
    const files = [await measure("data/a.txt", join(directory, "a")), await measure("b", join(directory, "b"))];
    const path = join(directory, "out.tar.gz");
    const manifest = manifestOf(files.map(({ member }) => member));
    const written = await packArchive(path, manifest, files, () => undefined);
    expect(written.sha256).toBe(createHash("sha256").update(readFileSync(path)).digest("hex"));
    expect(existsSync(`${path}.part`)).toBe(false);
    const out = join(directory, "out");
    mkdirSync(out);
    expect(await unpackArchive(path, out, { schema: 99, expect: () => undefined })).toEqual(manifest);
    expect(readFileSync(join(out, "data/a.txt"), "utf8")).toBe("alpha");
    expect(new Uint8Array(readFileSync(join(out, "b")))).toEqual(big);
  });
});

test("F112: what somebody has laid where an archive is written is neither followed nor kept", async () => {
  await inDirectory(async (directory) => {
    const [path, victim] = [join(directory, "out.tar.gz"), join(directory, "victim")];
    writeFileSync(victim, "precious", { mode: 0o644 });
    for (const lay of [
      () => symlinkSync(victim, `${path}.part`),
      () => linkSync(victim, `${path}.part`),
      () => writeFileSync(`${path}.part`, "mine", { mode: 0o666 }),
    ]) {
      lay();
      await packArchive(path, manifestOf([]), [], () => undefined);
      expect(readFileSync(victim, "utf8")).toBe("precious");
      expect(lstatSync(path).isFile() && lstatSync(path).mode & 0o777).toBe(0o600);
      rmSync(path);
    }
  });
});

const names = [
  "../evil",
  "/etc/evil",
  "a/../../evil",
  "a\\b",
  "CON",
  "nul.txt",
  "a:b",
  "x.",
  ".hidden",
  "ü",
  "a b",
  "",
];
test.each(names)("F112: a member called %p is refused, and nothing is written", async (name) => {
  await refused(tar([member(name, "x")]), "");
});

test("F112: links, devices, directories and extensions are refused", async () => {
  for (const type of "1234567xgLKS") {
    const bytes = tar([member("a", "x")], (header) => retype(header, type));
    await refused(bytes, "something else than plain files");
  }
});

test("F112: names that are given twice, or that differ by case alone, are refused", async () => {
  await refused(tar([member("a", "x"), member("a", "x")]), "twice");
  await refused(tar([member("Data/a", "x"), member("data/A", "x")]), "twice");
});

test("F112: a wrong hash, a wrong size, another order, more or less than the manifest says are refused", async () => {
  const [one, two] = [member("a", "xx"), member("b", "yy")];
  await refused(tar([{ ...one, body: text("zz") }]), "a is not what its manifest says");
  await refused(tar([one, two], undefined, [two, one]), "there is something else");
  await refused(tar([one], undefined, [one, two]), "something else");
  await refused(tar([one, two], undefined, [one]), "more than its manifest");
  await refused(tar([{ ...one, bytes: 1 }]), "something else");
});

test("F112: an archive that is cut off anywhere is refused", async () => {
  const whole = gzipSync(tar([member("a", "x".repeat(5_000)), member("b", "y")]));
  for (let bytes = 0; bytes < whole.length; bytes += 7) await refusedFile(whole.subarray(0, bytes), "");
});

test("F112: a flipped byte is refused wherever it stands, or changes nothing", async () => {
  const plain = tar([member("a", "x".repeat(600))]);
  for (let at = 0; at < plain.length - 1024; at += 13) {
    const flipped = plain.slice();
    flipped[at] = (flipped[at] ?? 0) ^ 1;
    await inDirectory(async (directory) => {
      const path = join(directory, "in.tar.gz");
      writeFileSync(path, gzipSync(flipped));
      const out = join(directory, "out");
      mkdirSync(out);
      const outcome = await unpackArchive(path, out, { schema: 99, expect: () => undefined }).catch((error) => error);
      if (outcome instanceof GatewayError) expect(outcome.code).toBe("invalid_request");
      else expect(readFileSync(join(out, "a"), "utf8")).toBe("x".repeat(600));
    });
  }
});

test("F112: a file that grows beyond two hundred times itself is refused before it fills the disk", async () => {
  const bomb = member("a", "\0".repeat(20 << 20));
  await refused(tar([bomb]), "grows beyond");
});

test("F112: too many files, too much altogether and too long a manifest are refused by the manifest alone", async () => {
  const few: ArchiveLimits = { ...archiveLimits, maxManifestBytes: 100 };
  await refused(tar([member("a", "x")]), "manifest is too long", few);
  const many = Array.from({ length: 100_001 }, (_, index) => ({ ...member(`f${index}`, ""), listed: true }));
  await refused(tar([], undefined, many), "members");
  await refused(
    tar([], undefined, [
      { ...member("a", ""), bytes: 6 * 2 ** 30 },
      { ...member("b", ""), bytes: 5 * 2 ** 30 },
    ]),
    "10 GiB",
  );
});

test("F112: an archive of a newer program is refused by its name", async () => {
  await refused(tar([], undefined, [], { version: 2 }), "newer tokligence: its format is 2");
  await refused(tar([], undefined, [], { schema: 100 }), "newer tokligence: its schema is 100");
});

test("F112: what is no archive at all is refused", async () => {
  await refusedFile(text("hello"), "no whole archive");
  await refusedFile(gzipSync(text("hello")), "ends too early");
  await refused(tar([member("a", "x")]).slice(1024), "");
  await inDirectory(async (directory) => {
    const outcome = unpackArchive(join(directory, "none"), directory, { schema: 1, expect: () => undefined });
    await expect(outcome).rejects.toMatchObject({ code: "invalid_request" });
  });
});

interface RawMember {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly body: Uint8Array;
}

function member(name: string, body: string): RawMember {
  const bytes = text(body);
  return { name, bytes: bytes.length, sha256: createHash("sha256").update(bytes).digest("hex"), body: bytes };
}

function manifestOf(members: readonly Pick<RawMember, "name" | "bytes" | "sha256">[], changes: object = {}): Manifest {
  return {
    format: "tokligence-archive",
    kind: "export",
    version: 1,
    product: "0.1.0",
    schema: 1,
    created_at: "2026-01-01T00:00:00.000Z",
    node_id: "node_1",
    secrets: "absent",
    peppers: {},
    counts: {},
    notes: [],
    members: members.map(({ name, bytes, sha256 }) => ({ name, bytes, sha256 })),
    ...changes,
  };
}

/** A tar of these members, whatever a careful writer would say to them. */
function tar(
  members: readonly RawMember[],
  change: (header: Uint8Array) => Uint8Array = (header) => header,
  listed: readonly RawMember[] = members,
  changes: object = {},
): Uint8Array<ArrayBuffer> {
  const manifest = text(JSON.stringify(manifestOf(listed, changes)));
  const parts = [tarHeader({ name: "manifest.json", bytes: manifest.length }, 0), manifest, padding(manifest.length)];
  for (const { name, bytes, body } of members) {
    parts.push(change(tarHeader({ name: name.slice(0, 100), bytes: body.length === bytes ? bytes : body.length }, 0)));
    parts.push(body, padding(body.length));
  }
  return new Uint8Array(Buffer.concat([...parts, new Uint8Array(1024)]));
}

function padding(bytes: number): Uint8Array {
  return new Uint8Array((512 - (bytes % 512)) % 512);
}

/** The header of another type, its checksum made right again. */
function retype(header: Uint8Array, type: string): Uint8Array {
  const sum = Number.parseInt(new TextDecoder().decode(header.subarray(148, 154)), 8) - 0x30 + type.charCodeAt(0);
  const changed = header.slice();
  changed[156] = type.charCodeAt(0);
  changed.set(text(`${sum.toString(8).padStart(6, "0")}\0 `), 148);
  return changed;
}

async function refused(bytes: Uint8Array, why: string, limits?: ArchiveLimits): Promise<void> {
  await refusedFile(gzipSync(bytes), why, limits);
}

async function refusedFile(bytes: Uint8Array, why: string, limits?: ArchiveLimits): Promise<void> {
  await inDirectory(async (directory) => {
    const path = join(directory, "in.tar.gz");
    writeFileSync(path, bytes);
    const out = join(directory, "out");
    mkdirSync(out);
    const wishes = { schema: 99, expect: () => undefined, ...(limits !== undefined && { limits }) };
    const outcome = await unpackArchive(path, out, wishes).catch((error: unknown) => error);
    expect(outcome).toBeInstanceOf(GatewayError);
    expect(outcome).toMatchObject({ code: "invalid_request", message: expect.stringContaining(why) });
    expect(readdirSync(directory).toSorted()).toEqual(["in.tar.gz", "out"]);
  });
}

async function inDirectory(work: (directory: string) => Promise<void>): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), "tokligence-archive-"));
  try {
    await work(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
