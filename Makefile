# Everything a newcomer needs: `make run`. Everything a developer needs: `make check test`.

PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/installed

.PHONY: install run test faults fuzz check docs reference audit sbom bench bench-full peers screenshots clean lock

install: $(STAMP)

# Done again only when a lock file changes; then nothing else touches the network.
$(STAMP): requirements-dev.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $(STAMP)

run: install
	$(BIN)/attune run --demo

# A file stays on one worker (two a core: tests/conftest.py), in the order of the directories: the slow ones come first.
test: install
	$(BIN)/pytest --numprocesses auto --dist loadfile --no-loadscope-reorder

# The long set: every durable step by kill, standstill and cut connections, a cluster for minutes, a million messages.
faults: install
	ATTUNE_FAULTS=long $(BIN)/pytest -s --timeout 14400 tests/faults

# Mails and calendars broken at random, ten minutes each; `make fuzz SEED=7` breaks them otherwise.
SEED ?= 1
fuzz: install
	ATTUNE_FUZZ_SECONDS=600 ATTUNE_FUZZ_SEED=$(SEED) $(BIN)/pytest tests/unit/ingest/test_calendar_fuzz.py tests/unit/ingest/test_mail_fuzz.py

check: install
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry .
	$(BIN)/squawk shared/plumbing/migrations/*.sql

# docs/ as a site in build/docs, offline; a broken link fails.
docs: install
	$(BIN)/zensical build --clean --strict

# docs/reference, written anew from the code; a test says when it is due.
reference: install
	$(BIN)/python -m documentation

# Known holes in what we depend on (asks PyPI), and a list of it all in CycloneDX. Tools of their own, not ours.
audit: build/tools
	build/tools/bin/pip-audit --requirement requirements.lock --require-hashes --disable-pip

sbom: build/tools
	build/tools/bin/cyclonedx-py requirements requirements.lock --pyproject pyproject.toml --output-reproducible \
		--output-file build/attune.cdx.json

build/tools:
	$(PYTHON) -m venv build/tools
	build/tools/bin/pip install --quiet --disable-pip-version-check "pip-audit>=2.9" "cyclonedx-bom>=7"

# The quick set, in under five minutes.
bench: install
	$(BIN)/python -m benchmarks.fold --rows 20000
	$(BIN)/python -m benchmarks.stream --quick
	$(BIN)/python -m benchmarks.freshness --seconds 6
	$(BIN)/python -m benchmarks.reads --people 2000 --touchpoints 50000

# All of it, at full size: hours, and some 20 GB of disk.
bench-full: install peers
	$(BIN)/python -m benchmarks.fold
	$(BIN)/python -m benchmarks.stream
	$(BIN)/python -m benchmarks.stream --cluster
	$(BIN)/python -m benchmarks.peer_eventsourcing
	$(BIN)/python -m benchmarks.freshness
	$(BIN)/python -m benchmarks.queueing
	$(BIN)/python -m benchmarks.replicas
	$(BIN)/python -m benchmarks.growth
	$(BIN)/python -m benchmarks.reads
	$(BIN)/python -m benchmarks.rebuild --touchpoints 10000000 --relationships 100000
	$(BIN)/python -m benchmarks.backtest --touchpoints 10000000 --relationships 100000
	$(BIN)/python -m benchmarks.alerts
	$(BIN)/python -m benchmarks.mail
	$(BIN)/python -m benchmarks.memory
	$(BIN)/python -m benchmarks.console
	$(BIN)/python -m benchmarks.plan --speed
	$(BIN)/python -m benchmarks.plan
	$(BIN)/python -m benchmarks.drift_quality

# What attune is measured against (Pathway, eventsourcing, DuckDB), in an environment of its own: it is large.
peers: .venv-peers/installed

.venv-peers/installed: requirements-bench.lock
	$(PYTHON) -m venv .venv-peers
	.venv-peers/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-bench.lock
	touch .venv-peers/installed

# The pictures in docs/screenshots, from the demo.
screenshots: install
	$(BIN)/python -m tests.browser.screenshots

clean:
	rm -rf .venv .venv-peers .attune build .cache *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# For whoever changes the dependencies; needs the network and `uv`.
lock:
	uv pip compile pyproject.toml $(LOCKED) --output-file requirements.lock
	uv pip compile pyproject.toml $(LOCKED) --extra traces --output-file requirements-traces.lock
	uv pip compile pyproject.toml $(LOCKED) --group dev --output-file requirements-dev.lock
	uv pip compile $(LOCKED) --group bench --output-file requirements-bench.lock

LOCKED := --quiet --universal --python-version 3.11 --generate-hashes \
	--no-header --no-annotate --no-emit-index-url --no-emit-find-links
