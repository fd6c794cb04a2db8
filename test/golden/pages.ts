import { legend } from "./abbreviations.ts";
import { answerPages } from "./answer-pages.ts";
import type { GoldenPage } from "./golden-page.ts";
import { requestPages } from "./request-pages.ts";

/** Every page of expected text. */
export function goldenPages(): GoldenPage[] {
  const short = { path: "test/golden/expected/answers/short-names.txt", text: legend };
  return [...requestPages(), ...answerPages(), short];
}
