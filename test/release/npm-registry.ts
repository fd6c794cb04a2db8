import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Glob } from "bun";
import { mainManifest, type NpmManifest, platformManifest } from "../../scripts/dist/npm-packages.ts";
import { targets } from "../../scripts/dist/targets.ts";

/**
 * A package registry on loopback with what lies in a folder that `dist-npm.ts` wrote. It knows the packages of every target; of
 * those that are not in the folder it has no archive.
 */
export class NpmRegistry implements AsyncDisposable {
  /** Archives that were asked for, in order. */
  readonly downloads: string[] = [];
  readonly #folder: string;
  readonly #packages: ReadonlyMap<string, NpmManifest>;
  readonly #server: Bun.Server<undefined>;

  constructor(folder: string, version: string) {
    const manifests = [mainManifest(version), ...targets.map((target) => platformManifest(target, version))];
    this.#folder = folder;
    this.#packages = new Map(manifests.map((manifest) => [manifest.name, manifest]));
    this.#server = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch: (request) => this.#answer(new URL(request.url)),
    });
  }

  get url(): string {
    return this.#server.url.href;
  }

  /** The environment of an npm that asks this registry, writes below `home`, and has nothing of what this machine's is set to. */
  environment(home: string): Record<string, string> {
    return {
      PATH: process.env["PATH"] ?? "",
      HOME: home,
      npm_config_userconfig: join(home, "none-of-the-user"),
      npm_config_globalconfig: join(home, "none-of-the-machine"),
      // npx would take a tokligence that this machine has.
      npm_config_prefix: join(home, "nothing-global"),
      npm_config_cache: join(home, "cache"),
      npm_config_registry: this.url,
      npm_config_update_notifier: "false",
      npm_config_audit: "false",
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.stop(true);
  }

  #answer({ pathname }: URL): Response {
    if (pathname.startsWith("/-/archives/")) {
      const name = pathname.slice("/-/archives/".length);
      this.downloads.push(name);
      return new Response(Bun.file(join(this.#folder, name)));
    }
    const manifest = this.#packages.get(decodeURIComponent(pathname.slice(1)));
    if (manifest === undefined) return new Response("{}", { status: 404 });
    const { name, version } = manifest;
    return Response.json({
      name,
      "dist-tags": { latest: version },
      versions: { [version]: { ...manifest, dist: this.#dist(archiveName(manifest)) } },
    });
  }

  #dist(archive: string) {
    const isThere = [...new Glob("*.tgz").scanSync(this.#folder)].includes(archive);
    const bytes = isThere ? readFileSync(join(this.#folder, archive)) : "";
    const sha512 = new Bun.CryptoHasher("sha512").update(bytes).digest("base64");
    return { tarball: `${this.url}-/archives/${archive}`, integrity: `sha512-${sha512}` };
  }
}

/** What `npm pack` calls the archive of a package. */
export function archiveName({ name, version }: NpmManifest): string {
  return `${name.replace("@", "").replace("/", "-")}-${version}.tgz`;
}
