# Precompressed siblings and Accept-Encoding: RFC 9110 section 12.5.3.

load wire

# FILE: make it and its three siblings, each with its own content
siblings() {
	echo "plain" >"$ROOT/$1"
	for coding in br zst gz; do
		echo "$coding" >"$ROOT/$1.$coding"
	done
	touch -d '2020-01-01' "$ROOT/$1"*
}

# Python with a function that tells which form a response came from
codings() {
	cat - <<-'EOF'
		names = {"br": "br", "zst": "zstd", "gz": "gzip", "plain": None}
		client = Client()

		def chosen(value, target="/file.txt", *more):
		    fields = [] if value is None else ["Accept-Encoding: " + value]
		    answer = client.ask(get(target, *fields, *more))
		    assert "Accept-Encoding" in answer.all("Vary"), answer
		    if answer.status != 200:
		        return answer.status
		    name = answer.body.decode().strip()
		    assert answer["Content-Encoding"] == names[name], (value, answer)
		    assert answer["Content-Type"] == "text/plain; charset=utf-8"
		    return name
	EOF
}

@test "the compressed sibling that the client prefers is sent" {
	siblings file.txt
	serve_start
	{ codings; cat <<-'EOF'; } | wire
		for value, expected in ((None, "plain"), ("", "plain"), ("gzip", "gz"),
		        ("br", "br"), ("zstd", "zst"), ("x-gzip", "gz"), ("GZIP", "gz"),
		        ("gzip, deflate, br, zstd", "br"), ("gzip, deflate", "gz"),
		        ("gzip, zstd", "zst"), ("deflate", "plain"), ("identity", "plain"),
		        ("br;q=0.1, gzip;q=0.9", "gz"), ("gzip;q=0.5, br;q=0.6", "br"),
		        ("gzip;q=0", "plain"), ("gzip;q=0.001", "gz"), ("br;q=0, gzip", "gz"),
		        ("gzip;q=0.5, identity;q=0.9", "plain"),
		        ("gzip;q=0.9, identity;q=0.5", "gz"),
		        ("gzip ; q=1.000 , br ; q=0.999", "gz"), (",gzip,,", "gz"),
		        ("gzip;Q=0.5", "gz"), ("*;q=0, gzip", "gz")):
		    assert chosen(value) == expected, value
	EOF
}

@test "Accept-Encoding counts for its own request only" {
	siblings file.txt
	serve_start -j 1
	{ codings; cat <<-'EOF'; } | wire
		long = "br;q=0.1, zstd;q=0.2, gzip" + ", deflate" * 10
		for value, expected in (("gzip", "gz"), ("zstd", "zst"), (None, "plain"),
		        ("zstd", "zst"), (long, "gz"), ("zstd", "zst"), ("", "plain"),
		        ("zst", "plain"), ("identity;q=0, *;q=0", 406), ("zstd", "zst")):
		    assert chosen(value) == expected, value
	EOF
}

@test "a wildcard does not select a coding" {
	siblings file.txt
	serve_start
	{ codings; cat <<-'EOF'; } | wire
		for value in ("*", "*;q=1", "*;q=0.5", "deflate, *;q=0.1"):
		    assert chosen(value) == "plain", value
	EOF
}

@test "a request that accepts no available coding gets 406" {
	siblings file.txt
	echo plain >"$ROOT/alone.txt"
	serve_start
	{ codings; cat <<-'EOF'; } | wire
		for value in ("identity;q=0", "*;q=0", "identity;q=0, deflate",
		        "identity;q=0.000", "deflate, *;q=0", "gzip;q=0, identity;q=0"):
		    assert client.ask(get("/file.txt", "Accept-Encoding: " + value)).status \
		        == 406, value
		for value, status in (("gzip, identity;q=0", 406), ("identity;q=0.1", 200),
		        ("*;q=0, identity", 200), ("*;q=0, identity;q=0.1", 200)):
		    answer = client.ask(get("/alone.txt", "Accept-Encoding: " + value))
		    assert answer.status == status, value
		assert chosen("gzip, identity;q=0") == "gz"
		assert chosen("gzip, *;q=0") == "gz"
	EOF
}

