# Everything runs in .venv, made from the lock files with hashes; `make help` lists the targets.
PYTHON ?= python3
HOST ?= 127.0.0.1
PORT ?= 8000
BIN := .venv/bin
# durable_rules passes its own flags without -O2, and calls a function that Python 3.13 took away; newer compilers take
# its old C for errors.
DURABLE_CC := $(CC) -O2 -DPyEval_CallObject=PyObject_CallObject -Wno-implicit-function-declaration -Wno-int-conversion
# The engine is always compiled here: one that was built with other flags may not load.
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
INSTALL := CC="$(DURABLE_CC)" $(PIP) install --require-hashes --no-build-isolation --no-binary durable-rules --no-cache-dir -r

.PHONY: help run bench test lint check rules proofs fresh openapi test-browser test-contract test-clients fuzz hostile test-operations disturb soak overload test-dask test-deploy test-image sbom audit spec lock plain clean

help: ## Say what there is
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

run: .venv/run ## Serve on HOST:PORT (127.0.0.1:8000)
	HOST=$(HOST) PORT=$(PORT) $(BIN)/python -m service serve

bench: .venv/run $(if $(filter-out http answers phases growth batch,$(or $(PARTS),all)),.venv/peers/.stamp bench/peers/node_modules/.stamp) ## Measure PARTS (http answers phases growth batch engine peers), in minutes (needs wrk, and Node 20 for peers)
	$(BIN)/python -m bench $(if $(QUICK),--quick) --out $(or $(OUT),reports/bench) $(PARTS)

test: .venv/dev ## Run the tests (minutes, no browser)
	$(BIN)/python -m pytest

check: .venv/run ## Check the rule base
	$(BIN)/python -m service check

lint: .venv/dev ## Check style, types and imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

openapi: .venv/run ## Write what is generated from the rule base
	$(BIN)/python -m service schema
	$(BIN)/python -m service contract
	$(BIN)/python -m service docs

rules: .venv/run ## Run the cases of the rules, and see whether they notice slips in them
	$(BIN)/python -m service test
	$(BIN)/python -m service mutate

proofs: .venv/dev ## Prove what holds of every profile, and post every witness to a running service
	$(BIN)/python -m service check --proofs
	$(BIN)/python -m pytest -m slow tests/proofs

fresh: .venv/run ## Fail when something generated is stale
	$(BIN)/python -m service schema --check
	$(BIN)/python -m service contract --check
	$(BIN)/python -m service docs --check

test-browser: .venv/dev node_modules/.stamp ## Try pages and widget in Chromium (needs chromium and chromedriver)
	$(BIN)/python -m pytest -m slow tests/browser

test-contract: .venv/dev ## Attack a running service through its contract (schemathesis)
	$(BIN)/python -m pytest -m slow tests/contract

test-bench: .venv/dev ## See that the benchmarks run, and that peers fire the same rules where they are installed
	$(BIN)/python -m pytest -m slow tests/bench

test-dask: .venv/dask ## Advise on Dask collections, on a local cluster of two workers
	$(BIN)/python -m pytest -m slow tests/batch

test-clients: .venv/clients node_modules/.stamp ## Generate clients from the contract, and run the examples of docs/how-to/call.md
	$(BIN)/python -m pytest -m slow tests/clients

fuzz: .venv/dev ## Attack the service for SECONDS (300), with reports in reports/fuzz
	PYTHONPATH=. $(BIN)/python tests/contract/fuzz.py --max-time $(or $(SECONDS),300)

hostile: .venv/dev ## Send raw hostile requests to a running service
	$(BIN)/python -m pytest -m slow tests/hostile

test-deploy: .venv/deploy ## Check Dockerfile, manifests and gateway (needs nginx)
	$(BIN)/hadolint Dockerfile
	$(BIN)/python -m pytest -m slow tests/deploy

test-image: .venv/dev ## Build the image and run it (as root; needs debootstrap and buildah)
	$(BIN)/python -m pytest -m slow tests/image

