# Conditional requests: RFC 9110 section 13.

load wire

setup() {
	serve_setup
	echo content >"$ROOT/file"
	touch -d '2020-02-02 02:02:02 UTC' "$ROOT/file"
	cat >"$BATS_TEST_TMPDIR/names.py" <<-'EOF'
		before = "Sun, 02 Feb 2020 02:02:01 GMT"
		at = "Sun, 02 Feb 2020 02:02:02 GMT"
		after = "Sun, 02 Feb 2020 02:02:03 GMT"
		client = Client()
		etag = client.ask(get("/file"))["ETag"]

		def check(status, *fields, target="/file"):
		    for method in ("GET", "HEAD"):
		        answer = client.ask(get(target, *fields, method=method), method)
		        assert answer.status == status, (fields, answer)
		    return client.ask(get(target, *fields))
	EOF
}

# Python with these names.
conditions() {
	cat "$BATS_TEST_TMPDIR/names.py" - | wire
}

@test "13.1.2 If-None-Match: the tag of the file gets 304, another tag 200" {
	serve_start
	conditions <<-'EOF'
		assert re.fullmatch(r'"[!#-~]+"', etag)
		for tags in (etag, "W/" + etag, f'"x", {etag}', f'{etag},"x"', "*",
		        f' ,, W/"x" , {etag} ,'):
		    check(304, "If-None-Match: " + tags)
		check(304, 'If-None-Match: "x"', "If-None-Match: " + etag)
		for tags in ('"x"', 'W/"x"', etag.strip('"'), etag + "x", "", '"*"',
		        etag.replace('"', "'"), etag[:-1], etag.upper() + " x"):
		    check(200, "If-None-Match: " + tags)
	EOF
}

@test "13.1.1 If-Match: another tag, or a weak one, gets 412" {
	serve_start
	conditions <<-'EOF'
		for tags in (etag, "*", f'"x", {etag}'):
		    check(200, "If-Match: " + tags)
		for tags in ('"x"', "W/" + etag, etag.strip('"'), ""):
		    check(412, "If-Match: " + tags)
		# For a missing file not even * matches.
		check(404, "If-Match: *", target="/absent")
	EOF
}

@test "13.1.3 If-Modified-Since: a file that was not modified gets 304" {
	serve_start
	conditions <<-'EOF'
		for date in (at, after, "Sunday, 02-Feb-20 02:02:02 GMT",
		        "Sun Feb  2 02:02:02 2020", "Fri, 31 Dec 9999 23:59:59 GMT"):
		    check(304, "If-Modified-Since: " + date)
		for date in (before, "Sunday, 02-Feb-20 02:02:01 GMT",
		        "Sun Feb  2 02:02:01 2020", "yesterday", "", "0", after + " x",
		        after.replace("GMT", "CET"), after.replace("03", "99"),
		        "2020-02-02T02:02:03Z", "1600000000", "Sun, 30 Feb 2020 02:02:03 GMT"):
		    check(200, "If-Modified-Since: " + date)
		# two dates in one field are ignored
		check(200, "If-Modified-Since: " + before, "If-Modified-Since: " + after)
	EOF
}

@test "13.1.4 If-Unmodified-Since: a file that was modified gets 412" {
	serve_start
	conditions <<-'EOF'
		for date in (at, after, "yesterday", ""):
		    check(200, "If-Unmodified-Since: " + date)
		check(412, "If-Unmodified-Since: " + before)
	EOF
}

@test "13.2.2 preconditions are evaluated in the order of the RFC" {
	serve_start
	conditions <<-'EOF'
		match, no_match = "If-Match: " + etag, 'If-Match: "x"'
		none, no_none = 'If-None-Match: "x"', "If-None-Match: " + etag
		new, old = "If-Modified-Since: " + before, "If-Modified-Since: " + at
		kept, lost = "If-Unmodified-Since: " + at, "If-Unmodified-Since: " + before
		check(200, match, lost)         # 1 goes before 2
		check(412, no_match, kept)
		check(412, no_match, no_none)   # 1 before 3
		check(412, lost, no_none)       # 2 before 3
		check(412, lost, old)           # 2 before 4
		check(304, match, no_none)      # 3 after 1
		check(304, kept, no_none)       # 3 after 2
		check(200, none, old)           # 3 before 4
		check(304, no_none, new)
		check(304, match, old)          # 4 after 1
		check(200, match, new)
		check(304, match, kept, no_none, new)
		check(200, match, kept, none, old)
	EOF
}

