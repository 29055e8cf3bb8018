load helper

# make install puts everything where the system looks for it.

setup() {
	serve_setup
	TO=$BATS_TEST_TMPDIR/to
	cd "$BATS_TEST_DIRNAME/.."
}

# TARGET: as a packager calls it
make_to() {
	env -u MAKEFLAGS -u MAKELEVEL make -s "$1" DESTDIR="$TO" PREFIX=/usr
}

# bats test_tags=build
@test "make install installs the program, man page and completions" {
	make_to install
	cd "$TO/usr"
	[ -x bin/serve ]
	[ "$(find . -type f | LC_ALL=C sort)" = "./bin/serve
./share/bash-completion/completions/serve
./share/fish/vendor_completions.d/serve.fish
./share/man/man1/serve.1
./share/zsh/site-functions/_serve" ]
}

# bats test_tags=build
@test "make uninstall removes exactly the installed files" {
	make_to install
	touch "$TO/usr/bin/other"
	make_to uninstall
	[ "$(find "$TO" -type f)" = "$TO/usr/bin/other" ]
}

# bats test_tags=build
@test "make install replaces a running serve" {
	make_to install
	SERVE=$TO/usr/bin/serve
	echo hello >"$ROOT/hello"
	serve_start
	make_to install
	[ "$(curl -sS "${URL}hello")" = hello ]
	"$SERVE" --version
}

# The sources in a folder of this name
copy_to() {
	mkdir -p "$1"
	cp -r Makefile ./*.c ./*.h server "$1"
	cd "$1"
}

plain_make() {
	env -u MAKEFLAGS -u MAKELEVEL make "$@"
}

# bats test_tags=build
@test "a changed header compiles what includes it, however BUILD is spelled" {
	copy_to "$BATS_TEST_TMPDIR/a"
	plain_make -s BUILD="$PWD/build" CFLAGS=-O0 "$PWD/build/server/qr.o"
	touch -d '1 hour' server/qr.h
	run plain_make -n build/server/qr.o
	[[ $output = *server/qr.c* ]]
}

# bats test_tags=build
@test "make says one short line a file, with V=1 the commands, with -s nothing" {
	copy_to "$BATS_TEST_TMPDIR/a"
	run -0 plain_make build/mime.o
	[ "$output" = '  CC mime.c' ]
	rm build/mime.o
	run -0 plain_make V=1 build/mime.o
	[[ "$output" = *'-c -o build/mime.o mime.c' ]]
	rm build/mime.o
	run -0 plain_make -s build/mime.o
	[ -z "$output" ]
}

# bats test_tags=build
@test "make works in a path with an apostrophe" {
	copy_to "$BATS_TEST_TMPDIR/it's here"
	plain_make -s build/mime.o build/assets.o
	run -1 grep -F "it's here" build/mime.o
}

# bats test_tags=build
@test "make static writes a stripped file and prints its size" {
	need musl-gcc
	copy_to "$BATS_TEST_TMPDIR/a"
	echo 'int main(void) { return 7; }' >one.c
	run -0 plain_make static SRC=one.c
	[ "${lines[-1]}" = "serve-static: $(wc -c <serve-static) bytes" ]
	run -0 readelf -SW serve-static
	[[ "$output" != *.symtab* ]]
	run -0 readelf -SW serve-static.debug
	[[ "$output" = *.debug_info* ]]
	run -7 ./serve-static
}

# bats test_tags=build
@test "make static strips with the binutils of a cross compiler" {
	copy_to "$BATS_TEST_TMPDIR/a"
	run -0 plain_make -n static CC='sh -c "echo cross-objcopy"'
	[[ "$output" = *'cross-objcopy --strip-all'* ]]
}

@test "a signal to .ci/run or make check stops the tests too" {
	local bin=$BATS_TEST_TMPDIR/bin path

	# In a document here bats would take the line for a test of this file.
	printf '%s\n' '@test "it hangs" {' \
		"sh -c 'echo \$\$ >\"\$HANGS\"; exec sleep 60'" '}' \
		>"$BATS_TEST_TMPDIR/hangs.bats"
	mkdir "$bin"
	printf '#!/bin/sh\nexec tests/check.sh "%s"\n' \
		"$BATS_TEST_TMPDIR/hangs.bats" >"$bin/make"
	chmod +x "$bin/make"
	HANGS=$BATS_TEST_TMPDIR/pid
	path=$bin:${PATH//"$BATS_LIBEXEC:"/}
	for command in ".ci/run fuzz" "tests/check.sh $BATS_TEST_TMPDIR/hangs.bats"; do
		rm -f "$HANGS"
		# An inner bats must not find the variables and files of this one.
		# shellcheck disable=SC2086
		env -i PATH="$path" HOME=/ HANGS="$HANGS" OFFLINE=1 $command \
			>"$OUT" 2>&1 3>&- &
		PID=$!
		wait_until test -s "$HANGS"
		kill "$PID"
		wait_until serve_gone
		PID=$(<"$HANGS")
		wait_until serve_gone
	done
}
