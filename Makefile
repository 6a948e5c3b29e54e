# Every command of the project. `make` alone lists them; each sets up what it needs.

MONTH ?= 2024-01
DATA ?=
ARGS ?=

VENV := .venv
BIN := $(VENV)/bin
NOTEBOOKS := $(wildcard notebooks/*.ipynb notebooks/templates/*.ipynb)

# The stamps are written last, under a name made from this folder's path: set-up that was
# interrupted, or a folder that was moved, is set up again from the start.
HERE := $(shell printf %s '$(CURDIR)' | cksum | cut -d ' ' -f 1)
READY := $(VENV)/.ready-$(HERE)
READY_DEV := $(VENV)/.ready-dev-$(HERE)
BENCH := $(CURDIR)/$(VENV)/bench-$(HERE)

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_ROOT_USER_ACTION := ignore
export UV_SYSTEM_CERTS := 1

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup setup-dev report lab chapter sample test browser java bench profile golden lint format lock clean

help: ## List the commands · Liệt kê các lệnh
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' Makefile
	@echo "  MONTH=$(MONTH) DATA=$(DATA) ARGS=\"--jobs 2\" change what report, test and sample do"

setup: $(READY) ## Install what a report needs · Cài đặt để chạy báo cáo

setup-dev: $(READY_DEV) ## Install what tests and lint need · Cài đặt để phát triển

report: $(READY) ## Make the outputs of MONTH from DATA · Lập báo cáo của một tháng
	@$(BIN)/motcua run '$(MONTH)' $(if $(DATA),--data '$(DATA)') $(ARGS)
	@echo "Báo cáo: outputs/$(lastword $(subst .., ,$(MONTH)))/report.html"

lab: $(READY) ## Open JupyterLab on this machine only, with a token · Mở JupyterLab
	@grep -qs announcements $(VENV)/etc/jupyter/labconfig/page_config.json || \
		$(BIN)/jupyter labextension disable --level=sys_prefix @jupyterlab/apputils-extension:announcements 2>/dev/null
	@$(BIN)/jupyter lab --LabApp.default_url=/lab/tree/notebooks/explore.ipynb $(LAB) $$([ "$$(id -u)" != 0 ] || echo --allow-root) $(ARGS)

chapter: ## Begin a chapter of one's own, NAME=07_name (notebooks/README.md) · Tạo chương riêng
	@name='$(NAME)'; case "$${name%.ipynb}" in 00*|*[!A-Za-z0-9_]*) false;; [0-9][0-9]_?*) ;; *) false;; esac || \
		{ echo "NAME=07_ten_chuong: two digits (not 00), _, and letters without accents, digits or _." >&2; exit 2; }; \
	file="notebooks/$${name%.ipynb}.ipynb"; \
	[ ! -e "$$file" ] || { echo "$$file is there already." >&2; exit 2; }; \
	cp notebooks/templates/chapter.ipynb "$$file"; \
	echo "$$file: write it in make lab, then: .venv/bin/motcua run $(MONTH) --only $${name%.ipynb}"

sample: $(READY) ## Make the synthetic data again · Tạo lại dữ liệu mô phỏng
	@$(BIN)/motcua sample data/sample $(ARGS)

# Two at once on two cores: a third costs the others more than it does while they wait.
# What they write goes with them, unless one fails.
test: $(READY_DEV) browser java ## Run every test, example and notebook · Chạy toàn bộ kiểm thử
	@folder=$$($(SCRATCH)) && PYTHONDONTWRITEBYTECODE= CHROMIUM="$$($(FIND_BROWSER))" TMPDIR="$$folder" \
		$(BIN)/python -m pytest -p tests.light -n 2 --dist loadfile --no-loadscope-reorder \
		--nbval-lax --nbval-current-env --nbval-cell-timeout 300 $(ARGS) && rm -rf "$$folder"

bench: $(READY_DEV) $(BENCH) ## Time a month against other ways (docs/performance.md) · Đo thời gian
	@PLOOMBER='$(BENCH)' $(BIN)/python benchmarks/month.py --data '$(or $(DATA),data/sample)' --month '$(MONTH)' --keep month $(ARGS)

profile: $(READY_DEV) $(BENCH) ## Tell where the time of a month goes · Xem thời gian dùng vào đâu
	@PATH="$(BENCH)/bin:$$PATH" $(BIN)/python benchmarks/profile.py --data '$(or $(DATA),data/sample)' --month '$(MONTH)' --keep profile $(ARGS)

golden: $(READY_DEV) ## Keep the hashes of the sample's outputs anew · Ghi lại mã băm kết quả mẫu
	@$(BIN)/python tests/golden.py --write

lint: $(READY_DEV) ## Check style, and that notebooks carry no outputs · Kiểm tra mã nguồn
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports --no-cache
	@$(if $(NOTEBOOKS),$(BIN)/nbstripout --verify --keep-count $(NOTEBOOKS))

format: $(READY_DEV) ## Put into shape what lint checks · Định dạng mã nguồn
	@$(if $(NOTEBOOKS),$(BIN)/nbstripout --keep-count $(NOTEBOOKS))
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

lock: $(READY_DEV) ## Lock again (ARGS=--upgrade for newer versions) · Khóa lại phiên bản
	@$(LOCK) requirements.in requirements-lab.in -o requirements.txt $(ARGS)
	@$(LOCK) requirements-dev.in requirements-spark.in -c requirements.txt -o requirements-dev.txt $(ARGS)
	@$(LOCK) benchmarks/requirements.in -c requirements.txt -c requirements-dev.txt -o benchmarks/requirements.txt $(ARGS)
	@echo uv | $(LOCK) - --no-annotate -o requirements-uv.txt $(ARGS)
	@sed '/- pip:/q' environment.yml > environment.yml.new
	@sed -nE 's/^([a-z0-9][^ ]*==.*[^ ]) *\\$$/      - "\1"/p' requirements.txt >> environment.yml.new
	@echo '      - -e .' >> environment.yml.new
	@mv environment.yml.new environment.yml
	@$(BIN)/python .ci/sbom.py requirements.txt docs/sbom.cdx.json

clean: ## Remove the environment and tool caches, never data or outputs · Dọn môi trường
	@rm -rf $(VENV) .pytest_cache .ruff_cache .hypothesis
	@find lib tests notebooks -name __pycache__ -prune -exec rm -rf {} +

# JupyterLab of this machine alone: it looks for no news, no newer version, no further extension,
# and saves chapters of one's own alone.
LAB = --config=notebooks/lab_config.py --ServerApp.root_dir='$(CURDIR)' --ServerApp.ip=127.0.0.1 --LabApp.news_url=None --LabApp.extension_manager=readonly \
	--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate

LOCK = $(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header

# --- set-up -------------------------------------------------------------------------------

# The first Python that is new enough, python3 before the others.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)

# Tests of a package, translations and installers are not worth compiling.
NOT_COMPILED := /tests?/|/locale-data/|^\./pip/

# uv is several times quicker than pip, and takes pip's index; where it fails, pip does the same.
define INSTALL
UV_DEFAULT_INDEX="$${PIP_INDEX_URL:-$$($(BIN)/pip config get global.index-url 2>/dev/null)}"; \
[ -z "$$UV_DEFAULT_INDEX" ] || export UV_DEFAULT_INDEX; \
install() { \
	$(BIN)/uv pip $$1 -q --python $(BIN)/python --require-hashes $$2 $$3 || { \
	echo "uv could not install; pip does it instead, which takes longer." >&2; \
	$(BIN)/pip install -q --require-hashes -r $$3; }; }
endef

define COMPILE
cd $(VENV)/lib/python3*/site-packages && ../../../bin/python -m compileall -q -j 2 -x '$(NOT_COMPILED)' . >/dev/null || true
endef

$(READY): pyproject.toml requirements.txt requirements-uv.txt
	@[ -n '$(PYTHON)' ] || { echo "motcua needs Python 3.11 or newer (found: $$(python3 --version 2>&1)); install python3.11 or later, or say PYTHON=/path/to/python." >&2; exit 1; }
	@[ -e $@ ] || { rm -rf $(VENV); $(ENSURE_VENV); echo "Setting up $(VENV) with $$($(PYTHON) --version) ..."; $(PYTHON) -m venv $(VENV); }
	@rm -f $@
	@$(if $(filter requirements%,$?),$(BIN)/pip install -q --require-hashes -r requirements-uv.txt)
	@$(if $(filter requirements%,$?),$(INSTALL); install sync '' requirements.txt)
	@$(BIN)/pip install -q --no-build-isolation --no-deps --editable .
	@$(if $(filter requirements%,$?),$(COMPILE))
	@touch $@

$(READY_DEV): $(READY) requirements-dev.txt
	@echo "Adding what tests need ..."
	@rm -f $(READY)
	@$(INSTALL); install install -r requirements-dev.txt
	@$(COMPILE)
	@touch $(READY) $@

$(BENCH): $(READY_DEV) benchmarks/requirements.txt
	@$(BIN)/pip install -q --require-hashes --no-deps --upgrade --target $@ -r benchmarks/requirements.txt
	@touch $@

# Debian keeps venv in a package of its own.
define ENSURE_VENV
$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	package=$$($(PYTHON) -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])'); \
	if $(CAN_APT); then $(call APT,$$package); \
	else echo "$(PYTHON) has no venv: install it (on Debian or Ubuntu: sudo apt install $$package), then try again." >&2; exit 1; fi; }
