# echometer. `make help` lists the targets. Variables that matter:
#   BUILD=dir   where objects and the command go (default build)
#   CC=clang    another compiler (CXX follows)
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
CXX := clang++
AR := llvm-ar-14
else
CXX := g++
AR := gcc-ar
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

CFLAGS_ALL := -std=c11 -g -pthread -ffunction-sections $(OPT) $(LTO) $(WARN) $(CWARN) $(CFLAGS)
CXXFLAGS_ALL := -std=c++17 -g -pthread -fno-exceptions -fno-rtti $(OPT) $(LTO) $(filter-out -Wconversion,$(WARN)) $(CXXFLAGS)
LDFLAGS_ALL := -pthread $(OPT) $(LTO) $(LTO_LINK) -Wl,--gc-sections $(LDFLAGS)
LIBS := -ldeflate -lz -lzstd -lbrotlidec -lcld2 -lpsl -lutf8proc -lxml2 -lxxhash -lsimdjson -lcrypto -llinear -lm

ROOMS := base crawler/archive crawler/web crawler/page detector index report pipeline
LIB_C := $(foreach r,$(ROOMS),$(wildcard $(r)/*.c))
LIB_CXX := $(foreach r,$(ROOMS),$(wildcard $(r)/*.cc))
LIB_OBJ := $(LIB_C:%.c=$(BUILD)/%.o) $(LIB_CXX:%.cc=$(BUILD)/%.o)
CLI_OBJ := $(patsubst %.c,$(BUILD)/%.o,$(wildcard cli/*.c))
UNIT_SRC := $(wildcard tests/unit/test_*.c)
UNIT_BIN := $(UNIT_SRC:tests/unit/%.c=$(BUILD)/tests/%)
FUZZ_SRC := $(wildcard tests/fuzz/fuzz_*.c)
FUZZ_NAMES := $(FUZZ_SRC:tests/fuzz/fuzz_%.c=%)
REPLAY_BIN := $(FUZZ_NAMES:%=$(BUILD)/replay/%)
BENCH_BIN := $(patsubst bench/%.c,$(BUILD)/bench/%,$(wildcard bench/bench_*.c bench/make_*.c))
ALL_SRC := $(shell git ls-files -co --exclude-standard '*.c' '*.h' '*.cc' 2>/dev/null)

.PHONY: all
all: $(BUILD)/echometer $(BUILD)/libechometer.a  ## the command and the library

$(BUILD)/echometer: $(CLI_OBJ) $(LIB_OBJ)
	$(Q)$(CXX) $(LDFLAGS_ALL) -o $@ $^ $(LIBS)

$(BUILD)/libechometer.a: $(LIB_OBJ)
	@rm -f $@
	$(Q)$(AR) rcs $@ $^

$(BUILD)/%.o: %.c Makefile VERSION
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS_ALL) $(DEPFLAGS) $(CFLAGS_ALL) -c -o $@ $<

$(BUILD)/%.o: %.cc Makefile VERSION
	@mkdir -p $(@D)
	$(Q)$(CXX) $(CPPFLAGS_ALL) $(DEPFLAGS) $(CXXFLAGS_ALL) -c -o $@ $<

$(BUILD)/tests/%: $(BUILD)/tests/unit/%.o $(LIB_OBJ)
	@mkdir -p $(@D)
	$(Q)$(CXX) $(LDFLAGS_ALL) -o $@ $^ $(LIBS) -lcmocka

$(BUILD)/replay/%: $(BUILD)/tests/fuzz/fuzz_%.o $(BUILD)/tests/fuzz/replay.o $(LIB_OBJ)
	@mkdir -p $(@D)
	$(Q)$(CXX) $(LDFLAGS_ALL) -o $@ $^ $(LIBS)

$(BUILD)/bench/%: $(BUILD)/bench/%.o $(LIB_OBJ)
	@mkdir -p $(@D)
	$(Q)$(CXX) $(LDFLAGS_ALL) -o $@ $^ $(LIBS)

.SECONDARY:
-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)

# --- checks -----------------------------------------------------------------------------

.PHONY: unit
unit: $(UNIT_BIN)  ## unit tests (cmocka)
	@fail=0; for t in $(UNIT_BIN); do $$t || fail=1; done; exit $$fail

.PHONY: replay
replay: $(REPLAY_BIN)  ## run every fuzz target over its committed corpus
	@for n in $(FUZZ_NAMES); do $(BUILD)/replay/$$n tests/fuzz/corpus/$$n || exit 1; done

.PHONY: cli-tests
cli-tests: $(BUILD)/echometer  ## tests of the command from outside (TAP, prove)
	BUILD=$(BUILD) prove -Q --nocolor -j2 tests/cli

.PHONY: help
help:  ## this list
	@grep -hE '^[a-zA-Z_%-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 18
