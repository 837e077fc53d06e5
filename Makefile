# Needs Python 3.11 or newer with pip, and make; nothing else: no compiler, no system package, no database server.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/in-step
UV_COMPILE := $(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --quiet \
	--fork-strategy fewest --only-binary :all: --no-emit-index-url --no-emit-find-links --no-emit-build-options \
	--custom-compile-command "make lock" $(UPGRADE)

.DEFAULT_GOAL := help
.PHONY: help setup run demo year test test-slow check docs lock bench

help: ## 列出可用的命令
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(STAMP) ## 在 .venv 中装好锁定的依赖（有变化才重装）

# The lock is whole, so nothing is resolved (--no-deps): pip would look at newer versions than it names.
# Where Python comes without ensurepip (Debian without python3-venv), the pip outside installs into the .venv.
$(STAMP): pyproject.toml requirements-dev.txt
	@$(PYTHON) -c 'import sys; v = sys.version_info; v >= (3, 11) or sys.exit("需要 Python 3.11 或更新版本，$(PYTHON) 是 %d.%d；可指定：make PYTHON=python3.12 setup" % v[:2])'
	@rm -f $(STAMP)
	@$(BIN)/python -c '' 2>/dev/null || $(PYTHON) -m venv .venv >/dev/null 2>&1 || $(PYTHON) -m venv --clear --without-pip .venv
	@if $(BIN)/python -m pip --version >/dev/null 2>&1; then pip="$(BIN)/python -m pip"; \
	else pip="$(PYTHON) -m pip --python $(BIN)/python"; fi; \
	echo "安装依赖到 .venv（首次约一两分钟）"; \
	$$pip install --quiet --disable-pip-version-check --require-hashes --no-deps --only-binary :all: -r requirements-dev.txt && \
	$$pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $(STAMP)

run: setup ## 启动全部服务
	@$(BIN)/dudao up

demo: setup ## 在模拟时钟下演练一整轮
	@$(BIN)/dudao demo

year: setup ## 在模拟时钟下演练2022年的全部二十项
	@$(BIN)/dudao demo --year 2022

test: setup ## 运行测试；T=路径 只运行一部分
	@$(BIN)/pytest $(if $(T),$(T),--numprocesses auto --maxprocesses 4 --dist worksteal)

test-slow: setup ## 运行整机测试：启动、强行杀死、分布式（几分钟）
	@$(BIN)/pytest -m slow $(T)

check: setup ## 静态检查：ruff、mypy、分层、依赖、锁文件、由定义生成的文档
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/deptry .
	$(BIN)/python .ci/lock_in_step.py
	PYTHONPATH=. $(BIN)/python .ci/docs_in_step.py

docs: setup ## 由定义重新生成 docs/items.md 和 docs/process.schema.json
	PYTHONPATH=. $(BIN)/python .ci/docs_in_step.py --write

# Keeps the versions that still fit; UPGRADE=--upgrade takes the newest. The package index is the one pip is told to use.
lock: setup ## 按 pyproject.toml 重写锁文件；UPGRADE=--upgrade 升级
	@index=$$($(PYTHON) -m pip config get global.index-url 2>/dev/null); \
	if [ -n "$$index" ]; then export UV_DEFAULT_INDEX="$$index"; fi; \
	$(UV_COMPILE) --output-file requirements.txt && \
	$(UV_COMPILE) --group dev --group build --constraints requirements.txt --output-file requirements-dev.txt

bench: setup ## 测量：启动轮次、办理环节、无事的巡查、发送通知、到校督导台账，各与其下限对照
	@$(BIN)/python -m bench
