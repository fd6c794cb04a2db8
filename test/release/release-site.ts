import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The releases of a project as GitHub serves them, on loopback: files by name, of one version, which is also the latest. */
export class ReleaseSite implements AsyncDisposable {
  /** Paths that were asked for, in order. */
  readonly requests: string[] = [];
  readonly files: Map<string, string | Blob | ReadableStream>;
  readonly #server: Bun.Server<undefined>;

  constructor(version: string, files: Readonly<Record<string, string | Blob>>) {
    this.files = new Map(Object.entries(files));
    const folders = ["/latest/download/", `/download/v${version}/`];
    this.#server = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch: ({ url }) => {
        const path = decodeURIComponent(new URL(url).pathname);
        this.requests.push(path);
        const folder = folders.find((each) => path.startsWith(each));
        const file = folder === undefined ? undefined : this.files.get(path.slice(folder.length));
        return file === undefined ? new Response("Not Found", { status: 404 }) : new Response(file);
      },
    });
  }

  /** As `TOKLIGENCE_RELEASES` takes it. */
  get url(): string {
    return this.#server.url.origin;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.stop(true);
  }
}

const platforms = [
  "linux_amd64",
  "linux_arm64",
  "linux_amd64_musl",
  "linux_arm64_musl",
  "darwin_amd64",
  "darwin_arm64",
];

/** Releases of a version 9.9.9 for every machine, whose executable is these lines of shell. */
export async function smallSite(lines = "echo tokligence 9.9.9"): Promise<ReleaseSite> {
  const scratch = mkdtempSync(join(tmpdir(), "release-site-"));
  try {
    const files: Record<string, Blob> = {};
    for (const name of platforms.map((platform) => `tokligence_9.9.9_${platform}`)) {
      mkdirSync(join(scratch, name));
      writeFileSync(join(scratch, name, "tokligence"), `#!/bin/sh\n${lines}\n`, { mode: 0o755 });
      await Bun.$`tar -czf ${name}.tar.gz ${name} && tar -cJf ${name}.tar.xz ${name}`.cwd(scratch);
      for (const archive of [`${name}.tar.gz`, `${name}.tar.xz`])
        files[archive] = new Blob([readFileSync(join(scratch, archive))]);
    }
    return new ReleaseSite("9.9.9", { ...files, "checksums.txt": await checksumsOf(files) });
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

/** Lines of `sha256sum`. */
async function checksumsOf(files: Readonly<Record<string, Blob>>): Promise<string> {
  const line = async ([name, file]: [string, Blob]): Promise<string> =>
    `${new Bun.CryptoHasher("sha256").update(await file.arrayBuffer()).digest("hex")}  ${name}\n`;
  return (await Promise.all(Object.entries(files).map(line))).join("");
}
