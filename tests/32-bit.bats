# A build for 32 bits serves large files, and dates that a 32-bit time cannot
# hold.  tests/processors/run tests its own build instead, in EMULATOR.

load wire

# A compiler for i386 whose programs run on this machine.
compiler() {
	local cc

	echo 'int main(void) { return 0; }' >"$BATS_FILE_TMPDIR/empty.c"
	for cc in 'gcc -m32' i686-linux-gnu-gcc $(compgen -c i686-linux-gnu-gcc-)
	do
		$cc -static -o "$BATS_FILE_TMPDIR/empty" \
			"$BATS_FILE_TMPDIR/empty.c" 2>/dev/null &&
			"$BATS_FILE_TMPDIR/empty" && echo "$cc" && return
	done
}

setup_file() {
	[ -z "${EMULATOR-}" ] || return 0
	CC32=$(compiler) || return 0
	cd "$BATS_TEST_DIRNAME/.."
	env -u MAKEFLAGS -u MAKELEVEL make -s -j2 CC="$CC32" \
		BUILD="$BATS_FILE_TMPDIR/build" CFLAGS='-O0 -Werror' \
		HARDEN=-fPIE LDHARD=-static PROG="$BATS_FILE_TMPDIR/serve" \
		"$BATS_FILE_TMPDIR/serve" "$BATS_FILE_TMPDIR/build/tests/driver"
}

setup() {
	serve_setup
	[ -z "${EMULATOR-}" ] || return 0
	[ -x "$BATS_FILE_TMPDIR/empty" ] || lack i686-linux-gnu-gcc
	SERVE=$BATS_FILE_TMPDIR/serve
	DRIVER=$BATS_FILE_TMPDIR/build/tests/driver
}

# 4 GiB without a block on the disk, and a few bytes after them
make_big() {
	truncate -s 4G "$ROOT/big"
	printf end >>"$ROOT/big"
}

# bats test_tags=build
@test "32 bits: a file of more than 4 GiB is sent whole" {
	make_big
	serve_start
	[ "$(curl -sS -o /dev/null -w '%header{content-length} %{size_download}' \
		"${URL}big")" = '4294967299 4294967299' ]
}

# bats test_tags=build
@test "32 bits: ranges reach beyond 4 GiB" {
	make_big
	serve_start
	[ "$(curl -sS -r 4294967296- "${URL}big")" = end ]
	[ "$(curl -sS -r -2 "${URL}big")" = nd ]
	[ "$(curl -sS -r 4294967297-4294967297 "${URL}big")" = n ]
	[ "$(status_of -r 4294967299- "${URL}big")" = 416 ]
	run curl -sS -r 4294967290-4294967291,4294967296- "${URL}big"
	[[ ${output//$'\r'} == *'bytes 4294967296-4294967298/4294967299'* ]]
	# Its head has the length, its end need not be read.
	wire <<-'EOF'
		client = Client().send(get("/big", "Range: bytes=1000000000-"))
		head = []
		while line := client.line().decode():
		    head.append(line)
		assert "Content-Length: 3294967299" in head, head
		assert "Content-Range: bytes 1000000000-4294967298/4294967299" in head
	EOF
}

# bats test_tags=build
@test "32 bits: dates of all years are right" {
	touch -d @784111777 "$ROOT/old"
	touch -d '2040-02-03 04:05:06 UTC' "$ROOT/new"
	serve_start
	[ "$(field_of last-modified "${URL}old")" = \
		'Sun, 06 Nov 1994 08:49:37 GMT' ]
	[ "$(status_of -H 'If-Modified-Since: Fri, 03 Feb 2040 04:05:06 GMT' \
		"${URL}old")" = 304 ]
	run curl -sS -H 'Accept: application/json' "$URL"
	[[ $output == *'"mtime":"2040-02-03T04:05:06Z"'* ]]
	[ "$(printf 253402300799 | "$DRIVER" date-format)" = \
		'Fri, 31 Dec 9999 23:59:59 GMT' ]
	[ "$(printf 'Fri, 31 Dec 9999 23:59:59 GMT' | "$DRIVER" date)" = \
		253402300799 ]
}

# bats test_tags=build
@test "32 bits: a listing counts the bytes beyond 4 GiB" {
	make_big
	serve_start
	run curl -sS -H 'Accept: application/json' "$URL"
	[[ $output == *'"size":4294967299'* ]]
}
