import { failure, type Finding, sound, warning } from "#core/doctor/finding.ts";

const mebibyte = 1024 * 1024;
/** Below it a start fails: a new database and its log want as much. */
const leastFreeBytes = mebibyte;
const scarceBytes = 512 * mebibyte;
const scarceFiles = 1_000;
const leastMemoryBytes = 256 * mebibyte;
/** Descriptors that are open whatever runs. */
const descriptorsAtRest = 100;

/** What the machine lends the process. */
export interface MachineFacts {
  /** Most open files of a process; undefined where it is not told. */
  readonly descriptors: number | undefined;
  /** What the process may take; undefined where nobody says. */
  readonly memoryLimitBytes: number | undefined;
}

/** The disk below the data directory. */
export interface DiskFacts {
  readonly directory: string;
  readonly freeBytes: number;
  /** Undefined where the file system does not count them. */
  readonly freeFiles: number | undefined;
  /** Disk kept aside for rows that the database cannot take; undefined before the first start. */
  readonly reserveBytes: number | undefined;
  /** Rows that wait to be entered in the database. */
  readonly spooledBytes: number;
}

/** The reserve that a gateway keeps where the disk has room. */
export const wantedReserveBytes: number = 64 * mebibyte;

/** Whether descriptors and memory suffice for as many requests at once as are allowed. */
export function machineFindings(facts: MachineFacts, maxConcurrentRequests: number): readonly Finding[] {
  const { descriptors, memoryLimitBytes } = facts;
  const wanted = 2 * maxConcurrentRequests + descriptorsAtRest;
  const found: Finding[] = [
    sound("machine", "No cap on calls upstream but gateway.max_concurrent_requests and the capacities."),
  ];
  if (descriptors !== undefined && descriptors < wanted) {
    const what = `${descriptors} open files are allowed; ${maxConcurrentRequests} requests at once may need ${wanted}.`;
    found.push(warning("machine", what, `Start it with: ulimit -n ${wanted} (systemd: LimitNOFILE=${wanted})`));
  } else if (descriptors !== undefined) {
    found.push(sound("machine", `${descriptors} open files are allowed, ${wanted} are enough.`));
  }
  if (memoryLimitBytes !== undefined) {
    const what = `The process may take ${sizeText(memoryLimitBytes)} of memory`;
    const isLittle = memoryLimitBytes < leastMemoryBytes;
    const fix = `Allow ${sizeText(leastMemoryBytes)} or more: gateway.memory_limit, MemoryMax, --memory`;
    found.push(
      isLittle ? warning("machine", `${what}; under load it sheds or is killed.`, fix) : sound("machine", `${what}.`),
    );
  }
  return found;
}

/** Whether the disk has room for the books. */
export function diskFindings(facts: DiskFacts): readonly Finding[] {
  const { directory, freeBytes, freeFiles, reserveBytes, spooledBytes } = facts;
  const free = `${sizeText(freeBytes)} free at ${directory}`;
  const room = `Make room on the disk of ${directory}, or move it: database.path`;
  const found: Finding[] = [];
  if (freeBytes < leastFreeBytes) found.push(failure("disk", "storage_failed", `Only ${free}.`, room));
  else if (freeBytes < scarceBytes) found.push(warning("disk", `Only ${free}.`, room));
  else found.push(sound("disk", `${free}.`));
  if (freeFiles !== undefined && freeFiles < scarceFiles) {
    found.push(warning("disk", `Only ${freeFiles} more files fit at ${directory}.`, room));
  }
  // It takes a sixteenth of the free disk at most, and is filled by whoever serves: it may only be young.
  if (reserveBytes !== undefined && reserveBytes + freeBytes / 16 < wantedReserveBytes) {
    const what = `The reserve for a full disk holds ${sizeText(reserveBytes)} of ${sizeText(wantedReserveBytes)}.`;
    found.push(warning("disk", what, `${room}; it fills up by itself.`));
  }
  if (spooledBytes > 0) {
    const what = `${sizeText(spooledBytes)} of rows wait in ${directory}/spool.jsonl for the database.`;
    found.push(warning("disk", what, "They are entered once it can be written: tokligence ledger verify tells"));
  }
  return found;
}

/** A size in the largest unit that leaves a digit before the point. */
export function sizeText(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  const step = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  const value = bytes / 1024 ** step;
  return `${value >= 100 || step === 0 ? Math.round(value) : value.toFixed(1)} ${units[step]}`;
}
