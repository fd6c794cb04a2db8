import { resolve } from "node:path";

/** Where recorded exchanges of real services and published schemas lie: `RECORDED_DIR`, or beside the project. */
export const recordedDirectory: string = resolve(process.env.RECORDED_DIR ?? "../shared/fixtures");
