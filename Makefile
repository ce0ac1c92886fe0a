# A fresh machine needs Python 3.11 or newer, make and a package index that pip
# reaches with the configuration it has. Everything else is made here, in .venv.

# PYTHON=...      the Python that makes .venv; the first new enough one otherwise
# JOBS=...        how many processes run the tests; one for each core otherwise
# PYTEST_ARGS=... more arguments for pytest
JOBS ?= auto
PYTEST_ARGS ?=

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --quiet
MEMBERS := core $(sort $(patsubst %/pyproject.toml,%,$(wildcard plugins/*/pyproject.toml)))
CODE := $(wildcard core plugins tests benchmarks)
PYTEST = scripts/with-services pytest -n $(JOBS) $(PYTEST_ARGS)
MUTATE = $(BIN)/python scripts/mutate.py

.PHONY: serve test test-deep coverage gallery lint bench lock clean
.DELETE_ON_ERROR:

serve: $(VENV)/.installed
	$(BIN)/ostiary serve

test: $(VENV)/.installed
	scripts/test-services
	$(PYTEST) -m "not deep"

test-deep: $(VENV)/.installed coverage
	$(PYTEST)
	$(MUTATE)

# The rooms that everything rests on are covered to the last branch, by the core's own tests.
COVERED := contracts store signin
coverage: $(VENV)/.installed
	scripts/test-services
	$(PYTEST) core/tests -m "not browser" --cov-branch --cov-fail-under=100 \
		$(addprefix --cov=core/src/ostiary/,$(COVERED))

# A picture of every page and mail in every language, colour and width, and the numbers that the
# accessibility statement gives, from the tests that look at them.
gallery: $(VENV)/.installed
	scripts/test-services
	rm -rf gallery && mkdir gallery
	OSTIARY_SCREENSHOTS=$(CURDIR)/gallery \
		OSTIARY_SCOPE=$(CURDIR)/core/src/ostiary/web/accessibility.json \
		$(PYTEST) tests/browser -k "test_every_page_is_for or test_every_mail_is_for"
	$(BIN)/python scripts/gallery.py gallery

lint: $(VENV)/.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy $(CODE)
	$(BIN)/uv pip check --python $(BIN)/python

bench: $(VENV)/.installed
	scripts/test-services
	scripts/with-services python -m benchmarks

# Write requirements.lock from requirements.in and every pyproject.toml, with as
# few changes as these ask for. `make lock UPGRADE=--upgrade` takes the newest of
# everything, `make lock UPGRADE="--upgrade-package alembic"` of one.
lock: $(VENV)/.installed
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--no-header --all-extras --no-emit-package ostiary \
		$(patsubst plugins/%,--no-emit-package ostiary-%,$(filter plugins/%,$(MEMBERS))) \
		$(UPGRADE) --output-file requirements.lock \
		$(addsuffix /pyproject.toml,$(MEMBERS)) requirements.in

clean:
	rm -rf $(VENV) dist htmlcov .coverage .coverage.* .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find core plugins tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true

# The environment: every dependency as locked, then our own packages, editable.
# The locked pip comes first: with the one that Python brings, the rest takes
# twice as long; and the bytecode of what nobody imports is not worth the wait.
# The build backend is in the lock as well, hence no build isolation. The stamps
# are touched last, so that an interrupted installation is taken up again.
$(VENV)/.locked: requirements.lock
	python=$$(scripts/find-python) && "$$python" -m venv $(VENV)
	sed -n '/^pip==/,/[^\\]$$/p' requirements.lock > $(VENV)/pip.txt
	$(PIP) --require-hashes --requirement $(VENV)/pip.txt
	$(PIP) --no-compile --require-hashes --requirement requirements.lock
	touch $@

$(VENV)/.installed: $(VENV)/.locked pyproject.toml $(addsuffix /pyproject.toml,$(MEMBERS))
	PATH="$(CURDIR)/$(BIN):$$PATH" $(PIP) --no-deps --no-build-isolation \
		$(addprefix --editable ./,$(MEMBERS))
	touch $@
