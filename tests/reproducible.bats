load helper

# The same sources make the same bytes in every folder.

# NAME [MAKE ARGUMENT]...: build in a folder with this name
build_in() {
	local top=$BATS_TEST_DIRNAME/..

	mkdir -p "$BATS_TEST_TMPDIR/$1"
	cd "$BATS_TEST_TMPDIR/$1"
	cp -r "$top"/{Makefile,*.c,*.h,server} .
	# make check has passed its own options on.
	env -u MAKEFLAGS -u MAKELEVEL make -sj2 "${@:2}"
}

# MAKE ARGUMENT...: build twice and compare.
same_twice() {
	(build_in a "$@")
	(build_in "another place, far away" "$@")
}

# Each of these tests compiles everything twice.
need_time() {
	[ -n "$CI" ] || skip "compiles everything twice: only in CI"
}

# bats test_tags=build
@test "two folders build the same serve, without a warning" {
	need_time
	run same_twice
	[ "$status" = 0 ]
	[ -z "$output" ]
	cd "$BATS_TEST_TMPDIR"
	cmp a/serve "another place, far away/serve"
}

# bats test_tags=build
@test "two folders build the same serve with clang, without a warning" {
	need_time
	need clang
	run same_twice CC=clang
	[ "$status" = 0 ]
	[ -z "$output" ]
	cd "$BATS_TEST_TMPDIR"
	cmp a/serve "another place, far away/serve"
}

# bats test_tags=build
@test "two folders build the same static serve" {
	need_time
	need musl-gcc
	same_twice static CC=musl-gcc
	cd "$BATS_TEST_TMPDIR"
	cmp a/serve-static "another place, far away/serve-static"
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
