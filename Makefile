# make demo | make test | make install | make lint | make bench
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test install lint format bench lock clean

$(VENV)/installed: requirements-dev.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed" if sys.version_info < (3, 11) else 0)'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

install: $(VENV)/installed

demo: install
	$(BIN)/giaouoc demo $(if $(PORT),--port $(PORT)) $(if $(filter none,$(BROWSER)),--no-browser)

test: install
	$(BIN)/python -m tests.browser_setup
	$(BIN)/python -m pytest -n auto --dist loadgroup

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: install
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: install
	$(BIN)/python -m tests.bench

clean:
	rm -rf $(VENV) build data *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis

# Needs uv. Writes hashes only: no address of an index is recorded.
lock:
	uv lock --quiet
	uv export --format requirements-txt --no-emit-project --no-annotate --no-header --quiet --all-extras -o requirements-dev.txt
	uv export --format requirements-txt --no-emit-project --no-annotate --no-header --quiet --all-extras --no-dev -o requirements.txt
