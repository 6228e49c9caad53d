# The verbs. `make` alone lists them.
.PHONY: help setup build build-helpers build-all-helpers generate check lint typecheck test test-unit test-integration test-cross-language test-security \
	test-stress test-packaging test-platforms test-rust test-go test-cov validate-pspf conformance-readers vectors fuzz demo bench docs dist clean

help: ## list the verbs
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/^([a-z-]+):.*## /\1\t/' | awk -F '\t' '{ printf "  make %-22s %s\n", $$1, $$2 }'

node_modules/.package-lock.json: package-lock.json
	npm ci --no-fund --no-audit --loglevel=error
	@touch $@

setup: node_modules/.package-lock.json

build: setup ## compile the TypeScript to dist/js
	npm run --silent build

build-helpers: ## build the native builders and launchers for this machine to dist/bin
	./build.sh all

build-all-helpers: ## the same for all six platforms
	./build.sh all --target all

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

test: lint typecheck check ## lint, types, generated files, the fast suites, the Rust and the Go tests; test-unit and so on run one category
	./build.sh all --if-stale
	node scripts/run-tests.mjs unit cross-language security rust go

test-unit test-integration test-cross-language test-security test-stress test-packaging: build
	./build.sh all --if-stale
	node scripts/run-tests.mjs $(@:test-%=%)

test-platforms: build ## packages for other platforms: Windows under Wine, 64-bit ARM under qemu, what macOS checks
	./build.sh launchers --target all --if-stale
	node scripts/run-tests.mjs platforms

test-rust test-go:
	node scripts/run-tests.mjs $(@:test-%=%)

test-cov: build ## the fast suites with coverage (coverage/index.html)
	./build.sh rust --if-stale
	node_modules/.bin/vitest run --coverage --project unit --project cross-language --project security

conformance-readers: setup
	node_modules/.bin/tsc -p tsconfig.conformance.json
	./build.sh cargo build --quiet --locked -p flavor-conformance
	cp rust/target/debug/flavor-rs-conformance dist/conformance/
	cd go && CGO_ENABLED=0 go build -trimpath -buildvcs=false -o ../dist/conformance/ ./cmd/flavor-go-conformance

validate-pspf: build conformance-readers ## vectors through three readers, every builder with every launcher; WHAT=vectors, bytes or behaviours for a part
	./build.sh all --if-stale
	node dist/conformance/conformance/run.js $(WHAT)

vectors: setup ## write conformance/vectors anew
	node_modules/.bin/tsc -p tsconfig.conformance.json
	node dist/conformance/conformance/generate/main.js

MINUTES = 5
SEED = 1
fuzz: conformance-readers ## ask three readers the same odd questions, then fuzz the Go reader (MINUTES=5 SEED=1)
	node dist/conformance/conformance/fuzz/main.js --minutes $(MINUTES) --seed $(SEED)
	conformance/fuzz/go.sh 30s

demo: ## pack the two examples and run them with an empty environment
	./flavor --version
	node scripts/demo.mjs

bench: build ## measure start and pack times
	./build.sh rust --if-stale
	node bench/main.mjs

docs: generate ## write docs/reference anew

dist: build ## the npm tarballs in dist/npm, with the helpers that dist/bin holds; COMPLETE=1 refuses to leave any out
	./build.sh all --if-stale
	node scripts/npm-dist.mjs $(if $(COMPLETE),--complete)

clean: ## remove what was built
	rm -rf dist coverage build rust/target