sbom: .venv/deploy ## Say what the product is made of, as CycloneDX in reports/sbom.json
	rm -rf reports/product
	$(PYTHON) -m venv reports/product
	reports/product/bin/python -m pip --quiet install --require-hashes -r requirements/build.txt
	CC="$(DURABLE_CC)" reports/product/bin/python -m pip --quiet install --require-hashes --no-build-isolation --no-binary durable-rules -r requirements/run.txt
	reports/product/bin/python -m pip --quiet uninstall --yes ast-serialize mypy pathspec setuptools wheel pip
	sed "s/^dynamic = .*/version = \"$$($(BIN)/python -c 'import service; print(service.__version__)')\"/" pyproject.toml > reports/product/pyproject.toml
	$(BIN)/cyclonedx-py environment --pyproject reports/product/pyproject.toml --output-reproducible -o reports/sbom.json reports/product/bin/python

audit: .venv/deploy ## Ask whether what is locked has known flaws (needs PyPI's database of them)
	requirements/audit

test-operations: .venv/dev ## Reload, kill, drain and overload a running service
	$(BIN)/python -m pytest -m slow tests/operations

disturb: .venv/dev ## Reload, break, kill and replace a service under load, SECONDS (60) of each, and count what clients see
	$(BIN)/python -m tests.operations.disturbed --seconds $(or $(SECONDS),60)

soak: .venv/dev ## Send a service REQUESTS (500000) of all kinds, and watch its workers
	$(BIN)/python -m tests.operations.soak --requests $(or $(REQUESTS),500000)

overload: .venv/dev ## Send a service ten times what it can answer for SECONDS (30)
	$(BIN)/python -m tests.operations.overload --seconds $(or $(SECONDS),30)

spec: .venv/dev node_modules/.stamp ## Check the contract against OpenAPI and the Dutch API design rules
	$(BIN)/openapi-spec-validator openapi.yaml
	npx --no-install spectral lint --fail-severity=warn -r contract/nlgov-linter.yaml openapi.yaml
	REDOCLY_SUPPRESS_UPDATE_NOTICE=true npx --no-install redocly lint openapi.yaml

lock: ## Compile the lock files anew (needs uv)
	requirements/lock

plain: ## Take away what was compiled, so that the sources run as they are (until the next target compiles them)
	find service -name '*.so' -delete
	rm -f .venv/core

clean: plain ## Remove what was installed and compiled
	rm -rf .venv node_modules bench/peers/node_modules build

.venv/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or later is needed: make PYTHON=python3.12 …"; exit 1; }
	$(PYTHON) -m venv .venv
	touch $@

.venv/build: .venv/python requirements/build.txt
	$(PIP) install --require-hashes -r requirements/build.txt
	touch $@

.venv/packages: .venv/build requirements/run.txt
	$(INSTALL) requirements/run.txt
	touch $@

# The modules in which advice is made, and what each request passes, become machine code, beside their sources.
# The constants of any other module may stand in it.
.venv/core: .venv/packages compile.py $(shell find service -name '*.py')
	$(BIN)/python compile.py
	touch $@

.venv/run: .venv/packages .venv/core
	touch $@

.venv/dev: .venv/packages requirements/dev.txt | .venv/core
	$(INSTALL) requirements/dev.txt
	touch $@

.venv/dask: .venv/dev requirements/dask.txt
	$(INSTALL) requirements/dask.txt
	touch $@

.venv/clients: .venv/dev requirements/clients.txt
	$(INSTALL) requirements/clients.txt
	touch $@

.venv/deploy: .venv/dev requirements/deploy.txt
	$(INSTALL) requirements/deploy.txt
	touch $@

.venv/proofs: .venv/packages requirements/proofs.txt | .venv/core
	$(INSTALL) requirements/proofs.txt
	touch $@

.venv/tracing: .venv/packages requirements/tracing.txt | .venv/core
	$(INSTALL) requirements/tracing.txt
	touch $@

.venv/peers/.stamp: .venv/run bench/peers/engines.txt bench/peers/openfisca.txt
	rm -rf .venv/peers
	$(PIP) install --require-hashes --target .venv/peers/engines -r bench/peers/engines.txt
	$(PYTHON) -m venv .venv/peers/openfisca
	.venv/peers/openfisca/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes -r bench/peers/openfisca.txt
	touch $@

bench/peers/node_modules/.stamp: bench/peers/package-lock.json
	cd bench/peers && npm ci --no-audit --no-fund --ignore-scripts
	touch $@

node_modules/.stamp: package-lock.json
	npm ci --no-audit --no-fund --ignore-scripts
	touch $@
