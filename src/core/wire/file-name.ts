/** The name of a document whose bytes are sent: its own, with the ending by which a service tells what it is. */
export function fileNameOf(filename: string | undefined, mimeType: string): string {
  const ending = endingOf(mimeType);
  if (filename === undefined) return `document.${ending}`;
  return /\.[A-Za-z0-9]{1,5}$/.test(filename) ? filename : `${filename}.${ending}`;
}

function endingOf(mimeType: string): string {
  const [, subtype = ""] = mimeType.split("/");
  if (mimeType === "text/plain") return "txt";
  return /^[a-z0-9]{1,5}$/.test(subtype) ? subtype : "pdf";
}
