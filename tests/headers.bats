# -H, --max-age and --isolate: fields that the user sets.

load wire

setup() {
	serve_setup
	echo content >"$ROOT/file"
	echo page >"$ROOT/page.html"
	mkdir "$ROOT/folder"
}

# One response of each status.
every() {
	cat - <<-'EOF'
		every = {}
		for data in (get("/file"), get("/folder"), get("/absent"), get("/%"),
		        get("/file", "Range: bytes=0-1"), get("/file", "Range: bytes=99-"),
		        get("/file", "If-None-Match: *"), get("/file", 'If-Match: "x"'),
		        get("/file", method="POST"), get("/file", method="OPTIONS"),
		        get("/file", method="BREW"), get("/file", version="HTTP/2.0"),
		        get("/file", "Accept-Encoding: identity;q=0"), get("/", "Expect: x"),
		        get("/" + "a" * 9000), get("/", "X: " + "a" * 33000),
		        get().replace("localhost", "evil.example")):
		    answer = ask(data)
		    every[answer.status] = answer
		assert sorted(every) == [200, 204, 206, 301, 304, 400, 403, 404, 405, 406,
		    412, 414, 416, 417, 431, 501, 505], sorted(every)
	EOF
}

@test "-H is on every response, whatever its status" {
	serve_start -H 'X-One: 1' -H 'x-two:two, three' --header='X-Three:'
	{ every; cat <<-'EOF'; } | wire
		for answer in every.values():
		    assert answer["X-One"] == "1", answer
		    assert answer["x-two"] == "two, three"
	EOF
}

@test "a field that is given to -H twice is sent twice" {
	serve_start -H 'Set-Cookie: a=1' -H 'Set-Cookie: b=2'
	wire <<-'EOF'
		assert ask(get("/file")).all("Set-Cookie") == ["a=1", "b=2"]
	EOF
}

@test "-H replaces serve's own field of that name" {
	serve_start -H 'Cache-Control: no-transform' -H 'etag: "mine"' \
		-H 'Last-Modified: Thu, 01 Jan 1970 00:00:00 GMT' -H 'Vary: *' \
		-H 'X-Content-Type-Options: x' -H 'Accept-Ranges: none' \
		-H 'Content-Security-Policy: x' -H 'Server: mine' \
		-H 'Date: Thu, 01 Jan 1970 00:00:00 GMT'
	{ every; cat <<-'EOF'; } | wire
		every["listing"] = ask(get("/", "Accept: text/html"))
		every["page"] = ask(get("/absent", "Accept: text/html"))
		for answer in every.values():
		    assert answer["Cache-Control"] == "no-transform"
		    assert answer["ETag"] == '"mine"'
		    assert answer["Last-Modified"] == "Thu, 01 Jan 1970 00:00:00 GMT"
		    assert answer["Vary"] == "*"
		    assert answer["X-Content-Type-Options"] == "x"
		    assert answer["Accept-Ranges"] == "none"
		    assert answer["Content-Security-Policy"] == "x"
		    assert answer["Server"] == "mine"
		    assert answer["Date"] == "Thu, 01 Jan 1970 00:00:00 GMT"
	EOF
}

@test "-H replaces fields that only some responses have" {
	gzip -kf "$ROOT/page.html"
	serve_start -H 'Allow: x' -H 'Location: /x' -H 'Content-Encoding: x'
	wire <<-'EOF'
		for answer in (ask(get("/folder")),
		               ask(get("/page.html", "Accept-Encoding: gzip")),
		               ask(get("/").replace("GET", "POST")),
		               ask(get("/").replace("GET", "OPTIONS"))):
		    assert answer.all("Allow") == ["x"]
		    assert answer.all("Location") == ["/x"]
		    assert answer.all("Content-Encoding") == ["x"]
	EOF
}

