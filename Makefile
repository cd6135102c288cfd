# echometer. `make help` lists the targets. Variables that matter:
#   BUILD=dir   where objects and the command go (default build)
#   CC=clang    another compiler (CXX and AR follow, unless they are named too)
#   V=1         print the commands
#   DEV=1       warnings are errors (what CI uses)
#   SAN=address|thread   a sanitizer build (use with its own BUILD)
.DEFAULT_GOAL := all
SHELL := /bin/bash
VERSION := $(shell cat VERSION)

CC ?= gcc
ifeq ($(origin CC),default)
CC := gcc
endif
ifneq (,$(findstring clang,$(CC)))
DEFAULT_CXX := $(subst clang,clang++,$(CC))
DEFAULT_AR = $(or $(shell command -v llvm-ar),$(lastword $(sort $(wildcard /usr/bin/llvm-ar-*))),llvm-ar)
else
DEFAULT_CXX := g++
DEFAULT_AR := gcc-ar
endif
ifeq ($(origin CXX),default)
CXX := $(DEFAULT_CXX)
endif
ifeq ($(origin AR),default)
AR := $(DEFAULT_AR)
endif

BUILD ?= build
Q := $(if $(V),,@)
OPT ?= -O3
LTO ?= -flto
ifneq (,$(findstring clang,$(CC)))
ifneq (,$(LTO))
LTO := -flto=thin
LTO_LINK := -fuse-ld=lld
endif
else
ifneq (,$(LTO))
LTO := -flto=auto
endif
endif

WARN := -Wall -Wextra -Wshadow -Wconversion -Wvla -Wwrite-strings
CWARN := -Wstrict-prototypes -Wmissing-prototypes
ifdef DEV
WARN += -Werror
endif

DEFS := -D_POSIX_C_SOURCE=200809L -D_FILE_OFFSET_BITS=64 -DEM_VERSION='"$(VERSION)"'
CPPFLAGS_ALL := -I. $(DEFS) $(shell xml2-config --cflags 2>/dev/null) $(CPPFLAGS)
DEPFLAGS = -MMD -MP

ifeq ($(SAN),address)
OPT := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=undefined
LTO :=
endif
ifeq ($(SAN),thread)
OPT := -O1 -g -fno-omit-frame-pointer -fsanitize=thread
LTO :=
endif
ifeq ($(SAN),fuzzer)
OPT := -O1 -g -fno-omit-frame-pointer -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined
LTO :=
endif
ifeq ($(SAN),coverage)
OPT := -O0 -g --coverage
LTO :=
endif

PIC := -fPIC -fvisibility=hidden
ifeq ($(LTO),)
CODEGEN := $(PIC)
endif
CFLAGS_ALL := -std=c11 -g -pthread -ffunction-sections $(OPT) $(LTO) $(CODEGEN) $(WARN) $(CWARN) $(CFLAGS)
CXXFLAGS_ALL := -std=c++17 -g -pthread -fno-exceptions -fno-rtti $(OPT) $(LTO) $(CODEGEN) $(filter-out -Wconversion,$(WARN)) $(CXXFLAGS)
LDFLAGS_ALL := -pthread $(OPT) $(LTO) $(LTO_LINK) -Wl,--gc-sections $(LDFLAGS)
LIBS := -llmdb -ldeflate -lz -lzstd -lbrotlidec -lsnappy -llz4 -lzip -Wl,--no-as-needed -lcld2_full -Wl,--as-needed -lcld2 -lpsl -lutf8proc -lxml2 -lxxhash -lsimdjson -lcurl -lssl -lcrypto -lmicrohttpd -lyaml -lm

# Catches what its library throws.
CATCHES := crawler/page/lang_cld2.cc

ROOMS := base base/wire base/net crawler/archive crawler/web crawler/web/fetch crawler/web/frontier crawler/page detector detector/learn \
	index index/refs index/answers report report/serve pipeline pipeline/library pipeline/scan pipeline/crawl pipeline/clean pipeline/check
