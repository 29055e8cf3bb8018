load helper

# The same sources make the same bytes, wherever they lie.

# NAME [MAKE ARGUMENT]...: build in a folder of that name
build_in() {
	local top=$BATS_TEST_DIRNAME/..

	mkdir -p "$BATS_TEST_TMPDIR/$1"
	cd "$BATS_TEST_TMPDIR/$1"
	cp -r "$top"/{Makefile,*.c,*.h,server} .
	# make check's own make has passed its options on
	env -u MAKEFLAGS -u MAKELEVEL make -sj2 "${@:2}"
}

# MAKE ARGUMENT...
same_twice() {
	(build_in a "$@")
	(build_in "another place, far away" "$@")
}

# bats test_tags=build
@test "two folders build the same serve, without a word" {
	run same_twice
	[ "$status" = 0 ]
	[ -z "$output" ]
	cd "$BATS_TEST_TMPDIR"
	cmp a/serve "another place, far away/serve"
}

# bats test_tags=build
@test "two folders build the same serve with clang, without a word" {
	need clang
	run same_twice CC=clang
	[ "$status" = 0 ]
	[ -z "$output" ]
	cd "$BATS_TEST_TMPDIR"
	cmp a/serve "another place, far away/serve"
}

# bats test_tags=build
@test "two folders build the same static serve" {
	need musl-gcc
	same_twice static CC=musl-gcc
	cd "$BATS_TEST_TMPDIR"
	cmp a/serve-static "another place, far away/serve-static"
}

# bats test_tags=build
@test "make static refuses a binary that needs a library" {
	local cc=$BATS_TEST_TMPDIR/deaf-cc

	echo 'exec cc "${@/#-static/-pie}"' >"$cc"
	run build_in a static CC="bash $cc"
	[ "$status" = 2 ]
	[[ $output == *INTERP* ]]
}