@test "-H replaces the Location of / and of the URL with the key" {
	serve_start --base /b/ --key=k7q2m9xw -H 'Location: /x'
	wire <<-'EOF'
		for target in ("/?key=k7q2m9xw", "/b?key=k7q2m9xw"):
		    for fields in ([], ["Accept: text/html"]):
		        answer = ask(get(target, *fields))
		        assert answer.status in (301, 302, 303)
		        assert answer.all("Location") == ["/x"]
	EOF
	ROOT=$ROOT/file serve_start -H 'Location: /x'
	wire <<-'EOF'
		assert ask(get("/")).all("Location") == ["/x"]
	EOF
}

@test "-H Set-Cookie stands beside the cookie of --key" {
	serve_start --key=k7q2m9xw -H 'Set-Cookie: a=1'
	wire <<-'EOF'
		answer = ask(get("/?key=k7q2m9xw", "Accept: text/html"))
		assert answer.status == 303
		mine, own = answer.all("Set-Cookie")
		assert mine == "a=1" and own.startswith("serve-")
	EOF
}

@test "-H replaces the challenge of --key" {
	serve_start --key -H 'WWW-Authenticate: Mine realm="x"'
	wire <<-'EOF'
		for fields in ([], ["Accept: text/html"]):
		    answer = ask(get("/", *fields))
		    assert answer.status == 401
		    assert answer.all("WWW-Authenticate") == ['Mine realm="x"']
	EOF
}

@test "-H replaces the fields of --cors and --isolate" {
	serve_start --cors=http://localhost:3000 --isolate \
		-H 'Access-Control-Allow-Origin: *' -H 'Vary: X' \
		-H 'Access-Control-Expose-Headers: X' \
		-H 'Access-Control-Allow-Methods: X' \
		-H 'Access-Control-Allow-Headers: X' \
		-H 'Access-Control-Max-Age: 1' \
		-H 'Access-Control-Allow-Private-Network: X' \
		-H 'Cross-Origin-Opener-Policy: unsafe-none' \
		-H 'Cross-Origin-Embedder-Policy: credentialless'
	wire <<-'EOF'
		preflight = get("/file", "Origin: http://localhost:3000",
		                "Access-Control-Request-Method: GET",
		                "Access-Control-Request-Headers: Range",
		                "Access-Control-Request-Private-Network: true")
		for answer in (ask(get("/file")), ask(get("/")),
		               ask(preflight.replace("GET", "OPTIONS", 1))):
		    assert answer.all("Access-Control-Allow-Origin") == ["*"]
		    assert answer.all("Vary") == ["X"]
		    for name in ("Expose-Headers", "Allow-Methods", "Allow-Headers",
		                 "Allow-Private-Network"):
		        assert answer.all("Access-Control-" + name) == ["X"]
		    assert answer.all("Access-Control-Max-Age") == ["1"]
		    assert answer.all("Cross-Origin-Opener-Policy") \
		        == ["unsafe-none"]
		    assert answer.all("Cross-Origin-Embedder-Policy") \
		        == ["credentialless"]
	EOF
}

@test "a long origin of --cors is sent whole or refused" {
	origin=http://$(printf 'a%.0s' {1..490}).example
	run "$SERVE" --cors="http://$(printf 'a%.0s' {1..510})" "$ROOT" 3>&-
	[ "$status" = 2 ]
	serve_start --cors="$origin"
	[ "$(field_of access-control-allow-origin "${URL}file")" = "$origin" ]
}

@test "-H Content-Type applies only to files" {
	serve_start -H 'Content-Type: application/x-mine'
	wire <<-'EOF'
		mine = "application/x-mine"
		for target in ("/file", "/page.html", "/page"):
		    for fields in ([], ["Range: bytes=0-1"]):
		        assert ask(get(target, *fields))["Content-Type"] == mine
		assert ask(get("/", "Accept: text/html"))["Content-Type"] \
		    == "text/html; charset=utf-8"
		assert ask(get("/absent"))["Content-Type"] == "text/plain; charset=utf-8"
		parts = ask(get("/file", "Range: bytes=0-0,2-2"))
		assert parts["Content-Type"].startswith("multipart/byteranges")
		assert parts.body.count(b"Content-Type: application/x-mine\r\n") == 2
	EOF
}

