# Needs Node 20 or later with npm, make and git. Everything else comes from npm, Bun included; the tests want curl too.

SHELL := /bin/sh
.DEFAULT_GOAL := help
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)

installed := node_modules/.installed
binary := dist/tokligence
sources := $(shell find src profiles config scripts/build.ts -type f 2>/dev/null)

.PHONY: help
help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

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
test: $(installed) $(binary) ## run every test; GROUPS="unit faults" runs some
	@sh scripts/require-tools.sh curl unshare
	@bun scripts/run-tests.ts $(GROUPS)

.PHONY: bt
bt: $(installed) ## backend tests: everything that needs no compiled binary
	@bun scripts/run-tests.ts --source $(GROUPS)

.PHONY: build
build: $(binary) ## compile dist/tokligence for this machine

$(binary): $(installed) $(sources)
	bun scripts/build.ts
	@touch $@

.PHONY: check
check: $(installed) ## the gate before every commit: format, types, lint, tidy, generated pages
	bun fmt --check
	bun check
	biome lint --error-on-warnings
	bun test ./test/tidy.test.ts ./test/tidy-contracts.test.ts
	bun scripts/generate-configuration-reference.ts --check

.PHONY: format
format: $(installed) ## format every file
	bun fmt

.PHONY: bench
bench: $(installed) $(binary) ## measure against a bare proxy; PART=throughput runs one part
	@ulimit -n "$$(ulimit -H -n)" && bun test/bench/bench.ts $(PART)

.PHONY: clean-dist
clean-dist: ## remove what build made
	rm -rf dist

.PHONY: clean
clean: clean-dist ## remove everything that was installed or made
	rm -rf node_modules .cache
