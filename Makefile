# Each target makes what it needs; all of it is quick when it is there already.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=

# The stamps name what an environment is good for: its Python, and the folder that its scripts point to. After an
# upgrade of the system's Python, or in a checkout that was moved or copied, it is made anew.
VENV_FOR = $$($(BIN)/python -c 'import sys; print(sys.implementation.cache_tag)')-$$(pwd | cksum | cut -d' ' -f1)
FOUND := $(shell $(BIN)/python -c pass 2>/dev/null && echo $(VENV_FOR) || echo none)
READY := $(VENV)/ready-$(FOUND)
READY_DEV := $(VENV)/ready-dev-$(FOUND)
READY_SPARK := $(VENV)/ready-spark-$(FOUND)
CLIENT := $(VENV)/client
READY_CLIENT := $(CLIENT)/ready-$(FOUND)
LEFT_OPEN := -W ignore::ResourceWarning -W ignore::pytest.PytestUnraisableExceptionWarning  # pyspark's sockets
HAS_JAVA := java -version >/dev/null 2>&1
SITE := $(VENV)/site
READY_SITE := $(SITE)/ready-$(FOUND)
NO_JAVA := Java is not here, so nothing ran on Spark: apt install openjdk-17-jre-headless
# The locks are complete, so pip's resolver has no say: some pips refuse a complete lock as soon as an index has a
# newer release of a package that is asked for with an extra. `pip check` then tells whether all fits together.
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps

# Equality with one machine, nights, processes that are killed: eight minutes of two quiet cores at most.
SPARK_SHORT := tests/engines/spark/test_equal_answers.py tests/engines/spark/test_lost_workers.py \
	tests/pipeline/test_nights_on_spark.py

.PHONY: demo test test-long test-spark test-spark-short test-all spark-demo site lint lock try-locks clean

demo: $(READY)  ## the whole journey on simulated providers and an embedded Postgres
	$(BIN)/dedupe demo $(ARGS)

test: lint $(READY_CLIENT)  ## what CI runs first
	$(BIN)/python -m pytest -n auto --dist worksteal $(ARGS)
	@echo "The tests on Spark were left out: make test-spark runs them, where Java is"

test-long: lint $(READY_CLIENT)  ## the longer checks by themselves
	$(BIN)/python -m pytest -n auto --dist worksteal -m long $(ARGS)

test-spark: $(READY_SPARK)  ## the tests that need Spark and Java
	@if $(HAS_JAVA); then $(BIN)/python -m pytest -m spark --timeout 1800 $(LEFT_OPEN) $(ARGS); else echo "$(NO_JAVA)"; fi

test-spark-short:  ## some of them, as CI runs them; without Java nothing is installed for them
	@if $(HAS_JAVA); then $(MAKE) --no-print-directory test-spark ARGS="$(SPARK_SHORT)"; else echo "$(NO_JAVA)"; fi

test-all: export HISTORIES = 2000  # of incremental runs against full ones; test-long tries 200
test-all: export EXAMPLES = 200  # of a law; test tries 25
test-all: export READ_ONLY_ROOT = 1  # the wheel as in a container, where root runs the tests
test-all: test test-long test-spark  ## everything

spark-demo: $(READY_SPARK)  ## one answer from this machine and from Spark with two workers on loopback
	@$(HAS_JAVA) || { echo "$(NO_JAVA)"; exit 2; }
	$(BIN)/python -m benchmarks.spark_demo $(ARGS)

site: $(READY_SITE)  ## the pages as a site, in build/site; fails on a link or an anchor that leads nowhere
	$(SITE)/bin/python -m tools.site

lint: $(READY_DEV)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or later is needed: make PYTHON=/path/to/python3.11"; exit 2; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null \
		|| { echo "Python's venv module is missing: apt install python3-venv"; exit 2; }
	$(PYTHON) -m venv --clear $(VENV)
	$(INSTALL) --require-hashes -r requirements.lock
	$(INSTALL) --no-build-isolation -e .
	$(BIN)/python -m pip check --disable-pip-version-check
	touch $(VENV)/ready-$(VENV_FOR)

$(READY_DEV): $(READY) requirements-dev.lock
	$(INSTALL) --require-hashes -r requirements-dev.lock
	$(BIN)/python -m pip check --disable-pip-version-check
	touch $(VENV)/ready-dev-$(VENV_FOR)

$(READY_SPARK): $(READY_DEV) requirements-spark.lock
	$(INSTALL) --require-hashes -r requirements-spark.lock
	$(BIN)/python -m pip check --disable-pip-version-check
	touch $(VENV)/ready-spark-$(VENV_FOR)

# What generates clients asks for an older typer than ours, so it has an environment of its own.
$(READY_CLIENT): $(READY) requirements-client.lock
	$(BIN)/python -m venv --clear $(CLIENT)
	$(CLIENT)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes \
		-r requirements-client.lock
	$(CLIENT)/bin/python -m pip check --disable-pip-version-check
	touch $(CLIENT)/ready-$(VENV_FOR)

$(READY_SITE): $(READY) tools/site.lock
	$(BIN)/python -m venv --clear $(SITE)
	$(SITE)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r tools/site.lock
	$(SITE)/bin/python -m pip check --disable-pip-version-check
	touch $(SITE)/ready-$(VENV_FOR)

UPGRADE ?= --upgrade
COMPILE := uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header $(UPGRADE)

lock:  ## resolve the dependencies anew (needs uv on the PATH; UPGRADE= keeps the versions that are locked)
	$(COMPILE) --group install pyproject.toml --output-file requirements.lock
	$(COMPILE) --group pyproject.toml:dev --constraints requirements.lock --output-file requirements-dev.lock
	printf 'pyspark>=4.1,<5\n' | $(COMPILE) --constraints requirements.lock --output-file requirements-spark.lock -
	grep -oE '^[a-z0-9-]+==[^ ]+' requirements.lock | grep -v '^typer==' > $(VENV)/of-ours.txt
	printf 'openapi-python-client>=0.29.1,<0.30\n' | $(COMPILE) --constraints $(VENV)/of-ours.txt \
		--output-file requirements-client.lock -
	printf 'zensical<0.2\n' | $(COMPILE) --output-file tools/site.lock -
	sed -i 's|$(VENV)/of-ours.txt|requirements.lock|' requirements-client.lock

try-locks:  ## install both locks with an old and the newest pip, on each Python that is here (PYTHONS=…)
	.ci/try-locks $(PYTHONS)

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
