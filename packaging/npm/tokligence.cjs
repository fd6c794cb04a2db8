#!/usr/bin/env node
// Runs the executable of this machine, which a package of its own holds, with these arguments, streams and signals; ends as it ends.
"use strict";
const { spawn } = require("node:child_process");
const { existsSync } = require("node:fs");
const { constants } = require("node:os");
const { join, sep } = require("node:path");
const { isatty } = require("node:tty");
const { optionalDependencies, version } = require("../package.json");

/** What would end this process alone, or, as SIGUSR1, open it to a debugger. */
const signals = ["SIGINT", "SIGQUIT", "SIGBREAK", "SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2"];
/** What a terminal sends to every program in front of it, so that passing it on would say it twice. Windows does so with all. */
const fromTerminal = ["SIGINT", "SIGQUIT"];
const isWindows = process.platform === "win32";
const hasTerminal = [0, 1, 2].some(isatty);

function fail(...lines) {
  process.stderr.write(`tokligence: ${lines.join("\n")}\n`);
  process.exitCode = 69;
}

/** Packages for this system and processor: on Linux two, one for each C library. */
function packagesOfMachine() {
  const system = isWindows ? "windows" : process.platform;
  const name = `@tokligence/${system}-${process.arch === "x64" ? "amd64" : process.arch}`;
  return [name, `${name}-musl`].filter((each) => each in optionalDependencies);
}

function executableIn(name) {
  try {
    return require.resolve(`${name}/bin/${isWindows ? "tokligence.exe" : "tokligence"}`);
  } catch {
    return undefined;
  }
}

function usesMusl() {
  return process.platform === "linux" && process.report.getReport().header.glibcVersionRuntime === undefined;
}

/** The installed package of this machine with its executable. Installers that know no C libraries bring both of Linux. */
function choose(names) {
  const installed = names.flatMap((name) => {
    const path = executableIn(name);
    return path === undefined ? [] : [{ name, path }];
  });
  return installed.length === 2 && usesMusl() ? installed[1] : installed[0];
}

/** Beside every node_modules but the global one npm has a package.json. */
function isGlobal() {
  const [place, ...inside] = __dirname.split(`${sep}node_modules${sep}`);
  return inside.length > 0 && !existsSync(join(place, "package.json"));
}

function explainStart({ path }, { code, message }) {
  if (code === "EACCES") return fail(`${path} may not be run: its mode, or its file system is mounted noexec.`);
  if (code === "ENOENT") return fail(`${path} does not start here: it is for another C library than this machine's.`);
  fail(`${path} does not start: ${message}.`);
}

function explainMusl() {
  fail("It needs libstdc++ on a machine with musl: apk add libstdc++");
  process.exitCode = 127;
}

function endAs(code, signal, { name }) {
  process.exitCode = signal === null ? code : 128 + constants.signals[signal];
  // The code with which musl's loader ends.
  if (code === 127 && name.endsWith("-musl")) explainMusl();
  if (signal === null) return;
  for (const each of signals) process.removeAllListeners(each);
  process.kill(process.pid, signal);
}

function run(chosen) {
  // Heard before it is started: no signal ends this process alone. It ends when the executable does.
  let wasToldToEnd = false;
  for (const signal of signals) {
    process.on(signal, () => {
      wasToldToEnd ||= signal === "SIGINT" || signal === "SIGTERM";
      const isHeardThere = isWindows || (hasTerminal && fromTerminal.includes(signal));
      if (!isHeardThere) child.kill(signal);
    });
  }
  const child = spawn(chosen.path, process.argv.slice(2), { stdio: "inherit" });
  child.on("error", (error) => explainStart(chosen, error));
  child.on("exit", (code, signal) => endAs(code, signal, chosen));
  // Not where npx runs another program that has started this one.
  const { npm_lifecycle_event: event, npm_lifecycle_script: script = "" } = process.env;
  if (event === "npx" && script.includes("tokligence")) onEndOfShell(() => wasToldToEnd || child.kill());
}

/** npx starts this process by a shell that a signal ends without telling anybody: when it is gone, npx was to end. */
function onEndOfShell(end) {
  const shell = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === shell) return;
    clearInterval(watch);
    end();
  }, 500);
  watch.unref();
}

const names = packagesOfMachine();
const chosen = choose(names);
if (names.length === 0) {
  const known = Object.keys(optionalDependencies).map((name) => name.slice("@tokligence/".length));
  fail(`there is no executable for ${process.platform} on ${process.arch}, only for ${known.join(", ")}.`);
} else if (chosen === undefined) {
  fail(
    `${usesMusl() ? names[1] : names[0]}, the package with the executable, is not installed.`,
    "It is an optional one that npm leaves out with --omit=optional, or when node_modules or the lock file come from another",
    `kind of machine. To get it: npm install ${isGlobal() ? "--global " : ""}--include=optional tokligence@${version}`,
  );
} else run(chosen);
