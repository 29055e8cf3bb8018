# serve: a small static web server.  GNU make.
#   make            ./serve
#   make static     ./serve-static, one file that needs no library (musl)
#   make check      all tests
#   make fuzz       every fuzz target, for SECONDS=60 each
#   make bench      a table: serve beside nginx, lighttpd and Python
#   make install    to $(DESTDIR)$(PREFIX); uninstall takes it away again
# CC CPPFLAGS CFLAGS LDFLAGS PREFIX DESTDIR are yours: our flags come first.

PREFIX ?= /usr/local
CFLAGS ?= -g
WARN   ?= -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wvla
HARDEN ?= -fstack-protector-strong -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 \
	-fPIE -fno-plt '-ffile-prefix-map=$(CURDIR)=.'
LDHARD ?= -pie -Wl,-z,relro,-z,now,-z,noseparate-code
BUILD  ?= build
PROG   ?= serve

SRC  = serve.c http.c mime.c $(sort $(wildcard server/*.c))
TEST = $(sort $(wildcard tests/driver*.c))
PURE = http.c mime.c $(patsubst %,server/%.c,accept addresses authority buf \
	condition date http_body http_path list natural pattern qr range \
	rules_headers rules_lines rules_redirects rules_target slice syntax)

# Small first, fast where each request passes.  Nobody unwinds the stack.
OPTIMIZE = -Os -fno-asynchronous-unwind-tables
HOT      = $(addprefix server/,authority buf http_path pattern slice)

COMPILE = $(CC) -std=c17 -D_GNU_SOURCE -I. $(WARN) $(HARDEN) $(OPTIMIZE) \
	$(CPPFLAGS) $(CFLAGS) -pthread
LINK    = $(CC) $(LDHARD) $(CFLAGS) -pthread $(LDFLAGS)

all: $(PROG)

$(PROG): $(SRC:%.c=$(BUILD)/%.o)
	$(LINK) -o $@ $^

$(BUILD)/tests/driver: $(PURE:%.c=$(BUILD)/%.o) $(TEST:%.c=$(BUILD)/%.o)
	$(LINK) -o $@ $^

$(BUILD)/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(COMPILE) -MMD -MP -c -o $@ $<

$(HOT:%=$(BUILD)/%.o): OPTIMIZE += -O2

-include $(patsubst %.c,$(BUILD)/%.d,$(SRC) $(TEST))

# musl's own compiler where there is one, unless you name another.
STATIC_CC = $(if $(filter default,$(origin CC)),$(shell \
	command -v musl-gcc || echo $(CC)),$(CC))

# musl-gcc answers -static-pie with a dynamic binary, so this one is no PIE,
# and is looked at.
static:
	$(MAKE) --no-print-directory CC='$(STATIC_CC)' BUILD=$(BUILD)/static \
		PROG=serve-static LDHARD='-static -Wl,-z,relro,-z,now' all
	@! readelf -lW serve-static | grep INTERP
	@strip -o $(BUILD)/static/stripped serve-static
	@echo "serve-static: $$(wc -c <$(BUILD)/static/stripped) bytes, stripped"

check: $(PROG) $(BUILD)/tests/driver
	SERVE=$(PROG) DRIVER=$(BUILD)/tests/driver tests/check.sh $(TESTS)

# New inputs are kept in build/corpus, those that fail as build/tests/fuzz-*.
SECONDS = 60
fuzz: $(patsubst tests/corpus/%,fuzz-%,$(wildcard tests/corpus/*))

fuzz-%: $(BUILD)/tests/fuzz
	@mkdir -p $(BUILD)/corpus/$*
	@$< --target=$* -max_total_time=$(SECONDS) -timeout=5 \
		-dict=tests/fuzz.dict -artifact_prefix=$<-$*- \
		-verbosity=0 -print_final_stats=1 $(BUILD)/corpus/$* \
		tests/corpus/$* >$<-$*.log 2>&1 || { cat $<-$*.log; exit 1; }
	@awk '/executed_units/ { print "$*: " $$2 " inputs" }' $<-$*.log

$(BUILD)/tests/fuzz: tests/fuzz.c $(PURE) $(wildcard *.h server/*.h tests/*.h)
	@mkdir -p $(@D)
	clang -std=c17 -D_GNU_SOURCE -I. $(WARN) -O1 -g -o $@ \
		-fsanitize=fuzzer,address,undefined \
		-fno-sanitize-recover=all tests/fuzz.c $(PURE)

bench: $(PROG)
	SERVE=$(PROG) tests/bench/run

# Each file appears at once: a serve that runs meanwhile is not disturbed.
define put
	install -D -m $(1) $(2) '$(DESTDIR)$(PREFIX)/$(3).new'
	mv -f '$(DESTDIR)$(PREFIX)/$(3).new' '$(DESTDIR)$(PREFIX)/$(3)'

endef
man_page        = share/man/man1/serve.1
bash_completion = share/bash-completion/completions/serve
zsh_completion  = share/zsh/site-functions/_serve
fish_completion = share/fish/vendor_completions.d/serve.fish

install: serve
	$(call put,755,serve,bin/serve)
	$(call put,644,man/serve.1,$(man_page))
	$(call put,644,completions/serve.bash,$(bash_completion))
	$(call put,644,completions/_serve,$(zsh_completion))
	$(call put,644,completions/serve.fish,$(fish_completion))

uninstall:
	cd '$(DESTDIR)$(PREFIX)' && rm -f bin/serve $(man_page) \
		$(bash_completion) $(zsh_completion) $(fish_completion)

clean:
	rm -rf $(BUILD) serve serve-static

.DELETE_ON_ERROR:
.PHONY: all static check fuzz bench install uninstall clean