@test "a sibling older than its file is ignored, one of the same second is sent" {
	siblings file.txt
	touch -d '2020-01-01 00:00:00.9' "$ROOT/file.txt"
	touch -d '2020-01-01 00:00:00.1' "$ROOT/file.txt.gz"
	touch -d '2019-12-31 23:59:59.9' "$ROOT/file.txt.br"
	serve_start
	{ codings; cat <<-'EOF'; } | wire
		assert chosen("gzip, br") == "gz"
		os.utime(os.path.join(ROOT, "file.txt"))
		assert chosen("gzip, br") == "plain"
		os.utime(os.path.join(ROOT, "file.txt.br"))
		assert chosen("gzip, br") == "br"
	EOF
}

@test "a sibling can be requested by its own name, like any file" {
	siblings file.txt
	serve_start
	wire <<-'EOF'
		answer = ask(get("/file.txt.gz", "Accept-Encoding: gzip"))
		assert answer.body == b"gz\n"
		assert answer["Content-Encoding"] is None
		assert answer["Content-Type"] == "application/gzip"
		write("file.txt.gz.gz", "twice")
		answer = ask(get("/file.txt.gz", "Accept-Encoding: gzip"))
		assert (answer.body, answer["Content-Encoding"]) == (b"twice", "gzip")
	EOF
}

@test "a sibling without its file is not sent" {
	echo gz >"$ROOT/file.txt.gz"
	serve_start
	[ "$(status_of -H 'Accept-Encoding: gzip' "${URL}file.txt")" = 404 ]
}

@test "a sibling is sent only if it is a regular, readable file" {
	siblings file.txt
	rm "$ROOT/file.txt."*
	mkdir "$ROOT/file.txt.br"
	mkfifo "$ROOT/file.txt.zst"
	echo gz >"$ROOT/file.txt.gz"
	chmod 0 "$ROOT/file.txt.gz"
	serve_as_user
	serve_start
	{ codings; cat <<-'EOF'; } | wire
		assert chosen("br, zstd, gzip") == "plain"
	EOF
}

@test "index.html, .html pages and 404.html may have siblings" {
	mkdir "$ROOT/folder"
	for file in folder/index.html page.html 404.html; do
		echo plain >"$ROOT/$file"
		echo gz >"$ROOT/$file.gz"
	done
	serve_start
	wire <<-'EOF'
		gzip = "Accept-Encoding: gzip"
		for target, status in (("/folder/", 200), ("/page", 200), ("/absent", 404)):
		    answer = ask(get(target, gzip))
		    assert (answer.status, answer.body) == (status, b"gz\n"), target
		    assert answer["Content-Encoding"] == "gzip"
		    assert answer["Content-Type"].startswith("text/html")
		    assert "Accept-Encoding" in answer.all("Vary")
		    assert ask(get(target)).body == b"plain\n"
	EOF
}

@test "each form has its own tag, and all responses of a file have Vary" {
	siblings file.txt
	serve_start
	wire <<-'EOF'
		client = Client()
		tags = {}
		for value in ("identity", "gzip", "br", "zstd"):
		    accept = "Accept-Encoding: " + value
		    tags[value] = client.ask(get("/file.txt", accept))["ETag"]
		assert len(set(tags.values())) == 4
		for value in tags:
		    for other in tags:
		        answer = client.ask(get("/file.txt", "Accept-Encoding: " + value,
		            "If-None-Match: " + tags[other]))
		        assert answer.status == (304 if value == other else 200)
		        assert answer["Vary"] == "Accept-Encoding"
		answer = client.ask(get("/file.txt", "Range: bytes=0-1"))
		assert answer["Vary"] == "Accept-Encoding"
		for status, field in ((406, "Accept-Encoding: *;q=0"),
		        (412, 'If-Match: "x"'), (416, "Range: bytes=99-")):
		    answer = client.ask(get("/file.txt", field))
		    assert answer.status == status
		    assert answer.all("Vary") == ["Accept", "Accept-Encoding"]
	EOF
}

@test "a sibling may be a link inside the root, but not a link out of it" {
	siblings file.txt
	rm "$ROOT/file.txt."*
	echo gz >"$ROOT/other"
	echo br >"$BATS_TEST_TMPDIR/outside"
	ln -s other "$ROOT/file.txt.gz"
	ln -s "$BATS_TEST_TMPDIR/outside" "$ROOT/file.txt.br"
	serve_start
	{ codings; cat <<-'EOF'; } | wire
		assert chosen("br, gzip") == "gz"
	EOF
}

@test "listings and serve's own pages are not compressed" {
	serve_start
	wire <<-'EOF'
		for target in ("/", "/absent"):
		    answer = ask(get(target, "Accept-Encoding: gzip, br"))
		    assert answer["Content-Encoding"] is None
		    assert "Accept" in answer.all("Vary")
	EOF
}
