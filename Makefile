# playbook: everything a fresh machine needs is Python 3.11+ and make.
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/$(if $(filter Windows_NT,$(OS)),Scripts,bin)
RUN    := $(VENV)/.run
TEST   := $(VENV)/.test
PIP    := $(BIN)/python -m pip install --quiet --disable-pip-version-check
STAMP   = $(BIN)/python -c "open('$@', 'w', encoding='utf-8').close()"
LOCK   := build/lock/$(notdir $(BIN))
COMPILE := $(LOCK)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header

.PHONY: help reports test slow lab lint bench wheel words lock clean

help:  ## this list
	@$(PYTHON) -c "import re; [print(f'  make {m[1]:8} {m[2]}') for m in re.finditer(r'^(\w+):.*?## +(.+)$$', open('Makefile', encoding='utf-8').read(), re.M)]"

$(VENV)/pyvenv.cfg:
	$(PYTHON) -m venv $(VENV)

# What the reports need, and nothing more; what the tests need comes on top of it.
$(RUN): requirements/run.lock pyproject.toml | $(VENV)/pyvenv.cfg
	$(PIP) --require-hashes -r requirements/run.lock
	$(PIP) --no-deps --no-build-isolation -e .
	$(STAMP)

$(TEST): requirements/test.lock $(RUN)
	$(PIP) --require-hashes -r requirements/test.lock
	$(STAMP)

reports: $(RUN)  ## install what they need, publish the sample workspace's reports to reports/index.html
	$(BIN)/playbook run --workspace data/samples --as-of 2026-11-20 --out reports

# Every file is opened with its encoding named: where one is not, Python warns and the test fails. A test has a limit of
# its own (pyproject.toml), so this ends on any machine; what was slow is said at the end.
# Each of the workers has one core, and what takes longest begins first (tests/conftest.py); what was compiled once is kept
# for the hundred processes that are started, where the machine says otherwise too.
test: export PYTHONWARNDEFAULTENCODING = 1
test: export PYTHONDONTWRITEBYTECODE =
test: export POLARS_MAX_THREADS = 1
test: $(TEST)  ## install what they need, run the tests and the notebooks
	$(BIN)/python -m pytest -p no:nbval -n auto --dist loadfile --no-loadscope-reorder --durations=20 --durations-min=3

slow: export PLAYBOOK_ALL = 1
slow: $(TEST)  ## the long proofs, and of what `make test` thins out all (hours)
	$(BIN)/python -m pytest tests tests/slow -n auto --dist loadfile --no-loadscope-reorder --timeout 7200

lab: $(RUN)  ## open JupyterLab on the notebooks
	$(BIN)/jupyter lab notebooks/start_here.ipynb

lint: $(TEST)  ## formatter, linter, type checker, layers
	$(BIN)/ruff format --check src tests benchmarks notebooks docs/*.py
	$(BIN)/ruff check src tests benchmarks notebooks docs/*.py
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(TEST)  ## measure side by side with peers; writes docs/performance.md
	$(BIN)/python benchmarks/run.py

words: $(TEST)  ## bring the Japanese of the messages up to the code, and make what is read of it
	$(BIN)/python docs/words.py

wheel: $(RUN)  ## build dist/recruit_playbook-*.whl, which pip installs anywhere
	$(BIN)/python -m hatchling build -t wheel -d dist

lock:  ## renew the locked dependencies: hashes, no addresses; what resolves them is in a place of its own
	$(PYTHON) -m venv build/lock
	$(LOCK)/python -m pip install --quiet --disable-pip-version-check uv
	$(COMPILE) --group build pyproject.toml -o requirements/run.lock
	$(COMPILE) --group dev --all-extras -c requirements/run.lock pyproject.toml -o requirements/test.lock

clean:  ## remove the environment and what runs made
	$(PYTHON) -c "import shutil; [shutil.rmtree(p, ignore_errors=True) for p in ('.venv', 'build', 'dist')]"
