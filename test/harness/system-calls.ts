/** What happens instead of, or before, a system call. */
export interface InjectedFault {
  /** Which of them: one kind, as the kernel names it. */
  readonly call: string;
  /** The how manieth of a thread, from 1 on; `andAfter` means every later one too. */
  readonly nth: number;
  readonly andAfter?: boolean;
  /** The process is killed at the call, or the call fails so without being made. */
  readonly what: "SIGKILL" | "EIO" | "ENOSPC" | "EROFS";
}

/** What is watched of a program, and what goes wrong. */
export interface Watched {
  /** Files that count, by their absolute paths; every file and socket when left out. */
  readonly files?: readonly string[];
  /** System calls that count. */
  readonly calls: readonly string[];
  readonly fault?: InjectedFault;
  /** Where the calls are written down, one a line, in the order in which they began and ended. */
  readonly log?: string;
}

/**
 * The program run under strace, which stays out of the way: the process that is started is the program itself, with its own
 * exit code. Needs Linux.
 */
export function watched(
  program: readonly string[],
  { files = [], calls, fault, log = "/dev/null" }: Watched,
): readonly string[] {
  // The question mark: a kernel that does not have a call (`unlink` on arm64) is no mistake.
  const traced = calls.map((call) => `?${call}`).join();
  return [
    ...["strace", "-D", "-f", "-qq", "-y", "-s", "8192", "-o", log],
    ...(fault?.what === "SIGKILL" ? [] : ["--seccomp-bpf"]),
    ...["-e", `trace=${traced}`, "-e", "signal=none"],
    ...files.flatMap((file) => ["-P", file]),
    ...(fault === undefined ? [] : ["-e", injection(fault)]),
    ...program,
  ];
}

function injection({ call, nth, andAfter, what }: InjectedFault): string {
  const action = what === "SIGKILL" ? "signal=SIGKILL" : `error=${what}`;
  return `inject=?${call}:${action}:when=${nth}${andAfter === true ? "+" : ""}`;
}
