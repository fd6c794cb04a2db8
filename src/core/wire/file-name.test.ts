import { expect, test } from "bun:test";
import { fileNameOf } from "#core/wire/file-name.ts";

test.each([
  [undefined, "application/pdf", "document.pdf"],
  [undefined, "text/plain", "document.txt"],
  [undefined, "application/vnd.oasis.opendocument.text", "document.pdf"],
  ["report.pdf", "application/pdf", "report.pdf"],
  ["Quarterly report", "application/pdf", "Quarterly report.pdf"],
])("the document %s of type %s is called %s", (filename, mimeType, name) => {
  expect(fileNameOf(filename, mimeType)).toBe(name);
});
