/** `http://host:port` of a listener, `https` where it has a TLS pair; an IPv6 address comes into brackets (RFC 3986, 3.2.2). */
export function listeningUrl({
  host,
  port,
  tls,
}: {
  readonly host: string;
  readonly port: number;
  readonly tls?: object;
}): string {
  return `${tls === undefined ? "http" : "https"}://${host.includes(":") ? `[${host}]` : host}:${port}`;
}
