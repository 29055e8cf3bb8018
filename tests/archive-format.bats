# The bytes of zip and tar files, one part at a time.

load helper

# HEX WHAT...: the driver answers this for the name on stdin.
gives() {
	local got

	got=$("$DRIVER" "${@:2}" | od -An -v -tx1 | tr -d ' \n')
	[ "$got" = "${1//[ $'\n'$'\t']/}" ] || fail "${*:2}: $got"
}

# PYTHON: run it with these functions, which return what the driver makes:
# zip(PART, NAME, size=..., ...) and end(COUNT, AT, SIZE).
python() {
	python3 - "$DRIVER" "$1" <<-'EOF'
		import io, subprocess, sys, tarfile, textwrap, zipfile

		def driver(name, *args):
		    return subprocess.run([sys.argv[1], *map(str, args)],
		        input=name, capture_output=True, check=True).stdout

		def zip(part, name, size=0, offset=0, crc=0, mode=0o644,
		        mtime=1700000000, zone=0, follows=0):
		    return driver(name, "zip", part, size, offset, crc, mode,
		        mtime, zone, follows)

		def end(*args):
		    return driver(b"", "zip", "end", *args)

		def tar(kind, name, size=0, mode=0o644, mtime=0, *target):
		    return driver(name, "tar", kind, size, mode, mtime, *target)

		exec(textwrap.dedent(sys.argv[2]))
	EOF
}

@test "the CRC-32 of the standard's test input and of no input" {
	[ "$(printf 123456789 | "$DRIVER" crc32)" = cbf43926 ]
	[ "$("$DRIVER" crc32 </dev/null)" = 00000000 ]
}

@test "the CRC-32 does not depend on the algorithm used or on how the input is split" {
	python '
		import random, zlib
		random.seed(1)
		for n in list(range(160)) + [255, 1000, 4097]:
		    text = random.randbytes(n)
		    got = driver(text, "crc32")
		    assert got == b"%08x\n" % zlib.crc32(text), (n, got)'
}

@test "the local header of a stored file has its sizes and CRC" {
	printf 'a/b.txt' | gives '504b0304 1400 0008 0000 aab1 6e57 78563412
		05000000 05000000 0700 0900 612f622e747874
		5554 0500 01 00f15365' zip local 5 0 0x12345678 0644 1700000000 0 0
}

@test "a header without a CRC has zeros and a flag: the CRC follows the data" {
	printf a | gives '504b0304 1400 0808 0000 aab1 6e57 00000000
		00000000 00000000 0100 0900 61
		5554 0500 01 00f15365' zip local 5 0 0x12345678 0644 1700000000 0 1
	printf a | gives '504b0708 78563412 05000000 05000000' \
		zip descriptor 5 0 0x12345678 0644 1700000000 0 1
}

@test "a name that ends with a slash gets the attributes of a folder" {
	printf 'a/' | gives '504b0102 2d03 1400 0008 0000 aab1 6e57 00000000
		00000000 00000000 0200 0900 0000 0000 0000 1000ed41 63000000 612f
		5554 0500 01 00f15365' zip central 0 99 0 0755 1700000000 0 0
}

@test "a name that is not UTF-8 stays unchanged, without the UTF-8 flag" {
	printf '\xff' | gives '504b0304 1400 0000 0000 aab1 6e57 00000000
		00000000 00000000 0100 0900 ff
		5554 0500 01 00f15365' zip local 0 0 0 0644 1700000000 0 0
}

@test "the DOS time is local time, limited to the years 1980 to 2107" {
	python '
		import struct
		def dos(mtime, zone=0):
		    t, d = struct.unpack_from("<HH", zip("local", b"a", mtime=mtime, zone=zone), 10)
		    return (d >> 9) + 1980, d >> 5 & 15, d & 31, t >> 11, t >> 5 & 63, t % 32 * 2
		assert dos(1700000000) == (2023, 11, 14, 22, 13, 20)
		assert dos(1700000000, 7200) == (2023, 11, 15, 0, 13, 20)
		assert dos(315532800) == (1980, 1, 1, 0, 0, 0)
		assert dos(315532799) == (1980, 1, 1, 0, 0, 0)
		assert dos(-62135510400) == (1980, 1, 1, 0, 0, 0)
		assert dos(4354819199) == (2107, 12, 31, 23, 59, 58)
		assert dos(4354819200) == (2107, 12, 31, 23, 59, 58)
		assert dos(253402214400) == (2107, 12, 31, 23, 59, 58)'
}

@test "a time before 1970 or beyond 32 bits has no timestamp field" {
	python '
		assert b"UT" in zip("local", b"a", mtime=2**31 - 1)
		assert b"UT" not in zip("local", b"a", mtime=2**31)
		assert b"UT" in zip("central", b"a", mtime=0)
		assert b"UT" not in zip("central", b"a", mtime=-1)'
}

