load helper

# The same sources make the same bytes in every folder.  make dist does so with
# musl: see .ci/run.

# NAME [MAKE ARGUMENT]...: build in a folder with this name
build_in() {
	local top=$BATS_TEST_DIRNAME/..

	mkdir -p "$BATS_TEST_TMPDIR/$1"
	cd "$BATS_TEST_TMPDIR/$1"
	cp -r "$top"/{Makefile,*.c,*.h,server} .
	# make check has passed its own options on.
	env -u MAKEFLAGS -u MAKELEVEL make -sj2 "${@:2}"
}

need_time() {
	[ -n "$CI" ] || skip "compiles everything: only in CI"
}

# bats test_tags=build
@test "another folder builds the same serve, without a warning" {
	need_time
	run build_in "another place, far away"
	[ "$status" = 0 ]
	[ -z "$output" ]
	cmp "$SERVE" "$BATS_TEST_TMPDIR/another place, far away/serve"
}

# bats test_tags=build
@test "clang gives no warning" {
	need_time
	need clang
	run build_in a CC=clang
	[ "$status" = 0 ]
	[ -z "$output" ]
}

# bats test_tags=build
@test "make static refuses a program that needs a library" {
	local cc=$BATS_TEST_TMPDIR/cc

	# A compiler that ignores -static.
	echo 'exec cc "${@/#-static/-pie}"' >"$cc"
	echo 'int main(void) { return 0; }' >"$BATS_TEST_TMPDIR/one.c"
	run build_in a static CC="bash $cc" SRC=../one.c
	[ "$status" = 2 ]
	[[ $output == *INTERP* ]]
}
