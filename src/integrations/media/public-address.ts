import { isMetadataHost, isPublicAddress } from "#core/address-range.ts";

/** The addresses of a host, all of them. Rejects when it has none. */
export type ResolveHost = (hostname: string) => Promise<readonly string[]>;

/** A place that may be fetched from. */
export interface CheckedPlace {
  readonly url: URL;
  /** Where to connect to, in the order in which to try. */
  readonly addresses: readonly string[];
}

/** Why a place may not be fetched from, as the end of a sentence that begins with the field's name. */
export class ForbiddenPlace extends Error {
  override readonly name = "ForbiddenPlace";
}

/** Ports of web servers; a caller must not speak to anything else through the gateway. */
const webPorts = new Set(["", "80", "443", "8080", "8443"]);
/** Twice what servers are to take at least (RFC 9110 section 4.1). */
const longestUrl = 16_000;
const localNames = /(^|\.)(localhost|local|internal|lan|home\.arpa)$/;

/**
 * Checks an address and looks it up once: whoever fetches must connect to one of the addresses found here, or a name that
 * changes its mind would lead elsewhere. A host of `privateHosts` (`name` or `name:port`) may be private. Throws
 * `ForbiddenPlace`.
 */
export async function checkPlace(
  url: URL,
  resolve: ResolveHost,
  privateHosts: ReadonlySet<string>,
): Promise<CheckedPlace> {
  if (url.protocol !== "http:" && url.protocol !== "https:") throw new ForbiddenPlace("must be an http or https URL");
  if (url.username !== "" || url.password !== "") throw new ForbiddenPlace("must not carry credentials");
  if (url.href.length > longestUrl) throw new ForbiddenPlace(`is longer than ${longestUrl} characters`);
  const host = url.hostname.replace(/\.$/, "");
  if (isMetadataHost(host)) throw new ForbiddenPlace("is not a public address");
  const own = privateHosts.has(host) || privateHosts.has(url.host);
  if (!own && !webPorts.has(url.port)) throw new ForbiddenPlace("names a port other than those of web servers");
  if (!own && localNames.test(host)) throw new ForbiddenPlace("is not a public address");
  const addresses = await addressesOf(host, resolve);
  const allowed = (address: string): boolean => isPublicAddress(address) || (own && !isMetadataHost(address));
  // One private address among public ones is a trap, not a choice.
  if (!addresses.every(allowed)) throw new ForbiddenPlace("is not a public address");
  return { url, addresses: addresses.toSorted((a, b) => Number(a.includes(":")) - Number(b.includes(":"))) };
}

async function addressesOf(host: string, resolve: ResolveHost): Promise<readonly string[]> {
  if (/^[\d.]+$/.test(host)) return [host];
  if (host.startsWith("[")) return [host.slice(1, -1)];
  const addresses = await resolve(host).catch(() => []);
  if (addresses.length === 0) throw new ForbiddenPlace("names a host that cannot be found");
  return addresses;
}
