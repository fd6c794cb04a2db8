# Needs Node 20 or later with npm, make and git. Everything else comes from npm, Bun included; the tests want curl too.

SHELL := /bin/sh
.DEFAULT_GOAL := help
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)

installed := node_modules/.installed
binary := dist/tokligence
client_programs := .cache/client-programs
goreleaser := .cache/goreleaser/goreleaser
RECORDED_DIR ?= ../shared/fixtures
sources := $(shell find src profiles config packaging/completion packaging/daemon scripts/build.ts -type f 2>/dev/null)

.PHONY: help
help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# npm runs no package's scripts (.npmrc); the one that must run, Bun's own, puts the executable for this machine in place.
$(installed): package.json package-lock.json
	npm ci --loglevel=error
	node node_modules/bun/install.js
	@touch $@

.PHONY: install
install: $(installed) ## install what is missing

.PHONY: serve
serve: $(installed) ## serve on 127.0.0.1:8081; ARGS="--port 9000" passes flags on
	@exec bun src/main.ts serve $(ARGS)

.PHONY: test
test: $(installed) $(binary) ## run every test, of the executable where it makes the promise; GROUPS="unit faults-compiled" runs some
	@sh scripts/require-tools.sh curl python3 strace systemd-analyze unshare zsh fish
	@bun scripts/run-tests.ts $(GROUPS)

.PHONY: test-long
test-long: $(installed) $(binary) ## fuzz runs of 100,000 cases, a million old rows, a day of 10,000 calls, 100,000 keys timed, 200 kills, a kill and an error at every system call; FUZZ_SEED=1 runs a seed again
	@sh scripts/require-tools.sh strace
	@mkdir -p .cache/junit
	@LONG_CALLS=10000 bun test --reporter=junit --reporter-outfile=.cache/junit/mixed-day.xml ./test/behaviour/money/mixed-day.test.ts
	@TIMING_SAMPLES=100000 bun test --reporter=junit --reporter-outfile=.cache/junit/timing.xml ./test/faults/timing.test.ts
	@FUZZ_CASES=100000 LONG_ROWS=1000000 LONG_ENTRIES=10000000 bun scripts/run-tests.ts property stores faults.books

.PHONY: test-clients
test-clients: $(installed) $(binary) $(client_programs)/node_modules/.installed $(client_programs)/python/.installed ## whole turns by real agents and Python clients; GROUPS="client-programs.codex" for one
	@bun scripts/run-tests.ts $(or $(GROUPS),client-programs)

$(client_programs)/node_modules/.installed: test/client-programs/package.json test/client-programs/package-lock.json
	@mkdir -p $(client_programs)
	cp test/client-programs/package.json test/client-programs/package-lock.json .npmrc $(client_programs)/
	cd $(client_programs) && npm ci --loglevel=error
	@touch $@

$(client_programs)/python/.installed: test/client-programs/python/requirements.txt test/client-programs/python/constraints.txt
	@sh scripts/require-tools.sh python3-venv
	python3 -m venv --clear $(client_programs)/python
	$(client_programs)/python/bin/pip install --quiet --disable-pip-version-check -r $(word 1,$^) -c $(word 2,$^)
	@touch $@

.PHONY: test-recorded
test-recorded: $(installed) ## recorded exchanges of real services, in RECORDED_DIR (../shared/fixtures)
	@test -d "$(RECORDED_DIR)/recorded" || { echo "No recordings in $(RECORDED_DIR): set RECORDED_DIR." >&2; exit 1; }
	@RECORDED_DIR="$(RECORDED_DIR)" bun scripts/run-tests.ts recorded

.PHONY: bt
bt: $(installed) ## the same from the sources, with no compiled binary; GROUPS="unit faults" runs some
	@bun scripts/run-tests.ts --source $(GROUPS)

.PHONY: build
build: $(binary) ## compile dist/tokligence for this machine

$(binary): $(installed) $(sources)
	bun scripts/build.ts
	@touch $@

$(goreleaser): scripts/install-goreleaser.sh
	sh scripts/install-goreleaser.sh $@

.PHONY: release-check
release-check: $(installed) $(goreleaser) ## what .goreleaser.yaml makes for this machine, built twice, looked at and run
	@sh scripts/require-tools.sh mandoc
	@bun scripts/run-tests.ts release

.PHONY: snapshot
snapshot: $(installed) $(goreleaser) ## archives of every target with checksums in dist/release, published nowhere
	bun scripts/goreleaser-snapshot.ts
	@RELEASE_DIR=dist/release bun test --timeout=130000 ./test/release/archives.test.ts

.PHONY: check
check: $(installed) ## the gate before every commit: format, types, lint, tidy, generated pages
	bun fmt --check
	bun check
	biome lint --error-on-warnings
	bun test ./test/tidy.test.ts ./test/tidy-contracts.test.ts
	bun scripts/generate-configuration-reference.ts --check
	bun scripts/generate-conformance.ts --check
	bun scripts/generate-api-reference.ts --check
	bun scripts/generate-man.ts --check

.PHONY: format
format: $(installed) ## format every file
	bun fmt

.PHONY: bench
bench: $(installed) $(binary) ## measure against a bare proxy; PART=throughput runs one part
	@ulimit -n "$$(ulimit -H -n)" && bun test/bench/bench.ts $(PART)

.PHONY: simulate
simulate: $(installed) ## run the scheduler's simulation and draw docs/scheduling anew
	@bun test/simulation/simulate.ts

.PHONY: clean-dist
clean-dist: ## remove what build made
	rm -rf dist

.PHONY: clean
clean: clean-dist ## remove everything that was installed or made
	rm -rf node_modules .cache