endef

# A browser for the tests of report.html, and letters for Vietnamese.
FIND_BROWSER = for b in "$$CHROMIUM" chromium chromium-browser google-chrome google-chrome-stable; do command -v "$$b" && break; done
FIND_FONT = ! command -v fc-list >/dev/null || fc-list :lang=vi | grep -q .

browser: ## Find or install a browser for the tests · Trình duyệt cho kiểm thử
	@{ [ -n "$$($(FIND_BROWSER))" ] && { $(FIND_FONT); }; } || ! $(CAN_APT) || $(call APT,chromium fontconfig fonts-noto-core)
	@[ -n "$$($(FIND_BROWSER))" ] || { echo "The tests need a browser: install Chromium or Chrome (on Debian: sudo apt install chromium), or say CHROMIUM=/path/to/it." >&2; exit 1; }

java: ## Find or install Java for the tests on Spark · Java cho kiểm thử trên Spark
	@command -v java >/dev/null || ! $(CAN_APT) || $(call APT,default-jre-headless)
	@command -v java >/dev/null || { echo "The tests on Spark need Java 17 or newer (on Debian: sudo apt install default-jre-headless)." >&2; exit 1; }

# A folder in memory, where there is plenty (KiB) and programs may run; the usual place otherwise.
SCRATCH = free() { df -Pk /dev/shm | awk 'NR == 2 {print $$4}'; awk '/^MemAvailable/ {print $$2}' /proc/meminfo; }; \
	plenty() { ! grep -qs ' /dev/shm .*noexec' /proc/mounts && free 2>/dev/null | awk '$$1 > 8e6 {n++} END {exit n != 2}'; }; \
	if plenty; then mktemp -d /dev/shm/motcua-XXXXXX; else mktemp -d; fi

CAN_APT = { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; }
APT = { apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends $(1) >/dev/null; }
