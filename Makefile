# Everything starts here; only python3 (3.11 or newer) and make are needed beforehand.
PYTHON ?= python3
VENV   ?= .venv
BIN     = $(VENV)/bin
JOBS   ?= 2

# Tests start the command many times: Python keeps what it has compiled.
unexport PYTHONDONTWRITEBYTECODE
# Each file's tests run in one process: they share what was costly to prepare.
PYTEST = $(BIN)/python -m pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder
FAST   = -m "not slow and not postgresql"
# Rules that need no crawl, no browser and no server.
RULES  = $(addprefix tests/spiders/, discovery markup profile responses sites urls) \
         $(addprefix tests/pipelines/, decode describe duplicates extract parse test_read.py) \
         $(addprefix tests/storage/, citations gazetteer search/query stories text warc) tests/test_names.py

.PHONY: demo test coverage slow check lint format types contracts docs site pictures hooks quick bench floors year record record-platforms lock audit clean help

help:            ## what there is
	@grep -E '^[a-z-]+: .*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'

demo: $(VENV)/run.stamp         ## crawl five replica sites for two nights, report, search
	$(BIN)/congdoan demo

quick: $(VENV)/dev.stamp        ## the rules alone: under a minute
	$(PYTEST) -q $(FAST) $(RULES) $(ARGS)

test: $(VENV)/dev.stamp         ## every kind of fault once: about six minutes
	$(PYTEST) $(FAST) $(ARGS)

coverage: $(VENV)/dev.stamp     ## the same tests, and which branches they take; fails below the floor in pyproject.toml
	$(PYTEST) $(FAST) --cov --cov-report=term:skip-covered $(ARGS)

slow: $(VENV)/dev.stamp         ## what takes longer: thirty nights, many kills, PostgreSQL, more examples
	$(PYTEST) -m "slow or postgresql or hypothesis" --hypothesis-profile slow $(ARGS)

check: lint test                ## what CI runs first; it runs `make slow` as well

lint: format types contracts docs

format: $(VENV)/dev.stamp       ## format and lint
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(VENV)/dev.stamp        ## mypy, strict
	$(BIN)/python -m mypy

contracts: $(VENV)/dev.stamp    ## who may import whom
	$(BIN)/lint-imports --no-logo

docs: $(VENV)/dev.stamp site    ## the docs say what the code does, and every link leads somewhere
	$(BIN)/python -m pytest -q tests/test_docs.py

site: $(VENV)/dev.stamp         ## the docs as a searchable site: build/site/index.html
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build -q

pictures: $(VENV)/dev.stamp     ## the pictures of README, made from the demo's archive with Chromium
	$(BIN)/python docs/make_pictures.py demo-archive

hooks: $(VENV)/dev.stamp        ## check every commit as `make lint` does
	$(BIN)/pre-commit install

year: $(VENV)/dev.stamp         ## 365 nights over 60 replica sites, 100 kills: an hour or two (ARGS="--nights 90")
	$(BIN)/python -m tests.year $(ARGS)

bench: $(VENV)/dev.stamp        ## the short form of every benchmark, beside its peers: benchmarks/results/ (ARGS="reading")
	$(BIN)/python -m benchmarks $(ARGS)

floors: $(VENV)/dev.stamp       ## raise the floors of reading to what is reached now
	$(BIN)/python -m tests.quality.raise_floors $(ARGS)

record: $(VENV)/dev.stamp       ## record a site: make record SITE=congdoanbackan
	$(BIN)/python -m tests.sites.record $(SITE)

record-platforms: $(VENV)/dev.stamp  ## record every platform's replicas again
	$(BIN)/python -m tests.platforms.record $(ARGS)

lock: $(VENV)/dev.stamp         ## renew the locked dependencies (needs uv)
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate pyproject.toml -o requirements.lock
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --extra dev pyproject.toml -o requirements-dev.lock

audit: requirements.lock        ## known vulnerabilities of what is locked (asks the advisory databases)
	test -x .audit/bin/pip-audit || ($(PYTHON) -m venv .audit && .audit/bin/pip install -q --disable-pip-version-check pip-audit==2.10.1)
	.audit/bin/pip-audit --require-hashes --disable-pip -r requirements.lock

clean:
	rm -rf $(VENV) .audit demo-archive .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit("congdoan-archive needs Python 3.11 or newer, this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)

$(VENV)/run.stamp: requirements.lock pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps -e .
	@touch $@

$(VENV)/dev.stamp: requirements-dev.lock pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements-dev.lock
	$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps -e .
	@touch $@ $(VENV)/run.stamp
