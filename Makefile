# Two commands set everything up on a machine with Python 3.11 or newer and make: `make demo` and `make test`.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO := demo-output
REPORT := --every month --invoices sample_data/invoices.csv --payments sample_data/payments.csv \
  --customers sample_data/customers.csv --contacts sample_data/contacts.csv \
  --campaigns sample_data/campaign_contacts.csv --receipts sample_data/campaign_receipts.csv \
  --expenses sample_data/campaign_expenses.csv
# Pip knows groups of pyproject.toml from 25.1 on, later than that of a new environment may be.
export BENCH_GROUP := import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["dependency-groups"]["bench"])

.PHONY: demo test lint bench requirements sample-data clean

demo: $(VENV)/.installed
	@mkdir -p $(DEMO)
	@echo '$$ crmcli segment sample_data/transactions.csv'
	@$(BIN)/crmcli segment sample_data/transactions.csv -f table
	@$(BIN)/crmcli -q segment sample_data/transactions.csv -o $(DEMO)/customers.csv --facts $(DEMO)/facts.json
	@$(BIN)/crmcli -q segment sample_data/transactions.csv --view segments -o $(DEMO)/segments.csv
	@$(BIN)/crmcli -q report sample_data/transactions.csv $(REPORT) -o $(DEMO)/report.md
	@$(BIN)/crmcli -q report sample_data/transactions.csv $(REPORT) -o $(DEMO)/report.html
	@echo
	@echo '$$ crmcli report sample_data/transactions.csv --every month -o $(DEMO)/report.md'
	@sed -n '1,/^###/{/^###/!p;}' $(DEMO)/report.md
	@echo 'Written to $(DEMO)/: report.html (open it in a browser) and report.md (the same with its pictures),'
	@echo 'customers.csv (every customer), segments.csv, facts.json'

test: $(VENV)/.installed lint
	$(BIN)/python -m pytest --numprocesses 2 --dist loadfile

lint: $(VENV)/.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check $$($(BIN)/python -c "$$BENCH_GROUP")
	$(BIN)/python benchmarks/startup.py
	$(BIN)/python benchmarks/clean_csv.py
	$(BIN)/python benchmarks/segment_rows.py

# The environment is complete when this file exists; it is made anew when a requirement changes.
$(VENV)/.installed: requirements.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("crmcli needs Python 3.11 or newer") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

# Pins every dependency, those of development included, with hashes for all platforms. Needs uv.
requirements:
	uv pip compile pyproject.toml --group dev --extra excel --universal --python-version 3.11 --generate-hashes \
	  --no-header --no-annotate -o requirements.txt

sample-data: $(VENV)/.installed
	$(BIN)/python sample_data/generate.py

clean:
	rm -rf $(VENV) $(DEMO) .mypy_cache .pytest_cache .ruff_cache .hypothesis dist build
