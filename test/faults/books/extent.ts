import { fuzzCases } from "../../property/fuzz-share.ts";

/** Whether everything is tried, as `make test-long` does, rather than a sample of it. */
export const inFull: boolean = fuzzCases >= 100_000;
