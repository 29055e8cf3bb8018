# Bodies: where they end, in whatever pieces they arrive.

load helper

# RESULT BODY...: of chunked bodies, split at every byte; \ as in %b.
chunked() {
	local body got

	for body in "${@:2}"; do
		got=$(printf %b "$body" | "$DRIVER" body-cuts chunked)
		[ "$got" = "$1" ] ||
			fail "${body:0:300}: $got, not $1" || return
	done
}

# RESULT BODY: of a chunked body in one piece.
result() {
	local got

	got=$(printf %b "$2" | "$DRIVER" body chunked)
	[ "$got" = "$1" ] || fail "${2:0:300}: $got, not $1"
}

# BODY...: each ends with its last byte, and the bytes after it are not taken.
ended() {
	local body n

	for body; do
		n=$(printf %b "$body" | wc -c)
		chunked "$n ended" "$body" "${body}GET / HTTP/1.1\r\n" \
			"${body}0\r\n"
	done
}

# N CHARACTER: print that many.
repeat() {
	printf "%*s" "$1" '' | tr ' ' "$2"
}

@test "RFC 9112 6.2: a body with a length has exactly that many bytes" {
	[ "$(printf abcdef | "$DRIVER" body-cuts 3)" = '3 ended' ]
	[ "$(printf abcdef | "$DRIVER" body-cuts 6)" = '6 ended' ]
	[ "$(printf abcdef | "$DRIVER" body-cuts 7)" = '6 more' ]
	largest=18446744073709551615
	[ "$(printf abcdef | "$DRIVER" body-cuts $largest)" = '6 more' ]
	[ "$(printf abcdef | "$DRIVER" body 0)" = '0 ended' ]
}

@test "RFC 9112 7.1: a chunked body ends with the empty line after the chunk of size 0" {
	ended '0\r\n\r\n' '1\r\na\r\n0\r\n\r\n' \
		'3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n'
	ended 'a\r\n0123456789\r\n0\r\n\r\n' 'A\r\n0123456789\r\n0\r\n\r\n' \
		"1a\r\n$(repeat 26 x)\r\n00\r\n\r\n" \
		'4\r\n\r\n\r\n\r\n0\r\n\r\n' \
		'00000000000000000000000001\r\na\r\n0000\r\n\r\n'
}

@test "RFC 9112 7.1: a chunked body is incomplete until its last byte" {
	body='3;x\r\nabc\r\n0\r\nA: b\r\n\r\n'
	whole=$(printf %b "$body" | wc -c)
	for n in $(seq 0 $((whole - 1))); do
		run "$DRIVER" body chunked < <(printf %b "$body" | head -c "$n")
		[ "$output" = "$n more" ]
	done
}

@test "RFC 9112 7.1: a chunk size has only hexadecimal digits" {
	chunked -400 'g' ' 1\r\na' '\r\n' '-1\r\n' '+1\r\n' '0x1\r\na\r\n' \
		'1 2\r\n' ';a\r\n' '1g\r\n' '\t1\r\n' '1.0\r\n' '1,\r\n' \
		'"1"\r\n' '1\x00\r\n'
}

@test "RFC 9112 7.1: a chunk size that does not fit 64 bits is refused" {
	chunked '18 more' 'ffffffffffffffff\r\n'
	chunked '23 more' '00000FFFFFFFFFFFFFFFF\r\n'
	chunked -400 '10000000000000000\r\n' 'fffffffffffffffff\r\n' \
		'000010000000000000000\r\n' \
		'100000000000000000000000000000001\r\n'
}

@test "RFC 9112 7.1: CRLF must follow chunk data at once" {
	chunked -400 '1\r\nab\r\n' '1\r\na\n0\r\n\r\n' '1\r\na0\r\n' \
		'1\r\na\ra' '2\r\na\r\n0\r\n\r\n' '0\r\na\r\n\r\n'
}

@test "RFC 9112 2.2: a bare LF does not end a line of a chunked body" {
	chunked -400 '1\na\r\n' '0\n\r\n' '0\r\n\n' '0;a\n\r\n' '1;a\na\r\n' \
		'0\r\nA: b\n\r\n' '0\r\nA: b\r\n\n' '1\r\na\n'
}

@test "RFC 9112 2.2: a bare CR does not end a line of a chunked body" {
	chunked -400 '1\ra\r\n' '0\r\r\n' '1;a\rb\r\n' '0\r\n\ra' \
		'0\r\nA: b\rc\r\n' '0\r\nA\r: b\r\n'
}

@test "RFC 9112 7.1.1: chunk extensions are ignored" {
	ended '1;a\r\nb\r\n0\r\n\r\n' \
		'1;a=b;c="d;e\\"";f\r\nb\r\n0;x=y\r\n\r\n' \
		'1 ;a\r\nb\r\n0\r\n\r\n' '1\t ; a = b\r\nc\r\n0 ;\r\n\r\n' \
		'1;\x80\xff\r\nb\r\n0\r\n\r\n'
	chunked -400 '1 \r\na\r\n' '1\t\r\na\r\n' '1 a\r\n' '1;a\x00\r\n' \
		'1;\x7f\r\n' '1;a\x0b\r\n'
}

@test "RFC 9112 7.1.1: a chunk size line may have 4096 bytes" {
	# CRLF included
	ended "0;$(repeat 4092 x)\r\n\r\n"
	result '4098 ended' "$(repeat 4094 0)\r\n\r\n"
	result -400 "0;$(repeat 4093 x)\r\n\r\n"
	run "$DRIVER" body chunked < <(repeat 5000 0)
	[ "$output" = -400 ]
}

@test "RFC 9112 7.1.2: trailer fields are ignored" {
	ended '0\r\nA: b\r\n\r\n' '0\r\nA:\r\nB:\tc\r\n\r\n' \
		'1\r\na\r\n0\r\nA: \xff\r\n\r\n' \
		'0\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n'
}

@test "RFC 9112 7.1.2: a trailer line must be a field line" {
	chunked -400 '0\r\nA : b\r\n' '0\r\n A: b\r\n' '0\r\n: b\r\n' \
		'0\r\nA\r\n' '0\r\nA: b\r\n c\r\n' '0\r\nA: \x00\r\n' \
		'0\r\nA@: b\r\n' '0\r\nA: \x7f\r\n'
}

@test "RFC 9112 7.1.2: trailer fields may have 16384 bytes" {
	line="A:$(repeat 1020 x)\r\n"
	fields=$(for i in {1..15}; do printf %s "$line"; done)
	# the sixteenth line leaves room for the empty line
	result '16387 ended' "0\r\n${fields}A:$(repeat 1018 x)\r\n\r\n"
	result -400 "0\r\n${fields}A:$(repeat 1019 x)\r\n\r\n"
	result -400 "0\r\nA:$(repeat 4100 x)\r\n\r\n"
}
