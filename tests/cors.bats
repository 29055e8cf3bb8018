# --cors: what scripts of other origins may read (WHATWG Fetch standard).

load wire

setup() {
	serve_setup
	echo content >"$ROOT/file"
	cat >"$BATS_TEST_TMPDIR/names.py" <<-'EOF'
		origin = "Origin: http://app.example"

		def preflight(*fields, target="/file"):
		    return ask(get(target, origin, "Access-Control-Request-Method: GET",
		        *fields, method="OPTIONS"))

		def allowed(answer):
		    return answer["Access-Control-Allow-Origin"]
	EOF
}

cors() {
	cat "$BATS_TEST_TMPDIR/names.py" - | wire
}

every=('get("/file")' 'get("/")' 'get("/absent")' 'get("/%")'
	'get("/file", "Range: bytes=0-1")' 'get("/file", "Range: bytes=99-")'
	'get("/file", "If-None-Match: *")' 'get("/file", method="POST")'
	'get("/file", method="OPTIONS")' '"bad\r\n\r\n"' 'get("/", "Expect: x")'
	'get().replace("localhost", "evil.example")')
printf -v every '%s, ' "${every[@]}"

@test "without --cors no CORS field is sent" {
	serve_start
	cors <<-EOF
		for data in [$every]:
		    for name, _ in ask(data).fields:
		        assert not name.startswith("access-control")
		answer = preflight()
		assert (answer.status, allowed(answer)) == (403, None)
	EOF
}

@test "--cors is on every response, whatever its status" {
	serve_start --cors
	cors <<-EOF
		seen = set()
		for data in [$every]:
		    answer = ask(data)
		    assert allowed(answer) == "*", answer
		    assert "Content-Range" in answer["Access-Control-Expose-Headers"]
		    assert "Origin" not in answer.all("Vary")
		    seen.add(answer.status)
		assert seen == {200, 204, 206, 304, 400, 403, 404, 405, 416, 417}, seen
	EOF
}

@test "a preflight gets 204, the methods, and the field names that it asked for" {
	serve_start --cors
	cors <<-'EOF'
		for target in ("/file", "/absent", "/"):
		    answer = preflight("Access-Control-Request-Headers: range,x-other",
		        target=target)
		    assert (answer.status, allowed(answer)) == (204, "*")
		    assert answer["Access-Control-Allow-Methods"] == "GET, HEAD, OPTIONS"
		    assert answer["Access-Control-Allow-Headers"] == "range,x-other"
		    assert int(answer["Access-Control-Max-Age"]) > 0
		    assert answer["Content-Length"] is None
		assert preflight()["Access-Control-Allow-Headers"] is None
	EOF
}

@test "a preflight response repeats only valid field names" {
	serve_start --cors
	cors <<-'EOF'
		for bad in ("a b", "a:b", "a,b c", "<b>", "a;b", "\"a\"", "a\tb", "\xe4"):
		    answer = preflight("Access-Control-Request-Headers: " + bad)
		    assert answer.status == 204
		    assert answer["Access-Control-Allow-Headers"] is None, bad
	EOF
}

@test "only OPTIONS with an Origin and a requested method is a preflight" {
	serve_start --cors
	cors <<-'EOF'
		method = "Access-Control-Request-Method: GET"
		for fields in ([origin], [method], []):
		    answer = ask(get("/file", *fields, method="OPTIONS"))
		    assert answer["Access-Control-Allow-Methods"] is None
		    assert answer["Allow"] == "GET, HEAD, OPTIONS"
		answer = ask(get("/file", origin, method))
		assert (answer.status, answer.body) == (200, b"content\n")
		assert answer["Access-Control-Allow-Methods"] is None
	EOF
}

@test "--cors=ORIGIN allows only that origin, and every response varies by Origin" {
	serve_start --cors=http://app.example
	cors <<-EOF
		for data in [$every]:
		    answer = ask(data)
		    assert allowed(answer) == "http://app.example"
		    assert "Origin" in answer.all("Vary")
		assert allowed(ask(get("/file", "Origin: http://evil.example"))) == \
		    "http://app.example"
	EOF
}

@test "private network access is allowed to a preflight that asks for it" {
	serve_start --cors
	cors <<-'EOF'
		ask_for = "Access-Control-Request-Private-Network: "
		name = "Access-Control-Allow-Private-Network"
		assert preflight(ask_for + "true")[name] == "true"
		assert preflight(ask_for + "false")[name] is None
		assert preflight()[name] is None
	EOF
}

@test "Chromium's fetch() from another origin reads the file only with --cors" {
	need chromium
	serve_start --cors
	with=$URL
	serve_start
	cat >"$ROOT/page.html" <<-EOF
		<pre id=p></pre><script>
		const read = url => fetch(url, {headers: {'X-Other': '1'}})
			.then(r => r.text(), () => 'refused');
		(async () => p.append(await read('${with/localhost/127.0.0.1}file'),
			await read('${URL/localhost/127.0.0.1}file'), 'end'))()
		</script>
	EOF
	run -0 chromium --headless --no-sandbox --disable-gpu --virtual-time-budget=9000 \
		--user-data-dir="$BATS_TEST_TMPDIR/profile" --dump-dom "${URL}page.html"
	[[ $output = *'content'*'refusedend</pre>'* ]]
}
