# Thin front of Meson. `make test` and `make demo` install what is missing first.
BUILD ?= build

.PHONY: build test test-postgresql demo bench fuzz asan clean

# What is set up here without the test library, scripts/test.sh sets up again with it.
build:
	@scripts/setup.sh build
	@test -f $(BUILD)/build.ninja || meson setup $(BUILD) --buildtype=debugoptimized >/dev/null
	@ninja -C $(BUILD) --quiet

test:
	@scripts/setup.sh build test
	@scripts/test.sh

# Everything that can run over PostgreSQL; `make test` has the larger part of it.
test-postgresql:
	@scripts/setup.sh build test
	@scripts/test.sh postgresql-all

asan:
	@scripts/setup.sh build test
	@scripts/test.sh asan

demo: build
	@scripts/setup.sh demo
	@scripts/demo.sh

bench:
	@scripts/setup.sh build bench
	@scripts/bench.sh

fuzz:
	@scripts/setup.sh build test fuzz
	@scripts/fuzz.sh

clean:
	@rm -rf build build-*
