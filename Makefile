# Needs Node 20 or later with npm, make and git. Everything else comes from npm, Bun included; the tests want curl too.

SHELL := /bin/sh
.DEFAULT_GOAL := help
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)

# What is distributed, and where to; DIST_VERSION, else the version of the tag, goes into everything.
DIST_DIR ?= dist
DIST_TARGETS ?= all
export DIST_DIR DIST_TARGETS

installed := node_modules/.installed
binary := dist/tokligence
client_programs := .cache/client-programs
python := .cache/python
python_build := .cache/python-build
release_tools := .cache/release-tools
goreleaser := .cache/goreleaser/goreleaser
RECORDED_DIR ?= ../shared/fixtures
sources := $(shell find src profiles config packaging/completion packaging/daemon scripts/build.ts -type f 2>/dev/null)

.PHONY: help
help: ## list these commands
	@awk -F ':.*## ' 'function fold(line, text, margin,  words, count, i) { count = split(text, words, " "); \
	    for (i = 1; i <= count; i++) { \
	      if (length(line) + length(words[i]) > 78) { print line; line = margin } \
	      line = line (line ~ /[^ ]$$/ ? " " : "") words[i] } \
	    print line } \
	  /^##@ / { print ""; fold("", substr($$0, 5), "") } \
	  /^[a-z-]+( [a-z-]+)?:.*## / { split($$1, name, " "); fold(sprintf("  make %-14s", name[1]), $$2, sprintf("%21s", "")) }' $(MAKEFILE_LIST)

##@ Every day

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

.PHONY: bt
bt: $(installed) ## the same from the sources, with no compiled binary; GROUPS="unit faults" runs some
	@bun scripts/run-tests.ts --source $(GROUPS)

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
	bun scripts/generate-licenses.ts --check

.PHONY: format
format: $(installed) ## format every file
	bun fmt

.PHONY: build
build: $(binary) ## compile dist/tokligence for this machine

$(binary): $(installed) $(sources)
	bun scripts/build.ts
	@touch $@

.PHONY: gfr
gfr: $(binary) ## restart the gateway in the background, as dist/tokligence; TOKLIGENCE_CONFIG_DIR=/tmp/x restarts another
	@$(binary) stop && $(binary) serve --detach

.PHONY: db-migrate
db-migrate: $(installed) ## bring the database up to date, as serve does by itself; ARGS="--check" only looks
	@bun src/main.ts migrate $(ARGS)

##@ More tests

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

# A folder of Python packages, for each requirements.txt one, held by the constraints.txt beside it if there is one.
define python_environment
	@sh scripts/require-tools.sh python3-venv
	python3 -m venv --clear $(@D)
	$(@D)/bin/pip install --quiet --disable-pip-version-check -r $(word 1,$^) $(patsubst %,-c %,$(word 2,$^))
	@touch $@
endef

$(client_programs)/python/.installed: test/client-programs/python/requirements.txt test/client-programs/python/constraints.txt
	$(python_environment)

$(python)/.installed: python-package/tests/requirements.txt python-package/tests/constraints.txt
	$(python_environment)

$(python_build)/.installed: python-package/build-requirements.txt
	$(python_environment)

$(release_tools)/.installed: test/release/requirements.txt test/release/constraints.txt
	$(python_environment)

test-python release-check: override DIST_TARGETS := host

.PHONY: test-python
test-python: dist-python $(python)/.installed ## the wheel of this machine installed: ruff, mypy and pytest of python-package
	@$(python)/bin/pip install --quiet --disable-pip-version-check --force-reinstall --no-deps --no-index \
	  --find-links "$(DIST_DIR)/python/wheels" tokgateway
	@mkdir -p .cache/junit
	cd python-package && export PATH="$(CURDIR)/$(python)/bin:$$PATH" RUFF_NO_CACHE=true MYPY_CACHE_DIR="$(CURDIR)/$(python)/mypy" && \
	  ruff check . && ruff format --check . && mypy --strict src tests/spec_examples && \
	  pytest --quiet --override-ini junit_family=xunit1 --junitxml=../.cache/junit/python.xml tests

