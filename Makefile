# Two commands do everything: `make up` and `make test`. `make help` lists the rest.
# Paths are relative, so that the folder may have a space in its name.

SHELL := /bin/sh
export CARGO_TARGET_DIR ?= $(HOME)/.cache/hark/target
DATA ?= hark-data
# Where you keep your labelled rows: a folder for each set, as docs/quality.md says.
ROWS ?= ../shared/data/nlp
DICTIONARY_DIR ?= $(or $(XDG_DATA_HOME),$(HOME)/.local/share)/hark/dictionary

HARK := $(CARGO_TARGET_DIR)/release/hark
ENGINE := embedded/clickhouse/npm/node_modules/.package-lock.json
WEB_MODULES := dashboards/web/node_modules/.package-lock.json
WEB := dashboards/web/dist/index.html
WEB_SOURCES := $(shell find dashboards/web/src dashboards/web/public dashboards/web/index.html dashboards/web/*.ts dashboards/web/*.js dashboards/web/tsconfig.json -type f 2>/dev/null)

.PHONY: help up test setup build engine web dictionary fmt lint test-rust test-web bench bench-sink bench-view bench-sources bench-enrich quality clean packages packages-test chaos mutants fuzz test-transformer

help: ## List these commands
	@grep -E '^[a-z-]+:.*##' Makefile | awk -F':.*## ' '{ printf "  make %-15s %s\n", $$1, $$2 }'

up: build dictionary ## Build and start everything, with sample data, and open the dashboards
	@echo "==> starting Hark on $(DATA)"
	@exec "$(HARK)" up --demo --open --data "$(DATA)" $(ARGS)

test: lint test-web test-rust ## Everything that CI runs
	@echo "==> all tests passed"

setup: packages engine $(WEB) ## Install what the build needs

# Tests bring features of their own to shared dependencies: with them built at once, nothing big is compiled twice.
TARGETS := $(if $(filter test test-rust,$(MAKECMDGOALS)),--lib --bins --tests --examples)
build: setup ## Build the hark command
	@echo "==> building hark (the first time takes 10 to 30 minutes)"
	@cargo build --release --locked --workspace $(TARGETS)

packages:
	@scripts/packages.sh cc:build-essential make pkg-config:pkg-config perl:perl npm:npm curl:curl libssl-dev zlib1g-dev
	@command -v cargo >/dev/null || { echo "hark: please install Rust first: https://rustup.rs" >&2; exit 1; }

packages-test: packages
	@scripts/packages.sh python3:python3 java:openjdk-17-jre-headless mvn:maven chromium:chromium python3-venv faketime:faketime fonts-noto-cjk fonts-noto-color-emoji

engine: packages $(ENGINE) ## Fetch the ClickHouse engine (180 MB, once)
$(ENGINE): embedded/clickhouse/npm/package-lock.json
	@echo "==> fetching the ClickHouse engine (180 MB, once)"
	@npm ci --silent --no-fund --no-audit --prefix embedded/clickhouse/npm
	@touch $@

web: packages $(WEB) ## Build the web page
$(WEB_MODULES): dashboards/web/package-lock.json
	@echo "==> fetching the web page's libraries"
	@npm ci --silent --no-fund --no-audit --prefix dashboards/web
	@touch $@
$(WEB): $(WEB_MODULES) $(WEB_SOURCES)
	@echo "==> building the web page"
	@npm run --silent --prefix dashboards/web build
	@touch $@

dictionary: $(DICTIONARY_DIR)/metadata.json ## Build the dictionary for Japanese words
$(DICTIONARY_DIR)/metadata.json: | build
	@echo "==> building the dictionary for Japanese words"
	@scripts/dictionary.sh "$(HARK)" "$(DICTIONARY_DIR)" || echo "hark: going on without it: Japanese words are found letter by letter" >&2

fmt: ## Format the code
	@cargo fmt --all

lint: packages-test engine $(WEB)
	@echo "==> checking format and lints"
	@git apply --check tests/chaos/mutants/*.patch
	@cargo fmt --all --check
	@cargo clippy --release --workspace --all-targets --locked -- -D warnings

test-web: packages-test $(WEB)
	@echo "==> testing the web page's code"
	@npm test --silent --prefix dashboards/web

test-rust: packages-test build dictionary
	@echo "==> testing the workspace"
	@HARK_DICTIONARY="$(DICTIONARY_DIR)" cargo test --release --workspace --locked
	@echo "==> two minutes of chaos"
	@HARK_DICTIONARY="$(DICTIONARY_DIR)" HARK_CHAOS_SECONDS=45 \
		cargo test --release --workspace --locked --test chaos -- --nocapture --test-threads=1

test-transformer: packages ## Test the optional transformer, which the usual build leaves out
	@cargo test --release --workspace --locked --features hark/transformer --lib -- transformer

bench: build dictionary ## Measure the pipeline on this machine, beside its limits
	@"$(CARGO_TARGET_DIR)/release/hark-bench" --hark "$(HARK)" $(ARGS)

bench-sources: build ## Measure reading Bluesky's stream on one core, beside a plain JSON parse
	@"$(CARGO_TARGET_DIR)/release/hark-bench-jetstream" $(ARGS)

bench-view: build ## Measure questions on ten million mentions, exact beside plain
	@"$(CARGO_TARGET_DIR)/release/hark-bench-view" --hark "$(HARK)" $(ARGS)

bench-sink: build ## Measure the sink, beside a plain insert loop
	@"$(CARGO_TARGET_DIR)/release/hark-bench-sink" --hark "$(HARK)" $(ARGS)

BENCH_PYTHON := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/hark/bench-python
$(BENCH_PYTHON)/installed: bench/python/requirements.txt
	@echo "==> fetching the Python tools to measure beside (once)"
	@python3 -m venv "$(BENCH_PYTHON)" && "$(BENCH_PYTHON)/bin/pip" install --quiet --requirement $<
	@touch "$@"

bench-enrich: packages-test build $(BENCH_PYTHON)/installed ## Measure labelling on one core, beside Python tools
	@"$(CARGO_TARGET_DIR)/release/hark-bench-enrich" --python "$(BENCH_PYTHON)/bin/python" $(ARGS)

quality: build ## Measure the models on your labelled rows (ROWS=folder) and write docs/quality.md
	@scripts/quality.sh "$(HARK)" "$(ROWS)" docs/quality.md

chaos: packages-test build dictionary ## Kill, freeze and cut off the stages for MINUTES=10, and compare every row with a model
	@HARK_CHAOS_SECONDS=$$(( $(or $(MINUTES),10) * 30 )) HARK_DICTIONARY="$(DICTIONARY_DIR)" \
		cargo test --release --workspace --locked --test chaos -- --nocapture --test-threads=1

# Without the address sanitizer: it does not link with librdkafka, and nothing that is fuzzed has unsafe code.
fuzz: packages ## Run the fuzz target TARGET=words (or query, labels, model_files, sources) for SECONDS=60
	@cargo fuzz --version >/dev/null 2>&1 || cargo install --locked cargo-fuzz
	@RUST_BACKTRACE=0 cargo +nightly fuzz run --sanitizer none --target-dir "$(CARGO_TARGET_DIR)/fuzz" $(or $(TARGET),words) -- \
		-max_total_time=$(or $(SECONDS),60) -max_len=100000 -print_final_stats=1

mutants: packages-test build ## Break the pipeline on purpose and see that the chaos test notices
	@scripts/mutants.sh $(NAMES)

clean: ## Remove the sample's data; builds and downloads stay
	@rm -rf "$(DATA)"
