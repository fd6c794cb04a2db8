/** The address under which programs of this machine reach a gateway that listens on all of them. */
export function reachableUrl(url: string): string {
  return url.replace(/\/\/(?:0\.0\.0\.0|\[::\])(?=:|$)/, "//127.0.0.1");
}
