# For tests that let system calls fail or set the clock: the objects under test,
# linked with tests/faults/faults.c in front of libc.

load wire

setup_file() {
	local build=${DRIVER%/tests/driver} wrap

	cd "$BATS_TEST_DIRNAME/.." || return
	wrap=$build/tests/faults/faults.o
	# Two files of tests may need it at the same time.
	flock "$build" make -s BUILD="$build" "$wrap" 3>&-
	make -sj2 BUILD="$build" PROG="$BATS_FILE_TMPDIR/serve" \
		LDFLAGS="$LDFLAGS $wrap -Wl,$(nm "$wrap" |
		sed -n 's/.* T __wrap_/--wrap=/p' | paste -sd,)" all 3>&-
}

setup() {
	serve_setup
	SERVE=$BATS_FILE_TMPDIR/serve
	export SERVE SERVE_FAULTS=$BATS_TEST_TMPDIR/faults
	export PYTHONPATH=$BATS_TEST_DIRNAME:$BATS_TEST_DIRNAME/faults
	truncate -s 4096 "$SERVE_FAULTS"
}

# wire, with the functions of faults.py.
faults() {
	{
		echo 'from faults import *'
		echo 'faults = Faults(os.environ["SERVE_FAULTS"])'
		cat
	} | wire
}