.PHONY: test-recorded
test-recorded: $(installed) ## recorded exchanges of real services, in RECORDED_DIR (../shared/fixtures)
	@test -d "$(RECORDED_DIR)/recorded" || { echo "No recordings in $(RECORDED_DIR): set RECORDED_DIR." >&2; exit 1; }
	@RECORDED_DIR="$(RECORDED_DIR)" bun scripts/run-tests.ts recorded

# What the tests of artefacts run, beside npm's: Debian packages that scripts/require-tools.sh brings.
release_programs := mandoc bwrap rpm ruby systemd-analyze xz buildah podman runc shellcheck curl busybox openssl jq

.PHONY: release-check
release-check: $(installed) $(goreleaser) $(release_tools)/.installed ## what dist and GoReleaser make for this machine, installed and run; GROUPS="release.wheel" for one
	@sh scripts/require-tools.sh $(release_programs)
	@$(MAKE) dist-python dist-npm DIST_TARGETS=$(DIST_TARGETS)
	@bun scripts/goreleaser-snapshot.ts
	@bun scripts/run-tests.ts $(or $(GROUPS),release)

.PHONY: bench
bench: $(installed) $(binary) ## measure against a bare proxy; PART=throughput runs one part
	@ulimit -n "$$(ulimit -H -n)" && bun test/bench/bench.ts $(PART)

.PHONY: simulate
simulate: $(installed) ## run the scheduler's simulation and draw docs/scheduling anew
	@bun test/simulation/simulate.ts

##@ To hand out, for all machines; DIST_TARGETS=host or "linux-arm64 darwin-arm64", DIST_VERSION=1.2.3, DIST_DIR=dist

# A part that cannot be built here says so and ends with 69; the whole goes on without it.
.PHONY: dist dist-all
dist dist-all: dist-go dist-python dist-npm ## everything below (also dist-all)
	@bun scripts/dist/dist-frontend.ts || test $$? -eq 69
	@bun scripts/dist/dist-docker.ts || test $$? -eq 69

.PHONY: dist-go dist-binaries
dist-go dist-binaries: $(installed) ## dist/go: the executables, each with what its archive holds (also dist-binaries)
	@bun scripts/dist/dist-go.ts

.PHONY: dist-python
dist-python: dist-go $(python_build)/.installed ## dist/python: wheels with these executables, and a source distribution
	@bun scripts/dist/dist-python.ts

.PHONY: dist-npm
dist-npm: dist-go ## dist/npm: packages with these executables
	@bun scripts/dist/dist-npm.ts

.PHONY: dist-docker
dist-docker: dist-go ## dist/docker: the image
	@bun scripts/dist/dist-docker.ts

.PHONY: dist-frontend dist-console
dist-frontend dist-console: $(installed) ## dist/frontend: the console, once there is one (also dist-console)
	@bun scripts/dist/dist-frontend.ts

.PHONY: snapshot
snapshot: $(installed) $(goreleaser) ## archives and packages of every target with checksums in dist/release, published nowhere
	@sh scripts/require-tools.sh mandoc ruby xz
	bun scripts/goreleaser-snapshot.ts
	@bun test --timeout=130000 ./test/release/archives.test.ts ./test/release/apk.test.ts ./test/release/manifests.test.ts

$(goreleaser): scripts/install-go-programs.sh
	sh scripts/install-go-programs.sh $(@D)

.PHONY: clean-dist
clean-dist: ## remove what build, dist, snapshot and a release made
	for made in tokligence go python npm docker frontend release upload; do rm -rf "$(or $(DIST_DIR),dist)/$$made"; done

.PHONY: clean
clean: clean-dist ## remove everything that was installed or made
	rm -rf node_modules .cache
