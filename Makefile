# serve: a small static web server.  GNU make.
#   make            ./serve; V=1 shows the commands
#   make static     ./serve-static, one file that needs no library (musl)
#   make check      all tests
#   make dist       a release in dist/: sources and binaries for four processors
#   make fuzz       every fuzz target, for SECONDS=60 each
#   make bench      a table: serve beside nginx, lighttpd and Python
#   make install    to $(DESTDIR)$(PREFIX); uninstall removes it
# CC CPPFLAGS CFLAGS LDFLAGS PREFIX DESTDIR are yours: our flags come first.

PREFIX ?= /usr/local
CFLAGS ?= -g
WARN   ?= -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wvla
HARDEN ?= -fstack-protector-strong -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 \
	-fPIE -fno-plt '-ffile-prefix-map=$(subst ','\'',$(CURDIR))=.'
LDHARD ?= -pie -Wl,-z,relro,-z,now,-z,noseparate-code
BUILD  ?= build
PROG   ?= serve

SRC  = serve.c http.c mime.c $(sort $(wildcard server/*.c))
ASSETS = $(sort $(wildcard server/assets/*.*))
TEST = $(sort $(wildcard tests/driver*.c))
PURE = http.c mime.c $(patsubst %,server/%.c, \
	accept \
	address \
	addresses \
	authority \
	buf \
	calendar \
	condition \
	crc32 \
	date \
	disposition \
	head \
	http_body \
	http_path \
	http_response \
	key \
	kind \
	list \
	natural \
	pattern \
	proxy \
	proxy_head \
	qr \
	query \
	range \
	rules_headers \
	rules_lines \
	rules_redirects \
	rules_target \
	sha256 \
	site \
	slice \
	syntax \
	tar \
	template \
	zip)

# For size, except for HOT: the files that each request passes.  No unwind
# tables: the program does not unwind its stack.
OPTIMIZE = -Os -fno-asynchronous-unwind-tables
HOT      = http $(addprefix server/,authority answer_file answer_path batch buf \
	builder crc32 date head host http_path pattern pool request \
	resource_files resource_find response siblings site slice)

# Large files and years after 2038 on 32-bit systems too.
LARGE   = -D_FILE_OFFSET_BITS=64 -D_TIME_BITS=64
COMPILE = $(CC) -std=c17 -D_GNU_SOURCE $(LARGE) -I. $(WARN) $(HARDEN) \
	$(OPTIMIZE) $(CPPFLAGS) $(CFLAGS) -pthread
LINK    = $(CC) $(LDHARD) $(CFLAGS) -pthread $(LDFLAGS)

# A short line for each command, nothing with make -s, the commands with V=1.
SILENT = $(findstring s,$(filter-out --%,$(firstword -$(MAKEFLAGS))))
say    = $(if $(V),,@$(if $(SILENT),,echo '  $(1)';))

all: $(PROG)

$(PROG): $(SRC:%.c=$(BUILD)/%.o) $(BUILD)/assets.o
	$(call say,LD $@)$(LINK) -o $@ $^

$(BUILD)/tests/driver: $(PURE:%.c=$(BUILD)/%.o) $(TEST:%.c=$(BUILD)/%.o)
	$(call say,LD $@)$(LINK) -o $@ $^

# The dependencies that are written hold for each spelling of BUILD.
$(BUILD)/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(call say,CC $<)$(COMPILE) -MMD -MP -MT '$$(BUILD)/$*.o' -c -o $@ $<

# Each file of server/assets becomes a slice: listing.css is assets_listing_css.
# Comments on lines of their own, indentation and empty lines are left out; in
# style sheets, which mean the same without them, so are line ends and spaces.
# A {{name}} on a line of its own stands for the whole line.  A style or script
# for every page gets its SHA-256 beside it, in Base64.
COMPACT = s/^[[:space:]]*//; /^$$/d; /^\/\//d; \
	/^\/\*.*\*\/$$/d; /^\/\*/,/\*\/$$/d; /^<!--.*-->$$/d; /^<!--/,/-->$$/d
CSS   = s/\\$$//; s/: /:/g; s/, /,/g; s/ > />/g; s/ *{ */{/; \
	H; $$!d; x; s/\n//g; s/; *}/}/g
QUOTE = s/[\\"?]/\\&/g; s/.*/"&"/
HEX   = s/ .*//; s/../\\x&/g
ENDL  = /^"{{[a-z]*}}"$$/!s/"$$/\\n"/

$(BUILD)/assets.c: $(ASSETS) Makefile
	@mkdir -p $(@D)
	$(call say,SED $@){ echo '#include "server/assets.h"'; \
	for file in $(ASSETS); do \
		name=assets_$$(basename $$file | tr . _); \
		case $$file in \
		*.css) edit='$(COMPACT); $(CSS)' end= form=%s ;; \
		*) edit='$(COMPACT)' end='$(ENDL)' form='%s\n' ;; \
		esac; \
		text=$$(sed "$$edit" $$file) || exit; \
		echo "static const char $${name}_text[] ="; \
		printf '%s\n' "$$text" | sed -e '$(QUOTE)' -e "$$end"; \
		echo ";"; \
		echo "const struct slice $$name = {"; \
		echo "	$${name}_text, sizeof($${name}_text) - 1"; \
		echo "};"; \
		case $$file in *.html | */live.js) continue ;; esac; \
		hash=$$(printf "$$form" "$$text" | sha256sum | sed '$(HEX)'); \
		echo "const struct slice $${name}_hash ="; \
		echo "	SLICE(\"$$(env printf "$$hash" | base64)\");"; \
	done; } >$@

