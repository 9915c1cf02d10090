# The short commands; CMakePresets.json and CMakeLists.txt do the work.
#
#   make run        install what is missing, build, play the mission's scene
#   make test       build and run every test (gcc), then the suites under asan + ubsan and under tsan (clang)
#   make bench      measure, beside the committed baseline and the last run; results in build/bench.json
#   make bench-baseline   the same, and the results become bench/baseline.json
#   make soak       a million requests of 64 threads with cancels, closes and killed clients; PRESET=asan or tsan, too
#   make soak-kill  8 processes of 4 threads on one driver, killed at random for a minute
#   make windows    build/windows/nthost-windows.zip: the test-signed driver and the .exe files
#   make install    DESTDIR= and PREFIX= say where      make package    a .tar.gz and a .deb
#   make format     apply .clang-format     make tidy   run clang-tidy     make clean   remove build/
#
# PRESET=debug make run  uses another preset.
.NOTPARALLEL:
PRESET ?= release
BUILD = build/$(PRESET)
JOBS ?= $(shell nproc)
SOURCES = $(shell git ls-files -co --exclude-standard '*.c' '*.h')

.PHONY: all configure run test bench bench-baseline soak soak-kill install package windows format format-check tidy clean packages-build packages-run packages-test packages-windows packages-develop

all: configure
	@cmake --build --preset $(PRESET)

configure: packages-build
	@cmake --preset $(PRESET) >$(BUILD)-configure.log 2>&1 || { cat $(BUILD)-configure.log; exit 1; }

packages-build: ; @mkdir -p build && scripts/install-packages build
packages-run: ; @scripts/install-packages build run
packages-test: ; @scripts/install-packages build run test windows
packages-package: ; @scripts/install-packages build package
packages-windows: ; @scripts/install-packages build windows
packages-develop: ; @scripts/install-packages build develop

run: packages-run configure
	@cmake --build --preset $(PRESET) --target scene
	@scripts/run-scene $(BUILD)

test: packages-test
	@$(MAKE) --no-print-directory test-$(PRESET)
	@$(MAKE) --no-print-directory PRESET=asan test-asan
	@$(MAKE) --no-print-directory PRESET=tsan test-tsan

# One preset's tests; the last lines are CTest's summary.
test-%: all
	@ctest --preset $(PRESET) -j $(JOBS)

bench: packages-run all
	@bench/run $(BUILD) build/bench.json

bench-baseline: bench
	@cp build/bench.json bench/baseline.json

soak: packages-run configure
	@cmake --build --preset $(PRESET) --target soak
	@$(BUILD)/bin/soak --requests 1000000 --threads 64 $(BUILD)/drivers
	@$(BUILD)/bin/soak --requests 1000000 --threads 64 --inprocess $(BUILD)/drivers

soak-kill: packages-run configure
	@cmake --build --preset $(PRESET) --target soak-kill
	@$(BUILD)/bin/soak-kill --processes 8 --threads 4 --seconds 60 $(BUILD)/drivers

# DESTDIR= and PREFIX= as everywhere.
install: all
	@DESTDIR=$(DESTDIR) cmake --install $(BUILD) $(if $(PREFIX),--prefix $(PREFIX))

# A .tar.gz and a .deb in $(BUILD)/packages.
package: packages-package all
	@cd $(BUILD) && cpack

windows: packages-windows configure
	@cmake --build --preset $(PRESET) --target pe
	@scripts/package-windows $(BUILD) build/windows

format: packages-develop
	@clang-format -i $(SOURCES)

format-check: packages-develop
	@clang-format --dry-run --Werror $(SOURCES)

tidy: packages-develop all
	@clang-tidy -p $(BUILD) --quiet $(filter-out drivers/% apps/%,$(filter %.c,$(SOURCES)))

clean:
	@rm -rf build
