# Thin front of Meson. `make test` and `make demo` install what is missing first.
BUILD ?= build

.PHONY: build test test-postgresql test-nodes demo bench scale fuzz asan clean

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

# Several nodes over one PostgreSQL, at length: TROTH_OPERATIONS, and everything falls many times. About half an hour.
test-nodes:
	@scripts/setup.sh build test
	@TROTH_TEST_STORE=postgresql TROTH_OPERATIONS=$${TROTH_OPERATIONS:-100000} TROTH_FAILOVERS=$${TROTH_FAILOVERS:-20} \
		TROTH_WAITS=$${TROTH_WAITS:-50} TROTH_CUTS=$${TROTH_CUTS:-6} TROTH_FILE_SECONDS=3000 \
		scripts/test.sh tests/postgresql/strict.test.mjs tests/postgresql/failover.test.mjs \
		tests/postgresql/partition.test.mjs tests/postgresql/clocks.test.mjs \
		tests/postgresql/nodes.test.mjs tests/postgresql/nodes-ledger.test.mjs tests/postgresql/nodes-keys.test.mjs

asan:
	@scripts/setup.sh build test
	@scripts/test.sh asan

demo: build
	@scripts/setup.sh demo
	@scripts/demo.sh

bench:
	@scripts/setup.sh build bench
	@scripts/bench.sh

# What more people cost, up to 10 million on both engines: an hour or more, and 40 GB of disk (docs/scale.md).
scale:
	@scripts/setup.sh build test bench
	@scripts/scale.sh

fuzz:
	@scripts/setup.sh build test fuzz
	@scripts/fuzz.sh

clean:
	@rm -rf build build-*
