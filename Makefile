# playbook: everything a fresh machine needs is Python 3.11+ and make.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/$(if $(filter Windows_NT,$(OS)),Scripts,bin)
READY  := $(VENV)/.ready
LOCK   := build/lock/$(notdir $(BIN))

.PHONY: reports test lab lint bench lock clean

$(READY): requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	$(BIN)/python -c "open('$(READY)', 'w', encoding='utf-8').close()"

reports: $(READY)  ## install, then publish the reports of the sample workspace to reports/index.html
	$(BIN)/playbook run --workspace data/samples --as-of 2026-11-20 --out reports

# Every file is opened with its encoding named: where one is not, Python warns and the test fails.
test: export PYTHONWARNDEFAULTENCODING = 1
test: $(READY)  ## install, then run the tests and the notebooks
	$(BIN)/python -m pytest -n auto

lab: $(READY)  ## open JupyterLab on the notebooks
	$(BIN)/jupyter lab notebooks/start_here.ipynb

lint: $(READY)  ## formatter, linter, type checker, layers
	$(BIN)/ruff format --check src tests benchmarks
	$(BIN)/ruff check src tests benchmarks
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(READY)  ## measure side by side with peers; writes docs/performance.md
	$(BIN)/python benchmarks/run.py

lock:  ## renew the locked dependencies: hashes, no addresses; what resolves them is in a place of its own
	$(PYTHON) -m venv build/lock
	$(LOCK)/python -m pip install --quiet --disable-pip-version-check uv
	$(LOCK)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --group dev --all-extras pyproject.toml -o requirements.lock

clean:  ## remove the environment and what runs made
	$(BIN)/python -c "import shutil; [shutil.rmtree(p, ignore_errors=True) for p in ('.venv', 'build', 'dist')]"
