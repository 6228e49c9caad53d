# The verbs. `make` alone lists them.
.PHONY: help setup build build-helpers generate check lint typecheck test test-unit test-integration test-cross-language test-security \
	test-stress test-taster test-packaging test-rust test-cov demo bench docs dist clean

help: ## list the verbs
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/^([a-z-]+):.*## /\1\t/' | awk -F '\t' '{ printf "  make %-22s %s\n", $$1, $$2 }'

node_modules/.package-lock.json: package-lock.json
	npm ci --no-fund --no-audit --loglevel=error
	@touch $@

setup: node_modules/.package-lock.json

build: setup ## compile the TypeScript to dist/js
	npm run --silent build

build-helpers: ## build the native launchers to dist/bin
	./build.sh all

generate: setup ## write constants and reference pages anew
	node scripts/generate-constants/main.mjs
	npm run --silent build
	node scripts/generate-docs.mjs

check: build ## are generated constants and reference pages current?
	node scripts/generate-constants/main.mjs --check
	node scripts/generate-docs.mjs --check

lint: setup ## eslint, with the direction of dependencies
	@node_modules/.bin/eslint --max-warnings 0 .

typecheck: setup
	@node_modules/.bin/tsc -p tsconfig.json --noEmit

test: lint typecheck check ## lint, types, generated files, the fast suites and the Rust tests; test-unit and so on run one category
	./build.sh rust --if-stale
	node scripts/run-tests.mjs unit cross-language security rust

test-unit test-integration test-cross-language test-security test-stress test-taster test-packaging: build
	./build.sh rust --if-stale
	node scripts/run-tests.mjs $(@:test-%=%)

test-rust:
	node scripts/run-tests.mjs rust

test-cov: build ## the fast suites with coverage (coverage/index.html)
	./build.sh rust --if-stale
	node_modules/.bin/vitest run --coverage --project unit --project cross-language --project security

demo: ## pack the two examples and run them with an empty environment
	./flavor --version
	node scripts/demo.mjs

bench: build ## measure start and pack times
	./build.sh rust --if-stale
	node bench/main.mjs

docs: generate ## write docs/reference anew

dist: build build-helpers ## the npm package as a file in dist/
	cd dist && npm pack --silent ..

clean: ## remove what was built
	rm -rf dist coverage build rust/target
