# The short commands; CMakePresets.json and CMakeLists.txt do the work.
#
#   make run        install what is missing, build, play the mission's scene
#   make test       build and run every test, then the suites again under asan and ubsan
#   make bench      measure; results in build/bench.json
#   make windows    build/windows/nthost-windows.zip: the test-signed driver and the .exe files
#   make format     apply .clang-format     make tidy   run clang-tidy     make clean   remove build/
#
# PRESET=debug make run  uses another preset.
PRESET ?= release
BUILD = build/$(PRESET)
SOURCES = $(shell git ls-files -co --exclude-standard '*.c' '*.h')

.PHONY: all configure run test bench windows format tidy clean packages-build packages-run packages-test packages-windows

all: configure
	@cmake --build --preset $(PRESET)

configure: packages-build
	@cmake --preset $(PRESET) >$(BUILD)-configure.log 2>&1 || { cat $(BUILD)-configure.log; exit 1; }

packages-build: ; @mkdir -p build && scripts/install-packages build
packages-run: ; @scripts/install-packages build run
packages-test: ; @scripts/install-packages build run test windows
packages-windows: ; @scripts/install-packages build windows

run: packages-run all
	@scripts/run-scene $(BUILD)

test: packages-test all
	@ctest --preset $(PRESET)
	@$(MAKE) --no-print-directory PRESET=asan all
	@ctest --preset asan

bench: packages-run all
	@bench/run $(BUILD) build/bench.json

windows: packages-windows configure
	@cmake --build --preset $(PRESET) --target pe
	@scripts/package-windows $(BUILD) build/windows

format:
	@clang-format -i $(SOURCES)

tidy: all
	@clang-tidy -p $(BUILD) --quiet $(filter-out drivers/% apps/%,$(filter %.c,$(SOURCES)))

clean:
	@rm -rf build
