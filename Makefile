# Everything that people and CI do here. `make lab` and `make test` each work as the only command on a fresh machine
# with Rust and Python 3.11 or newer.

TARGET := $(or $(CARGO_TARGET_DIR),target)
PYTHON ?= python3
VENV := .venv
BENCH_VENV := .venv-bench
DATA := $(TARGET)/fram-data
SCALE ?= 1
# Temporary files in memory, where there is a folder for it: disks of virtual machines are not the same from run to run.
SCRATCH := $(firstword $(wildcard /dev/shm) /tmp)
ROUNDS ?= 20
PLANS ?= 10000

# One build at a time.
.NOTPARALLEL:
.PHONY: help lab test test-rust test-python check gold chaos bench bench-large bench-ready install python browser

help: ## list what can be made
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 20

lab: ## build the program and open the notebooks in JupyterLab
	cargo build --release -p fram
	$(TARGET)/release/fram lab notebooks $(LAB)

test: test-rust test-python ## set up everything and run every test

test-rust: python browser
	cargo test --workspace --no-fail-fast

test-python: python browser
	cargo build --workspace
	$(VENV)/bin/python -m pytest tests/python

check: ## formatting and lints
	cargo fmt --check
	cargo clippy --workspace --all-targets -- -D warnings

gold: ## write what cells and examples show now; read the difference before you commit it
	FRAM_GOLD=1 cargo test --workspace --test cells

chaos: python ## faults, random plans and huge inputs, again and again; goes on where it was interrupted
	cargo build --release --workspace
	FRAM_BIN=$(TARGET)/release/fram $(VENV)/bin/python tests/python/sizes.py
	FRAM_BIN=$(TARGET)/release/fram $(VENV)/bin/python tests/python/faults.py --rounds $(ROUNDS) --plans $(PLANS) --folder $(DATA)/chaos --table docs/chaos.md

bench: bench-ready ## measure against the peers, side by side
	TMPDIR=$${TMPDIR:-$(SCRATCH)} $(BENCH_VENV)/bin/python benches/run.py $(TARGET)/release/fram $(DATA)/tpch-$(SCALE) $(SCALE)

bench-large: bench-ready ## measure the cluster on large data; goes on where it was interrupted
	$(BENCH_VENV)/bin/python benches/large.py $(TARGET)/release/fram $(DATA)

bench-ready:
	cargo build --release -p fram
	test -x $(BENCH_VENV)/bin/python || $(PYTHON) -m venv $(BENCH_VENV)
	$(BENCH_VENV)/bin/python -m pip install --quiet --disable-pip-version-check -r benches/requirements.txt

install: ## build the program and make the kernel known to Jupyter
	cargo install --path kernel --locked
	fram install

python: $(VENV)/ready

$(VENV)/ready: tests/python/requirements.txt
	@$(PYTHON) -m venv $(VENV) || { echo "python's venv module is missing: apt-get install python3-venv"; exit 1; }
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check -r tests/python/requirements.txt
	@touch $@

browser:
	@tests/python/browser.sh