# The header also tells readers that the descriptor has 64-bit sizes.
@test "a file of 4 GiB less one byte has zip64 fields" {
	printf a | gives '504b0304 1400 0808 0000 aab1 6e57 00000000
		00000000 00000000 0100 0900 61
		5554 0500 01 00f15365' \
		zip local 0xfffffffe 0 0 0644 1700000000 0 1
	printf a | gives '504b0304 2d00 0808 0000 aab1 6e57 00000000
		ffffffff ffffffff 0100 1d00 61
		5554 0500 01 00f15365 0100 1000
		0000000000000000 0000000000000000' \
		zip local 0xffffffff 0 0 0644 1700000000 0 1
	printf a | gives '504b0708 00000000 ffffffff00000000 ffffffff00000000' \
		zip descriptor 0xffffffff 0 0 0644 1700000000 0 1
}

@test "the central directory has 64-bit fields only for values that need them" {
	python '
		def extra(size, offset):
		    entry = zip("central", b"", size=size, offset=offset)
		    return entry[46 + 9:].hex(), entry[20:28].hex(), entry[42:46].hex()
		assert extra(1, 2) == ("", "0100000001000000", "02000000")
		assert extra(1, 2**32) == ("0100080000000000" "01000000", "0100000001000000", "ffffffff")
		assert extra(2**33, 2) == ("01001000" + "0000000002000000" * 2, "f" * 16, "02000000")
		assert extra(2**33, 2**33) == ("01001800" + "0000000002000000" * 3, "f" * 16, "ffffffff")'
}

@test "the end record is zip64 only if a value needs it" {
	gives '504b0506 0000 0000 fe00 fe00 11000000 22000000 0000' \
		zip end 254 0x22 0x11 </dev/null
	gives '504b0606 2c00000000000000 2d03 2d00 00000000 00000000
		ffff000000000000 ffff000000000000 1100000000000000 2200000000000000
		504b0607 00000000 3300000000000000 01000000
		504b0506 0000 0000 ffff ffff 11000000 22000000 0000' \
		zip end 65535 0x22 0x11 </dev/null
	python '
		assert len(end(65534, 0xfffffffe, 0xfffffffe)) == 22
		assert len(end(65535, 0, 0)) == len(end(1, 0xffffffff, 0)) == len(end(1, 0, 0xffffffff)) == 98'
}

@test "Python reads a zip file with 70,000 entries" {
	python '
		local = zip("local", b"00000")
		central = zip("central", b"00000", offset=0)
		at = central.index(b"00000")
		name = lambda part, n, at: part[:at] + b"%05d" % n + part[at + 5:]
		body, table = [], []
		for n in range(70000):
		    body.append(name(local, n, 30))
		    entry = name(central, n, at)
		    table.append(entry[:42] + (n * len(local)).to_bytes(4, "little") + entry[46:])
		body, table = b"".join(body), b"".join(table)
		z = zipfile.ZipFile(io.BytesIO(body + table + end(70000, len(body), len(table))))
		assert z.testzip() is None
		assert len(z.infolist()) == 70000 and z.read("69999") == b""'
}

@test "a tar header is plain ustar if that can hold all values" {
	python '
		h = tar("file", b"a/b.txt", 5, 0o640, 1700000000)
		assert len(h) == 512
		assert h[:100].rstrip(b"\0") == b"a/b.txt"
		assert h[100:108] == b"0000640\0" and h[124:136] == b"00000000005\0"
		assert h[136:148] == b"14524770400\0" and h[156:157] == b"0"
		assert h[257:265] == b"ustar\x0000"
		# The checksum has a digit less than its field has room for.
		assert h[154:156] == b"\x00 "
		m = tarfile.TarInfo.frombuf(h, "utf-8", "strict")
		assert m.name == "a/b.txt" and m.size == 5'
}

@test "folders and links have no data after their headers" {
	python '
		f = tarfile.TarInfo.frombuf(tar("folder", b"a/", 7, 0o755), "utf-8", "strict")
		assert f.isdir() and f.size == 0 and f.name == "a" and f.mode == 0o755
		l = tarfile.TarInfo.frombuf(tar("link", b"l", 7, 0o777, 0, "../to"), "utf-8", "strict")
		assert l.issym() and l.size == 0 and l.linkname == "../to"'
}