LIB_C := $(foreach r,$(ROOMS),$(wildcard $(r)/*.c))
LIB_CXX := $(foreach r,$(ROOMS),$(wildcard $(r)/*.cc))
LIB_OBJ := $(LIB_C:%.c=$(BUILD)/%.o) $(LIB_CXX:%.cc=$(BUILD)/%.o)
LIB_OBJ += $(BUILD)/report/html_assets.o
# Position-independent and compiled, never a compiler's intermediate form: the installed library,
# and what tests and tools link (without link-time optimisation of each). Where nothing is optimised
# at link time one set of objects serves all.
ifeq ($(LTO),)
PIC_OBJ := $(LIB_OBJ)
else
PIC_OBJ := $(LIB_OBJ:$(BUILD)/%.o=$(BUILD)/pic/%.o)
endif
CLI_OBJ := $(patsubst %.c,$(BUILD)/%.o,$(wildcard cli/*.c))
UNIT_SRC := $(wildcard tests/unit/test_*.c)
UNIT_BIN := $(UNIT_SRC:tests/unit/%.c=$(BUILD)/tests/%)
FUZZ_SRC := $(wildcard tests/fuzz/fuzz_*.c)
FUZZ_NAMES := $(FUZZ_SRC:tests/fuzz/fuzz_%.c=%)
REPLAY_BIN := $(FUZZ_NAMES:%=$(BUILD)/replay/%)
BENCH_BIN := $(patsubst bench/%.c,$(BUILD)/bench/%,$(wildcard bench/bench_*.c bench/eval_*.c bench/diff_*.c))
BENCH_BIN += $(patsubst bench/%.cc,$(BUILD)/bench/%,$(wildcard bench/bench_*.cc))
# What makes models, tables and loads.
TOOL_BIN := $(patsubst tools/%.c,$(BUILD)/tools/%,$(wildcard tools/make_*.c tools/train_*.c))
ALL_SRC := $(shell git ls-files -co --exclude-standard '*.c' '*.h' '*.cc' 2>/dev/null)

# What objects are compiled with: they are made again when this changes, and only then.
FLAGS_TEXT = $(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) / $(CXX) $(CXXFLAGS_ALL) / $(PIC) $(LDFLAGS_ALL)
$(BUILD)/flags: FORCE
	$(shell mkdir -p $(@D))$(file >$@.new,$(FLAGS_TEXT))
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@
.PHONY: FORCE

.PHONY: all
all: $(BUILD)/echometer lib  ## the command and the library

$(BUILD)/echometer: $(CLI_OBJ) $(LIB_OBJ)
	$(Q)$(CXX) $(LDFLAGS_ALL) -o $@ $^ $(LIBS)

# The installed library, shared and static, from objects of its own: position-independent,
# and compiled code rather than a compiler's intermediate form, so that any compiler can link
# them. Only echometer_* is visible outside, in the archive as well.
ABI := 1
SONAME := libechometer.so.$(ABI)
SHARED := $(SONAME).0
LD_R ?= ld -r
OBJCOPY ?= objcopy
.PHONY: lib
lib: $(BUILD)/$(SHARED) $(BUILD)/libechometer.a $(BUILD)/echometer.pc

$(BUILD)/$(SHARED): $(PIC_OBJ) packaging/libechometer.map
	$(Q)$(CXX) -shared $(filter-out $(LTO) $(LTO_LINK),$(LDFLAGS_ALL)) -Wl,-soname,$(SONAME) -Wl,--version-script=packaging/libechometer.map -Wl,-z,defs -o $@ $(PIC_OBJ) $(LIBS)
	@ln -sf $(SHARED) $(BUILD)/$(SONAME)
	@ln -sf $(SONAME) $(BUILD)/libechometer.so

$(BUILD)/libechometer.a: $(PIC_OBJ)
	@rm -f $@
	@mkdir -p $(BUILD)/pic
	$(Q)$(LD_R) -o $(BUILD)/pic/echometer.o $^
	$(Q)$(OBJCOPY) --localize-hidden $(BUILD)/pic/echometer.o
	$(Q)$(AR) rcs $@ $(BUILD)/pic/echometer.o

$(BUILD)/echometer.pc: packaging/echometer.pc.in Makefile VERSION
	@mkdir -p $(@D)
	$(Q)sed -e 's|@version@|$(VERSION)|' -e 's|@private@|$(LIBS) -lstdc++ -pthread|' $< > $@

$(BUILD)/pic/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS_ALL) $(DEPFLAGS) $(filter-out $(LTO),$(CFLAGS_ALL)) $(PIC) -c -o $@ $<

$(BUILD)/pic/%.o: %.cc $(BUILD)/flags
	@mkdir -p $(@D)
	$(Q)$(CXX) $(CPPFLAGS_ALL) $(DEPFLAGS) $(filter-out $(LTO),$(CXXFLAGS_ALL)) $(if $(filter $(CATCHES),$<),-fexceptions) $(PIC) -c -o $@ $<

$(BUILD)/pic/%.o: $(BUILD)/%.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS_ALL) $(DEPFLAGS) $(filter-out $(LTO),$(CFLAGS_ALL)) $(PIC) -c -o $@ $<

$(BUILD)/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS_ALL) $(DEPFLAGS) $(CFLAGS_ALL) -c -o $@ $<

# Programs that test, evaluate or make tables; what measures speed is built as the command is.
TEST_SRC := $(wildcard tests/*/*.c tools/*.c bench/eval_*.c bench/diff_*.c)
$(TEST_SRC:%.c=$(BUILD)/%.o): $(BUILD)/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS_ALL) $(DEPFLAGS) $(filter-out $(LTO),$(CFLAGS_ALL)) -c -o $@ $<

$(BUILD)/%.o: %.cc $(BUILD)/flags
	@mkdir -p $(@D)
	$(Q)$(CXX) $(CPPFLAGS_ALL) $(DEPFLAGS) $(CXXFLAGS_ALL) $(if $(filter $(CATCHES),$<),-fexceptions) -c -o $@ $<

# The report's page, with the packaged chart library in it (Debian's libjs-chart.js). Without
# that the page has tables only: CHART_JS= says so on purpose.
CHART_JS ?= /usr/share/javascript/chart.js/chart.min.js
PAGE_JS := $(sort $(wildcard report/html/*.js))
comma := ,
empty :=
space := $(empty) $(empty)
$(BUILD)/report/html_assets.c: report/html/embed.sh report/html/page.html report/html/page.css $(PAGE_JS) $(wildcard $(CHART_JS)) Makefile
	@mkdir -p $(@D)
	@test -z "$(CHART_JS)" || test -r "$(CHART_JS)" || echo "report: no $(CHART_JS); apt-get install libjs-chart.js, or reports have tables and no charts" >&2
	$(Q)report/html/embed.sh page=report/html/page.html style=report/html/page.css script=$(subst $(space),$(comma),$(PAGE_JS)) chart=$(wildcard $(CHART_JS)) > $@.tmp && mv $@.tmp $@

$(BUILD)/report/html_assets.o: $(BUILD)/report/html_assets.c
	$(Q)$(CC) $(CPPFLAGS_ALL) $(DEPFLAGS) $(CFLAGS_ALL) -c -o $@ $<

# Nearly two hundred test programs link the whole library each: lld does it in a third of the time.
LDFLAGS_TEST = $(filter-out $(LTO) $(LTO_LINK),$(LDFLAGS_ALL)) $(if $(shell command -v ld.lld),-fuse-ld=lld)
CLI_TEST_OBJ := $(patsubst %.c,$(if $(LTO),$(BUILD)/pic,$(BUILD))/%.o,$(filter-out %/main.c,$(wildcard cli/*.c)))
$(BUILD)/tests/%: $(BUILD)/tests/unit/%.o $(PIC_OBJ)
	@mkdir -p $(@D)
	$(Q)$(CXX) $(LDFLAGS_TEST) -o $@ $^ $(LIBS) -lcmocka

$(BUILD)/replay/%: $(BUILD)/tests/fuzz/fuzz_%.o $(BUILD)/tests/fuzz/replay.o $(PIC_OBJ)
	@mkdir -p $(@D)
	$(Q)$(CXX) $(LDFLAGS_TEST) -o $@ $^ $(LIBS)

$(BUILD)/tests/test_clean_oom: $(CLI_TEST_OBJ)
$(BUILD)/tests/test_config: $(CLI_TEST_OBJ)
$(BUILD)/tests/test_output: $(CLI_TEST_OBJ)
$(BUILD)/bench/bench_%: $(BUILD)/bench/bench_%.o $(LIB_OBJ)
	@mkdir -p $(@D)
	$(Q)$(CXX) $(LDFLAGS_ALL) -o $@ $^ $(LIBS)
$(patsubst %.c,$(BUILD)/%,$(filter-out tests/%,$(TEST_SRC))): $(BUILD)/%: $(BUILD)/%.o $(PIC_OBJ)
	@mkdir -p $(@D)
	$(Q)$(CXX) $(LDFLAGS_TEST) -o $@ $^ $(LIBS)

# The made-up web that crawl tests run against.
$(BUILD)/tests/web/object_server: $(BUILD)/tests/web/object_server.o
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $^ -lcrypto
$(BUILD)/tests/web/loopback: $(addprefix $(BUILD)/tests/web/,loopback.o web.o h2.o)
	@mkdir -p $(@D)
	$(Q)$(CXX) $(LDFLAGS_ALL) -o $@ $^ -lssl -lcrypto -lz

.SECONDARY:
-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)

# --- checks -----------------------------------------------------------------------------

.PHONY: check
check: format-check layers style links unit replay cli-tests  ## the inner loop: everything that is quick

.PHONY: unit
unit: $(UNIT_BIN)  ## unit tests (cmocka)
	@printf '%s\n' $(UNIT_BIN) | xargs -P 2 -n 1 tests/unit/run.sh

.PHONY: replay
replay: $(REPLAY_BIN)  ## run every fuzz target over its committed corpus
	@for n in $(FUZZ_NAMES); do $(BUILD)/replay/$$n tests/fuzz/corpus/$$n || exit 1; done

.PHONY: cli-tests
cli-tests: $(BUILD)/echometer $(BUILD)/tools/make_attacks $(BUILD)/bench/eval_leaks $(BUILD)/tests/web/loopback $(BUILD)/tests/web/object_server  ## tests of the command from outside (TAP, prove)
	BUILD=$(abspath $(BUILD)) prove --nocolor --timer -j2 tests/cli

PYTHON ?= python3
.PHONY: check-python
check-python: $(BUILD)/echometer lib  ## the Python package over the shared library (unittest)
	PYTHONPATH=python PYTHONDONTWRITEBYTECODE=1 ECHOMETER_LIBRARY=$(abspath $(BUILD))/libechometer.so ECHOMETER_COMMAND=$(abspath $(BUILD))/echometer $(PYTHON) -m unittest discover -s tests/python

.PHONY: soak
soak: $(BUILD)/echometer $(BUILD)/tests/web/loopback  ## two hours of crawling at full speed: flat memory and descriptors (SOAK= seconds)
	SOAK=$(or $(SOAK),7200) BUILD=$(abspath $(BUILD)) prove --nocolor --timer -v tests/cli/crawl_soak.t

.PHONY: check-slurm
check-slurm: $(BUILD)/echometer  ## configs/slurm against a real Slurm of one node, started by the test (skipped where not installed)
	BUILD=$(abspath $(BUILD)) prove --nocolor --timer tests/cluster

.PHONY: browser
browser: $(BUILD)/echometer  ## the report in headless Chromium, with pictures in $(BUILD)/browser (skipped where there is none)
	BUILD=$(abspath $(BUILD)) KEEP=$(abspath $(BUILD))/browser prove --nocolor --timer tests/browser

.PHONY: conformance
CONFORMANCE_BIN := $(addprefix $(BUILD)/bench/,eval_extract eval_offsets diff_page) $(addprefix $(BUILD)/tools/,make_charset make_tokens)
conformance: $(BUILD)/echometer $(CONFORMANCE_BIN) $(UNIT_BIN)  ## suites of others, from the shared folder (skipped where absent)
	BUILD=$(abspath $(BUILD)) prove --nocolor --timer -j2 tests/conformance/*.sh

.PHONY: format format-check layers style links symbols
format:  ## format all sources
	clang-format -i $(filter %.c %.h,$(ALL_SRC))
format-check:  ## fail where formatting differs
	@clang-format --dry-run -Werror $(filter %.c %.h,$(ALL_SRC)) && echo "format: ok"
layers:  ## fail on includes that point up or sideways, and (once built) on new circles of files
	@tests/checks/layers.sh
	@test ! -e $(BUILD)/base/buf.o || tests/checks/circles.py $(BUILD) $(ROOMS) cli
style:  ## fail on banned functions, long functions, unfinished words
	@tests/checks/style.sh
links:  ## fail on links of Markdown files, and mentions of docs, that lead nowhere
	@tests/checks/links.sh --try
symbols: lib  ## fail when a name without em_ prefix is global, or the library exports more than echometer_*
	@! nm -g --defined-only $(patsubst %.c,$(if $(LTO),$(BUILD)/pic,$(BUILD))/%.o,$(LIB_C)) | awk '$$2 ~ /[TDBR]/ && $$3 !~ /^(em_|echometer_)/ {print "symbols: " $$3; bad=1} END {exit !bad}'
	@! nm -D --defined-only $(BUILD)/$(SHARED) | awk '$$2 != "A" && $$3 !~ /^echometer_/ {print "symbols: libechometer.so exports " $$3; bad=1} END {exit !bad}'
	@! nm -g --defined-only $(BUILD)/libechometer.a | awk '$$2 ~ /[TDBR]/ && $$3 !~ /^echometer_/ {print "symbols: libechometer.a exports " $$3; bad=1} END {exit !bad}'
	@echo "symbols: ok"

TSAN_TESTS := test_scan test_resolve test_fetch test_metrics
.PHONY: check-asan check-tsan check-oom check-valgrind
check-asan:  ## unit tests, corpora and the command under ASan and UBSan
	$(MAKE) SAN=address BUILD=$(BUILD)/asan DEV=$(DEV) unit replay cli-tests
check-tsan:  ## the threaded paths under TSan, a crawl among them
	$(MAKE) SAN=thread BUILD=$(BUILD)/tsan DEV=$(DEV) $(TSAN_TESTS:%=$(BUILD)/tsan/tests/%) $(BUILD)/tsan/echometer $(BUILD)/tsan/tests/web/loopback
	@for t in $(TSAN_TESTS); do $(BUILD)/tsan/tests/$$t || exit 1; done
	TSAN_OPTIONS=exitcode=66 BUILD=$(abspath $(BUILD)/tsan) prove --nocolor --timer tests/cli/crawl.t
check-oom:  ## every allocation of a scan, some of a crawl, fail once, under ASan: clean errors, no leak
	$(MAKE) SAN=address BUILD=$(BUILD)/asan DEV=$(DEV) $(BUILD)/asan/tests/test_oom $(BUILD)/asan/tests/test_clean_oom $(BUILD)/asan/tests/test_crawl_oom
	$(BUILD)/asan/tests/test_oom
	$(BUILD)/asan/tests/test_clean_oom
	$(BUILD)/asan/tests/test_crawl_oom
check-valgrind: $(UNIT_BIN) $(BUILD)/echometer  ## unit tests and a scan under valgrind
	@for t in $(filter-out %/test_oom %/test_clean_oom %/test_scan,$(UNIT_BIN)); do ECHOMETER_SLOW=skip valgrind -q --error-exitcode=9 --leak-check=full $$t >/dev/null || { echo "valgrind: $$t"; exit 1; }; done
	@examples/demo/make_warc.sh $(BUILD)/demo.warc.gz && valgrind -q --error-exitcode=9 --leak-check=full $(BUILD)/echometer scan -q $(BUILD)/demo.warc.gz >/dev/null; test $$? -ne 9 && echo "valgrind: ok"

# `make fuzz-warc SECONDS=600`: libFuzzer on one parser, starting from its corpus.
SECONDS_ := $(or $(SECONDS),60)
.PHONY: fuzz-%
fuzz-%:
	$(MAKE) CC=clang SAN=fuzzer BUILD=$(BUILD)/fuzz DEV=$(DEV) $(BUILD)/fuzz/fuzzers/$*
	@mkdir -p $(BUILD)/fuzz/found/$*
	$(BUILD)/fuzz/fuzzers/$* -max_total_time=$(SECONDS_) -rss_limit_mb=2048 -timeout=20 -print_final_stats=1 $(BUILD)/fuzz/found/$* tests/fuzz/corpus/$*

$(BUILD)/fuzzers/%: $(BUILD)/tests/fuzz/fuzz_%.o $(LIB_OBJ)
	@mkdir -p $(@D)
	$(Q)$(CXX) $(LDFLAGS_ALL) -fsanitize=fuzzer,address,undefined -o $@ $^ $(LIBS)

.PHONY: fuzz-all
fuzz-all:  ## every fuzz target for SECONDS each (default 60)
	@for n in $(FUZZ_NAMES); do $(MAKE) --no-print-directory fuzz-$$n SECONDS=$(SECONDS_) || exit 1; done

.PHONY: coverage
coverage:  ## line coverage of the library by unit, CLI and corpus tests
	$(MAKE) SAN=coverage BUILD=$(BUILD)/coverage unit replay cli-tests
	@cd $(BUILD)/coverage && find . -name '*.gcda' -path '*/*' ! -path './tests/*' | xargs gcov -n -s "$(CURDIR)" -r 2>/dev/null | awk '/^File/{f=$$2} /^Lines executed/{split($$2,a,":"); split(a[2],b,"%"); n=$$4; if (f !~ /usr|tests/) { hit+=b[1]*n/100; all+=n; printf "%6.1f %% of %5d  %s\n", b[1], n, f } } END {printf "total: %.1f %% of %d lines\n", 100*hit/all, all}'

# --- bench ------------------------------------------------------------------------------

.PHONY: bench
bench: all $(BENCH_BIN) $(TOOL_BIN)  ## speed of every stage on a load of real pages (docs/lab/BENCHMARKS.md)
	BUILD=$(abspath $(BUILD)) bench/run.sh

# --- set-up -----------------------------------------------------------------------------

.PHONY: deps
deps:  ## install what is needed, from Debian 12's packages (as root, or through sudo)
	./deps.sh

PREFIX ?= /usr/local
LIBDIR ?= $(PREFIX)/lib
PYTHONDIR ?= $(PREFIX)/lib/python3/dist-packages
.PHONY: install
install: all man completion  ## command, library, header, models, configs, manual pages (PREFIX=, LIBDIR=, DESTDIR=)
	install -D -m 755 $(BUILD)/echometer $(DESTDIR)$(PREFIX)/bin/echometer
	install -D -m 644 $(BUILD)/$(SHARED) $(DESTDIR)$(LIBDIR)/$(SHARED)
	ln -sf $(SHARED) $(DESTDIR)$(LIBDIR)/$(SONAME)
	ln -sf $(SONAME) $(DESTDIR)$(LIBDIR)/libechometer.so
	install -D -m 644 $(BUILD)/libechometer.a $(DESTDIR)$(LIBDIR)/libechometer.a
	install -d $(DESTDIR)$(LIBDIR)/pkgconfig
	sed -e 's|@prefix@|$(PREFIX)|' -e 's|@libdir@|$(LIBDIR)|' $(BUILD)/echometer.pc > $(DESTDIR)$(LIBDIR)/pkgconfig/echometer.pc
	install -D -m 644 include/echometer.h $(DESTDIR)$(PREFIX)/include/echometer.h
	cd configs && find . -type f -exec install -D -m 644 {} $(abspath $(DESTDIR)$(PREFIX))/share/echometer/{} \;
	cd configs && find . -name '*.sh' -exec chmod 755 $(abspath $(DESTDIR)$(PREFIX))/share/echometer/{} \;
	install -d $(DESTDIR)$(PREFIX)/share/man/man1 && install -m 644 $(BUILD)/man/*.1 $(DESTDIR)$(PREFIX)/share/man/man1
	install -D -m 644 $(BUILD)/completion/echometer.bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/echometer
	install -D -m 644 $(BUILD)/completion/_echometer $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_echometer
	install -d $(DESTDIR)$(PYTHONDIR)/echometer && install -m 644 python/echometer/*.py python/echometer/py.typed $(DESTDIR)$(PYTHONDIR)/echometer
	install -D -m 644 packaging/libechometer.3 $(DESTDIR)$(PREFIX)/share/man/man3/libechometer.3

.PHONY: man
man: $(BUILD)/echometer  ## manual pages, from --help
	$(Q)packaging/man.sh $(BUILD)/echometer $(BUILD)/man

.PHONY: completion
completion: $(BUILD)/echometer  ## completion for bash and zsh, from --help
	$(Q)packaging/completion.sh $(BUILD)/echometer $(BUILD)/completion

# Libraries that Debian has static and that need nothing but themselves; the others travel
# with the tarball. gcc's own go in as well.
DIST_STATIC := lmdb deflate z zstd brotlidec utf8proc xxhash yaml
DIST_LIBS := $(foreach l,$(LIBS),$(if $(filter $(DIST_STATIC:%=-l%),$(l)),-l:lib$(l:-l%=%).a,$(l))) -l:libbrotlicommon.a -lm
DIST ?= $(BUILD)/echometer-$(VERSION)-$(shell uname -m).tar.gz
DEB ?= $(BUILD)/packages
$(BUILD)/dist/echometer: $(CLI_OBJ) $(LIB_OBJ)
	@mkdir -p $(@D)
	$(Q)$(CXX) $(LDFLAGS_ALL) -static-libstdc++ -static-libgcc -Wl,-rpath,'$$ORIGIN/../lib',--disable-new-dtags,--build-id=none -o $@ $^ $(DIST_LIBS)

.PHONY: dist deb check-dist
$(BUILD)/dist/$(SHARED): $(PIC_OBJ) packaging/libechometer.map
	@mkdir -p $(@D)
	$(Q)$(CXX) -shared $(filter-out $(LTO) $(LTO_LINK),$(LDFLAGS_ALL)) -static-libgcc -Wl,-soname,$(SONAME) -Wl,--version-script=packaging/libechometer.map -Wl,-z,defs -Wl,-rpath,'$$ORIGIN',--build-id=none -o $@ $(PIC_OBJ) $(LIBS)
dist: $(BUILD)/dist/echometer $(BUILD)/dist/$(SHARED) lib  ## one tarball that runs where it is unpacked: command, library, header, models, manual
	packaging/dist.sh $< $(BUILD) $(VERSION) $(DIST)
deb: $(BUILD)/echometer lib  ## Debian packages: echometer, libechometer1, libechometer-dev, python3-echometer
	@mkdir -p $(DEB)
	packaging/deb.sh $< $(abspath $(BUILD)) $(VERSION) $(abspath $(DEB))
check-dist: dist deb  ## the tarball unpacked and run elsewhere, the package installed into a root of its own and removed
	BUILD=$(abspath $(BUILD)) DIST=$(abspath $(DIST)) DEB=$(abspath $(DEB)) prove --nocolor --timer tests/dist

# What a variable holds, for tools: make -s print-LIB_OBJ.
print-%:
	@echo '$($*)'

.PHONY: clean
clean:  ## remove what was built
	rm -rf $(BUILD)

.PHONY: help
help:  ## this list
	@grep -hE '^[a-zA-Z_%-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 18
