import { homedir } from "node:os";

/** The home of whoever runs this process; `/` for a user without one, as containers and service managers have it. */
export function homeDirectory(read: () => string = homedir): string {
  try {
    return read();
  } catch {
    return "/";
  }
}
