/** Path and query of a request as the runtime reports its URL. */
export interface RequestTarget {
  /** Starts with `/`; percent escapes are left as they are. */
  readonly path: string;
  /** Without the question mark. */
  readonly query: string;
}

/**
 * Cuts an URL without parsing it. The runtime has already resolved dot segments; where `Host` is no host it reports the
 * bare target. What has no path (the target of CONNECT) becomes a path that matches nothing.
 */
export function requestTarget(url: string): RequestTarget {
  const start = url.startsWith("/") ? 0 : url.indexOf("/", "https://".length);
  if (start < 0) return { path: "", query: "" };
  const mark = url.indexOf("?", start);
  if (mark < 0) return { path: url.slice(start), query: "" };
  return { path: url.slice(start, mark), query: url.slice(mark + 1) };
}
