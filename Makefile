# Thin: each target is a command or two that also work without make. See CONTRIBUTING.md.
PLAN := configs/scenarios/gpt-moe-1.8t-90-days.yaml
RELEASE := build/release
SHELL := bash
.SHELLFLAGS := -euo pipefail -c

.PHONY: run build test bench bench-update accuracy-update results format clean

# 8,000 or 2,000: installs what is missing, builds the program, answers.
run: $(RELEASE)/build.ninja
	@ninja -C $(RELEASE) fleetcast | sed -u '/^ninja: /d' >&2
	@$(RELEASE)/fleetcast plan $(PLAN)

# The optimised program and its benchmarks.
build: $(RELEASE)/build.ninja
	ninja -C $(RELEASE)

$(RELEASE)/build.ninja: CMakePresets.json
	@bash .ci/install
	cmake --preset release
	@touch $@

test:
	@bash .ci/install
	cmake --workflow --preset dev

# Times beside a baseline; results/bench keeps them, the gate compares its instructions.csv.
bench: build
	@for program in $(RELEASE)/bench/fleetcast_bench*; do $$program ; done

bench-update: build
	bash .ci/instructions --update
	bash .ci/bench results/bench

# results/accuracy.yaml is what the gate compares.
accuracy-update: build
	bash .ci/accuracy --update

results: build
	bash .ci/results results
	bash .ci/readme README.md
	bash .ci/readme configs/README.md
	bash .ci/readme configs/sweeps/README.md

format:
	clang-format -i $$(bash .ci/sources)

clean:
	rm -rf build
