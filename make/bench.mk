# Benchmarks: the peers live in build/bench-venv, csvferry in build/bench-csvferry, each as a user has it.
BENCH := build/bench-venv/bin/python -m benchmarks
BENCH_ARGS ?=

build/bench-venv/done: benchmarks/requirements.txt benchmarks/requirements-extension.txt | $(VENV)/ready
	$(PYTHON) -m venv build/bench-venv
	build/bench-venv/bin/pip install --quiet --requirement $<
	-build/bench-venv/bin/pip install --quiet --requirement benchmarks/requirements-extension.txt
	touch $@

build/bench-csvferry/done: pyproject.toml $(shell find src -name '*.py') | $(VENV)/ready
	test -x build/bench-csvferry/bin/python || $(PYTHON) -m venv build/bench-csvferry
	build/bench-csvferry/bin/pip install --quiet '.[aws]'
	build/bench-csvferry/bin/pip install --quiet --force-reinstall --no-deps .
	touch $@

.PHONY: bench bench_quick bench_report bench_bars
bench: build/bench-venv/done build/bench-csvferry/done ## Measure csvferry beside its peers, 5M rows, hours; BENCH_ARGS='--scenarios first' for a part
	scripts/install_servers
	$(BENCH) run --profile full $(BENCH_ARGS)

bench_quick: build/bench-venv/done build/bench-csvferry/done ## Measure csvferry beside its peers, 500k rows, some minutes
	scripts/install_servers
	$(BENCH) run --profile quick $(BENCH_ARGS)

bench_report: build/bench-venv/done ## Write docs/performance.md and its plots anew from the measurements that are there
	$(BENCH) report --profile full $(BENCH_ARGS)

bench_bars: build/bench-venv/done ## Each bar of speed and memory, with what was measured
	@$(BENCH) bars --profile full $(BENCH_ARGS)