@test "a Content-Type of -H may be long" {
	long="text/html; profile=\"$(printf '%0600d' 0)\""
	serve_start -H "Content-Type: $long"
	[ "$(field_of content-type "${URL}file")" = "$long" ]
	run curl -sS -r 0-0,2-2 "${URL}file"
	[ "$(grep -c "^Content-Type: text/html; profile" <<<"$output")" = 2 ]
}

@test "-H refuses fields that frame the message or control the connection" {
	for name in Connection Content-Length Transfer-Encoding Keep-Alive Upgrade \
		Trailer TE Content-Range transfer-ENCODING; do
		run "$SERVE" -p 0 -H "$name: x" "$ROOT" 3>&-
		[ "$status" = 2 ]
		[[ $output = "serve: header '$name' can only be set by serve, "* ]]
	done
}

@test "-H refuses a value with control characters, and a field without a name" {
	for header in $'X: a\nY: b' $'X: a\rb' $'X: \x01' $'X\n: y' 'X' ': y' 'X y: z' \
		'X : y' '' 'Ä: y'; do
		run "$SERVE" -p 0 -H "$header" "$ROOT" 3>&-
		[ "$status" = 2 ]
		[[ $output = "serve: bad header "* ]]
	done
	serve_start -H $'X: \xc3\xa4\tb'
	wire <<-'EOF'
		assert ask(get("/file"))["X"] == "\xc3\xa4\tb"
	EOF
}

@test "--max-age lets browsers keep files, but no other responses" {
	serve_start --max-age 3600
	{ every; cat <<-'EOF'; } | wire
		for status, answer in every.items():
		    kept = answer["Cache-Control"] == "max-age=3600"
		    assert kept == (status in (200, 206, 304)), answer
		assert ask(get("/"))["Cache-Control"] == "no-cache"
	EOF
}

@test "the site's 404.html is not cached as an error page, and has no validators then" {
	echo lost >"$ROOT/404.html"
	serve_start --max-age 3600
	wire <<-'EOF'
		answer = ask(get("/absent"))
		assert (answer.status, answer.body) == (404, b"lost\n")
		assert answer["Cache-Control"] == "no-cache"
		assert answer["Last-Modified"] is answer["ETag"] is None
		assert answer["Accept-Ranges"] is None
		assert ask(get("/absent", "Range: bytes=0-1")).status == 404
		assert ask(get("/absent", "If-None-Match: *")).status == 404
		assert ask(get("/404.html"))["Cache-Control"] == "max-age=3600"
	EOF
}

@test "browsers revalidate the redirect of a folder each time, whatever --max-age is" {
	serve_start --max-age 3600
	[ "$(status_of "${URL}folder")" = 301 ]
	[ "$(field_of cache-control "${URL}folder")" = no-cache ]
}

@test "--max-age 0 sends max-age=0" {
	serve_start --max-age 0
	[ "$(field_of cache-control "${URL}file")" = "max-age=0" ]
}

@test "without --max-age browsers revalidate files each time" {
	serve_start
	[ "$(field_of cache-control "${URL}file")" = "no-cache" ]
}

@test "--isolate sends its fields on every response" {
	serve_start --isolate
	{ every; cat <<-'EOF'; } | wire
		for answer in every.values():
		    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
		    assert answer["Cross-Origin-Embedder-Policy"] == "require-corp"
	EOF
	serve_start
	[ -z "$(field_of cross-origin-opener-policy "${URL}file")" ]
}

@test "--isolate gives a page in Chromium its SharedArrayBuffer" {
	need chromium
	serve_start --isolate
	echo '<p id=p></p><script>p.append("isolated: " + crossOriginIsolated)</script>' \
		>"$ROOT/page.html"
	run -0 chromium --headless --no-sandbox --disable-gpu \
		--user-data-dir="$BATS_TEST_TMPDIR/profile" --dump-dom "${URL}page.html"
	[[ $output = *'isolated: true'* ]]
}
