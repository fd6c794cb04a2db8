import type { Protocol } from "#core/wire/codec.ts";

/** What one start of a tool is made of. */
export interface LaunchSession {
  /** Address of the gateway without a path. */
  readonly url: string;
  readonly key: string;
  /** What the tool shall ask for; undefined leaves it to the tool. */
  readonly model: string | undefined;
  /** For small questions of its own. */
  readonly smallModel: string | undefined;
  /** Models that the gateway lists by name. */
  readonly listed: readonly string[];
  /** A private directory that is gone when the tool has ended. */
  readonly directory: string;
  /** The user's own settings of a tool whose home is overlaid, as they stand in their file; undefined without one. */
  readonly ownSettings: string | undefined;
}

/** How a tool is pointed at the gateway. */
export interface Arrangement {
  readonly environment: Readonly<Record<string, string>>;
  /** Variables that would lead it elsewhere. */
  readonly without: readonly string[];
  /** Before those that the user gives. */
  readonly arguments: readonly string[];
  /** Files below `directory`, by path. */
  readonly files: Readonly<Record<string, string>>;
}

/** Everything `launch` knows of one tool. */
export interface LaunchTool {
  /** What the user types, and the program in PATH. */
  readonly name: string;
  readonly title: string;
  /** The line that installs it. */
  readonly install: string;
  readonly protocol: Protocol;
  /** Whether it can be told of a small model beside the other. */
  readonly takesSmallModel: boolean;
  /** Whether it would ask somebody else when no model is named. */
  readonly needsModel: boolean;
  /** A folder of the user's home that is seen in `directory` through links, its settings file apart, and what says so to the tool. */
  readonly overlay?: { readonly folder: string; readonly settings: string; readonly homeVariable: string };
  arrange(session: LaunchSession): Arrangement;
}
