# `make test` is all that a fresh Debian with Rust needs to run every test.

.PHONY: test tools kubernetes editors mutants

# Runs every test, after making what the tests need.
test: tools kubernetes
	cargo test --all-targets
	cargo test --doc
	$(MAKE) editors

# The system packages without which nothing builds or no test runs.
tools:
	scripts/apt-install.sh ca-certificates gcc libc6-dev

# The real API server and kubectl, built once into a cache folder.
kubernetes: tools
	tests/kubernetes/build.sh

# The highlighting of real editors; brings Vim, Neovim and Node.js where they are missing.
editors:
	editors/test.sh

# Breaks each rule of the API in the evaluator on purpose; the cases have to notice.
mutants: tools
	cargo test --test mutants -- --ignored --nocapture
