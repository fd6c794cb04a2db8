/** The pages that people read: what they link to is there, and every page is found from the index. */
import { expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import { trackedFiles } from "./sources.ts";

const pages = trackedFiles().filter((path) => path.endsWith(".md"));

/** A page without its blocks of code, where brackets are no links and hashes no headings. */
function prose(page: string): string {
  return readFileSync(page, "utf8").replaceAll(/^ *```.*?^ *```/gms, "");
}

/** Files of this repository that a page links to, each with the heading in it if one is named. */
function linksOf(page: string): { readonly path: string; readonly heading: string | undefined }[] {
  return [...prose(page).matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, link = ""]) => {
    if (/^[a-z]+:/.test(link)) return [];
    const [file = "", heading] = link.split("#");
    return [{ path: file === "" ? page : posix.join(posix.dirname(page), file), heading }];
  });
}

/** Headings as GitHub names them in an address. */
function headingsOf(page: string): ReadonlySet<string> {
  const words = [...prose(page).matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) => heading);
  return new Set(
    words.map((heading) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
        .replaceAll(" ", "-"),
    ),
  );
}

test("every link of a page leads to a file and a heading that are there", () => {
  expect(pages.length).toBeGreaterThan(30);
  const broken = pages.flatMap((page) =>
    linksOf(page)
      .filter(({ path, heading }) => !existsSync(path) || (heading !== undefined && !headingsOf(path).has(heading)))
      .map(({ path, heading }) => `${page}: ${path}${heading === undefined ? "" : `#${heading}`}`),
  );
  expect(broken).toEqual([]);
});

test("every page of docs is found from the index, or from a page that the index names", () => {
  const near = linksOf("docs/README.md").map(({ path }) => path);
  const found = new Set([
    ...near,
    ...near.filter((path) => path.endsWith(".md")).flatMap((page) => linksOf(page).map(({ path }) => path)),
  ]);
  const hidden = pages.filter((page) => page.startsWith("docs/") && page !== "docs/README.md" && !found.has(page));
  expect(hidden.filter((page) => !page.startsWith("docs/decisions/"))).toEqual([]);
});
