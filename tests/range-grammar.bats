# Range: the bytes that a value requests.

load helper

# SIZE PARTS VALUE...: each value requests PARTS of a file of SIZE bytes.
asks() {
	local value got

	for value in "${@:3}"; do
		got=$(printf %b "$value" | "$DRIVER" range "$1")
		[ "$got" = "$2" ] ||
			fail "${value:0:200}: $got, not $2" || return
	done
}

# N [STEP]: print a value with N ranges of one byte, STEP apart.
many() {
	printf 'bytes='
	seq 0 "${2:-2}" "$((($1 - 1) * ${2:-2}))" | sed 's/.*/&-&/' | paste -sd,
}

@test "RFC 9110 14.1.2: a range has a first and perhaps a last position" {
	asks 10 0-4 bytes=0-4
	asks 10 5-9 bytes=5-9
	asks 10 0-0 bytes=0-0
	asks 10 9-9 bytes=9-9
	asks 10 0-9 bytes=0-9
	asks 1 0-0 bytes=0-0
}

@test "RFC 9110 14.1.2: a last position past the end is the end" {
	asks 10 5-9 bytes=5-10 bytes=5-99999 bytes=5- \
		bytes=5-9223372036854775807 bytes=5-99999999999999999999999999
	asks 10 0-9 bytes=0- bytes=0-10
}

@test "RFC 9110 14.1.2: a suffix requests the last bytes, at most the whole file" {
	asks 10 7-9 bytes=-3
	asks 10 9-9 bytes=-1
	asks 10 0-9 bytes=-10 bytes=-11 bytes=-99999999999999999999999999
}

@test "RFC 9110 14.1.2: a range past the end, or a suffix of no bytes, gets 416" {
	asks 10 -416 bytes=10- bytes=10-10 bytes=99-100 bytes=-0 bytes=-000 \
		bytes=10-,11-12,-0 bytes=9223372036854775807- \
		bytes=99999999999999999999999999- \
		bytes=99999999999999999999999998-99999999999999999999999999
}

@test "RFC 9110 14.1.2: unsatisfiable ranges beside satisfiable ones are dropped" {
	asks 10 2-3 bytes=10-,2-3 bytes=2-3,-0 bytes=99-100,2-3,12-
}

@test "RFC 9110 14.1.2: only a suffix range of an empty file is satisfiable" {
	asks 0 -416 bytes=0- bytes=0-0 bytes=-0 bytes=1-2,0-
	asks 0 whole bytes=-1 bytes=-5 bytes=0-,-1
}

@test "RFC 9110 14.1: the unit is bytes, in upper or lower case" {
	asks 10 0-4 Bytes=0-4 BYTES=0-4 bYtEs=0-4
	asks 10 whole lines=0-4 byte=0-4 bytess=0-4 '=0-4' 0-4 'bytes 0-4' \
		bytes:0-4
}

@test "RFC 9110 14.1.1: a last position before the first is malformed" {
	asks 10 whole bytes=5-3 bytes=1-0 bytes=0-1,5-3 bytes=5-3,0-1 \
		bytes=99999999999999999999-3
}

@test "RFC 9110 14.1.1: one malformed range makes serve ignore the field" {
	asks 10 whole '' bytes bytes= bytes=, 'bytes= , ' bytes=- bytes=a \
		bytes=1 bytes=a-b bytes=1-b bytes=-a bytes=1--2 bytes=--1 \
		bytes=1-2-3 bytes=+1-2 bytes=1-+2 bytes=0x1-2 bytes=1.0-2 \
		'bytes=1 -2' 'bytes=1- 2' 'bytes=- 1' 'bytes =1-2' \
		' bytes=1-2' 'bytes="1-2"' 'bytes=1-2;3-4' 'bytes=1-2 3-4' \
		bytes=1-2,x bytes=x,1-2 bytes=1-2,- bytes=1-2,3 bytes=99-,x \
		'bytes=1-2\x00' 'bytes=\xff-'
}

@test "RFC 9110 5.6.1: blanks and empty elements between ranges are ignored" {
	asks 10 '0-0 2-2' 'bytes=0-0,2-2' 'bytes= 0-0, 2-2' \
		'bytes=0-0\t,\t2-2 ' 'bytes=,0-0,,2-2,' 'bytes=0-0 , , 2-2'
}

@test "RFC 9110 14.2: ranges keep the order of the request" {
	asks 100 '50-59 0-9 90-99' bytes=50-59,0-9,-10
}

@test "RFC 9110 15.3.7.2: overlapping and touching ranges are merged" {
	asks 100 0-9 bytes=0-4,5-9 bytes=5-9,0-4 bytes=0-6,3-9 bytes=0-9,3-4 \
		bytes=3-4,0-9 bytes=0-9,0-9 bytes=0-0,1-1,2-9
	asks 100 0-99 bytes=0-,5-9 bytes=50-,0-49 bytes=-60,0-50
	asks 100 '0-4 6-9' bytes=0-4,6-9
	asks 100 '6-9 0-4' bytes=6-9,0-4
	asks 100 '0-9 50-50' bytes=0-4,50-50,5-9
	asks 100 '50-50 0-9' bytes=50-50,5-9,0-4
}

@test "a range that fills a gap merges the ranges on both sides" {
	asks 100 0-29 bytes=0-9,20-29,10-19
	asks 100 '0-29 50-59' bytes=0-9,50-59,20-29,10-19
	asks 100 '90-90 0-50 70-70' bytes=90-90,0-9,70-70,20-29,40-50,5-45
}

@test "positions may exceed 4 GiB, up to the largest file" {
	asks 10000000000 5000000000-5000000009 bytes=5000000000-5000000009
	asks 10000000000 9999999999-9999999999 bytes=-1
	asks 9223372036854775807 9223372036854775806-9223372036854775806 \
		bytes=9223372036854775806- bytes=-1 \
		bytes=9223372036854775806-9223372036854775807
	asks 9223372036854775807 0-9223372036854775806 bytes=0-
	asks 9223372036854775807 -416 bytes=9223372036854775807-
	asks 9223372036854775807 '0-0 9223372036854775806-9223372036854775806' \
		bytes=0-0,-1
}

@test "32 ranges are answered, with 33 the whole file is sent" {
	asks 1000 "$(many 32 | sed 's/bytes=//; s/,/ /g')" "$(many 32)"
	asks 1000 whole "$(many 33)"
}

@test "merged ranges count as one" {
	asks 1000 0-127 "$(many 128 1)"
	asks 1000 whole "$(many 129 1)"
	asks 1000 0-0 "bytes=$(printf '0-0,%.0s' {1..128})"
}

@test "more than 128 ranges get the whole file, whatever they request" {
	asks 10 0-0 "bytes=$(printf '99-,%.0s' {1..127})0-0"
	asks 10 -416 "bytes=$(printf '99-,%.0s' {1..128})"
	asks 10 whole "bytes=$(printf '99-,%.0s' {1..128})0-0" \
		"bytes=$(printf '99-,%.0s' {1..129})"
}