@test "13.2.1 preconditions apply only if the response would be 200" {
	mkdir "$ROOT/folder"
	serve_start
	conditions <<-'EOF'
		for field in ('If-Match: "x"', "If-None-Match: *",
		        "If-Modified-Since: " + after, "If-Unmodified-Since: " + before):
		    check(404, field, target="/absent")
		    check(301, field, target="/folder")
		    check(400, field, target="/%")
		    for method, status in (("POST", 405), ("OPTIONS", 204), ("X", 501)):
		        assert client.ask(get("/file", field, method=method)).status == status
	EOF
}

@test "13.1 a listing, which has no tag, matches only \"*\"" {
	mkdir "$ROOT/folder"
	serve_start
	conditions <<-'EOF'
		check(412, 'If-Match: "x"', target="/folder/")
		check(200, "If-Match: *", target="/folder/")
		check(200, 'If-None-Match: "x"', target="/folder/")
		answer = check(304, "If-None-Match: *", target="/folder/")
		full = client.ask(get("/folder/"))
		for name in "Vary", "Cache-Control":
		    assert answer[name] == full[name] != None, name
		# It has no date either, so these are ignored.
		check(200, "If-Modified-Since: " + after, target="/folder/")
		check(200, "If-Unmodified-Since: " + before, target="/folder/")
	EOF
}

@test "15.4.5 a 304 has the caching fields of a 200, and no fields about the content" {
	echo page >"$ROOT/page.html"
	serve_start --max-age 60 -H 'X-More: 1'
	conditions <<-'EOF'
		for target, *fields in (["/file"], ["/page.html"],
		        ["/file", "Accept-Encoding: gzip"]):
		    full = client.ask(get(target, *fields))
		    answer = client.ask(get(target, "If-None-Match: *", *fields))
		    assert answer.status == 304
		    for name in ("ETag", "Vary", "Cache-Control", "X-More"):
		        assert answer[name] == full[name] != None, name
		    assert answer["Date"]
		    for name in ("Content-Length", "Content-Type", "Content-Encoding",
		            "Content-Range", "Transfer-Encoding", "Last-Modified",
		            "X-Content-Type-Options"):
		        assert answer[name] is None, name
	EOF
}

@test "13.1.5 If-Range: a range if the file is unchanged, else the whole file" {
	serve_start
	conditions <<-'EOF'
		part = "Range: bytes=0-1"
		def get_part(*fields):
		    return client.ask(get("/file", part, *fields)).status
		for same in (etag, at, "Sunday, 02-Feb-20 02:02:02 GMT"):
		    assert get_part("If-Range: " + same) == 206, same
		for other in ('"x"', "W/" + etag, before, after, "x", "", "*",
		        etag + ", " + etag, etag.strip('"')):
		    assert get_part("If-Range: " + other) == 200, other
		# The other preconditions are evaluated first, as always.
		assert get_part("If-Range: " + etag, "If-None-Match: *") == 304
		assert get_part("If-Range: " + etag, 'If-Match: "x"') == 412
		# An unsatisfiable range of another file is ignored.
		data = get("/file", "Range: bytes=99-", 'If-Range: "x"')
		assert client.ask(data).status == 200
	EOF
}

@test "8.8.2.2 a date of the current second is not a strong validator" {
	serve_start
	conditions <<-'EOF'
		def ask_date():
		    return client.ask(get("/new"))["Last-Modified"]
		def in_one_second():
		    global part
		    write("new", "content")
		    until(ask_date)     # with coarse times the date appears later
		    date = ask_date()
		    part = client.ask(get("/new", "Range: bytes=0-1", f"If-Range: {date}"))
		    return date == part["Date"]
		until(in_one_second)
		assert part.status == 200
	EOF
}

@test "the tag depends on the content, not on the connection" {
	serve_start -j 2
	conditions <<-'EOF'
		for i in range(8):
		    assert ask(get("/file"))["ETag"] == etag
		write("file", "changed")
		os.utime(os.path.join(ROOT, "file"), (1580608922, 1580608922))
		assert ask(get("/file"))["ETag"] != etag
	EOF
}

@test "Last-Modified can be the last second before 1970" {
	touch -d @-1 "$ROOT/file"
	serve_start
	at='Wed, 31 Dec 1969 23:59:59 GMT'
	[ "$(field_of last-modified "${URL}file")" = "$at" ]
	[ "$(status_of -H "If-Modified-Since: $at" "${URL}file")" = 304 ]
}