$(BUILD)/assets.o: $(BUILD)/assets.c server/assets.h server/slice.h
	$(call say,CC $<)$(COMPILE) -c -o $@ $<

$(HOT:%=$(BUILD)/%.o): OPTIMIZE += -O2

-include $(patsubst %.c,$(BUILD)/%.d,$(SRC) $(TEST))

# musl-gcc if it is installed, unless you set CC.
STATIC_CC = $(if $(filter default,$(origin CC)),$(shell \
	command -v musl-gcc || echo $(CC)),$(CC))

# The objcopy of a cross compiler's binutils, when that is the compiler.
OBJCOPY = $(shell $(STATIC_CC) -print-prog-name=objcopy)

# musl-gcc makes a dynamic binary of -static-pie, so this is not a PIE, and the
# result is checked.  gdb finds the symbols in serve-static.debug.
static:
	$(if $(V),,@)$(MAKE) --no-print-directory CC='$(STATIC_CC)' \
		BUILD=$(BUILD)/static PROG=$(BUILD)/static/serve-static \
		LDHARD='-static -Wl,-z,relro,-z,now' all
	@! readelf -lW $(BUILD)/static/serve-static | grep INTERP
	$(call say,STRIP serve-static)$(OBJCOPY) --only-keep-debug \
		$(BUILD)/static/serve-static serve-static.debug && \
	$(OBJCOPY) --strip-all --add-gnu-debuglink=serve-static.debug \
		$(BUILD)/static/serve-static serve-static
	@echo "serve-static: $$(wc -c <serve-static) bytes"

check: $(PROG) $(BUILD)/tests/driver
	SERVE=$(PROG) DRIVER=$(BUILD)/tests/driver tests/check.sh $(TESTS)

# New inputs are kept in build/corpus, those that fail as build/tests/fuzz-*.
# SEED decides which inputs are tried; 0 is another one each time.
SECONDS = 60
SEED = 0
fuzz: $(patsubst tests/corpus/%,fuzz-%,$(wildcard tests/corpus/*))

fuzz-%: $(BUILD)/tests/fuzz
	@mkdir -p $(BUILD)/corpus/$*
	@$< --target=$* -seed=$(SEED) -max_total_time=$(SECONDS) -timeout=5 \
		-dict=tests/fuzz.dict -artifact_prefix=$<-$*- \
		-verbosity=0 -print_final_stats=1 $(BUILD)/corpus/$* \
		tests/corpus/$* >$<-$*.log 2>&1 || { cat $<-$*.log; exit 1; }
	@awk '/executed_units/ { print "$*: " $$2 " inputs" }' $<-$*.log

$(BUILD)/tests/fuzz: tests/fuzz.c $(PURE) $(wildcard *.h server/*.h tests/*.h)
	@mkdir -p $(@D)
	clang -std=c17 -D_GNU_SOURCE -I. $(WARN) -O1 -g -o $@ \
		-fsanitize=fuzzer,address,undefined \
		-fno-sanitize-recover=all tests/fuzz.c $(PURE)

dist:
	packaging/dist

# The fuzz targets without libFuzzer, for tests/processors/run.
$(BUILD)/tests/replay: tests/processors/replay.c tests/fuzz.c \
		$(PURE:%.c=$(BUILD)/%.o)
	@mkdir -p $(@D)
	$(COMPILE) -o $@ $^ $(LDHARD)

bench: $(PROG)
	SERVE=$(PROG) tests/bench/run

# Rename each file into its place: a running serve keeps the file it has open.
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
	rm -rf $(BUILD) serve serve-static serve-static.debug

.DELETE_ON_ERROR:
.PHONY: all static check fuzz dist bench install uninstall clean