@test "a long name, a large file or an unusual time gets an extended header" {
	python '
		def extended(*args):
		    h = tar(*args)
		    assert h[156:157] == b"x", h[:160]
		    assert len(h) == 1536
		    t = tarfile.open(fileobj=io.BytesIO(h + bytes(10240)))
		    return t.next(), t
		m, t = extended("file", b"x" * 101)
		assert m.name == "x" * 101 and list(m.pax_headers) == ["path"]
		assert len(tar("file", b"x" * 100)) == 512
		m, t = extended("file", b"a", 2**33)
		assert m.size == 2**33 and list(m.pax_headers) == ["size"]
		assert len(tar("file", b"a", 2**33 - 1)) == 512
		m, t = extended("file", b"a", 0, 0, -5)
		assert m.mtime == -5 and list(m.pax_headers) == ["mtime"]
		m, t = extended("file", b"a", 0, 0, 2**33)
		assert m.mtime == 2**33
		m, t = extended("link", b"a", 0, 0, 0, "y" * 101)
		assert m.linkname == "y" * 101 and list(m.pax_headers) == ["linkpath"]'
}

@test "a name beyond ASCII is UTF-8 in an extended header, or marked as binary" {
	python '
		def member(name, *rest):
		    return tarfile.open(fileobj=io.BytesIO(tar("file", name, *rest) + bytes(10240)),
		        encoding="utf-8", errors="surrogateescape").next()
		m = member("日本/é".encode())
		assert m.name == "日本/é" and list(m.pax_headers) == ["path"]
		m = member(b"\xff\xfe\n=")
		assert m.name == "\udcff\udcfe\n=" and list(m.pax_headers) == ["hdrcharset", "path"]'
}

@test "the length of a record includes its own digits" {
	python '
		import re
		for n in list(range(101, 130)) + list(range(980, 1000)) + list(range(3000, 3005)):
		    h = tar("file", b"n" * n)
		    size = int(h[124:135], 8)
		    record = h[512:512 + size]
		    assert int(re.match(rb"(\d+) path=n+\n\Z", record)[1]) == size, n
		    assert not h[512 + size:-512].strip(b"\0")'
}

@test "files are padded to whole blocks, and two empty blocks end the archive" {
	python '
		for n, padding in (0, 0), (1, 511), (511, 1), (512, 0), (513, 511):
		    assert driver(b"", "tar", "padding", n) == bytes(padding)
		assert driver(b"", "tar", "end") == bytes(1024)'
}

# NAME VALUE: Content-Disposition has this value for a zip file of this name
is_saved_as() {
	local got

	got=$(printf %b "$1" | "$DRIVER" disposition .zip)
	[ "$got" = "attachment; $2" ] || fail "$1: $got"
}

@test "RFC 6266: a plain name has only the form filename=" {
	is_saved_as photos 'filename="photos.zip"'
	is_saved_as "it's (1) [2], a;b & c=d" "filename=\"it's (1) [2], a;b & c=d.zip\""
	is_saved_as '' 'filename=".zip"'
}

@test "RFC 6266: any other name has an ASCII form and one in UTF-8" {
	is_saved_as 'é日' "filename=\"__.zip\"; filename*=UTF-8''%C3%A9%E6%97%A5.zip"
	is_saved_as '100%25' "filename=\"100_25.zip\"; filename*=UTF-8''100%2525.zip"
	is_saved_as '\xff' "filename=\"_.zip\"; filename*=UTF-8''_.zip"
}

@test "no name can end the quoted string or the field, or leave the download folder" {
	is_saved_as 'a"b\\c' "filename=\"a_b_c.zip\"; filename*=UTF-8''a_b_c.zip"
	is_saved_as 'a\r\nb' "filename=\"a__b.zip\"; filename*=UTF-8''a__b.zip"
	is_saved_as 'C:x*?' "filename=\"C_x__.zip\"; filename*=UTF-8''C_x__.zip"
}

@test "a long name is cut between two characters" {
	name=$(printf 'é%.0s' {1..127})
	value=$(printf %s "$name" | "$DRIVER" disposition .zip)
	[ "${value##*\'}" = "$(printf '%%C3%%A9%.0s' {1..100}).zip" ]
	is_saved_as "a$name" "filename=\"a$(printf '_%.0s' {1..99}).zip\"; filename*=UTF-8''a$(
		printf '%%C3%%A9%.0s' {1..99}).zip"
}

# QUERY VALUE: of the parameter "archive"
has_value() {
	local got

	got=$(printf %s "$1" | "$DRIVER" query archive)
	[ "$got" = "$2" ] || fail "$1: $got"
}

@test "the first parameter of a name counts, whatever other parameters there are" {
	has_value '?archive=zip' zip
	has_value '?a=b&archive=zip&archive=tar' zip
	has_value '?&&archive=tar&' tar
	has_value '?archive&archive=tar' tar
	for query in '' '?' '?archive' '?archive=' '?archives=zip' '?xarchive=zip' \
		'?x=archive=zip' '?Archive=zip'; do
		has_value "$query" ''
	done
}
