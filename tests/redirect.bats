# Request targets: RFC 9112 section 3.2, RFC 3986.

load wire

setup() {
	serve_setup
	mkdir -p "$ROOT/a/b"
	echo file >"$ROOT/a/file"
	echo beside >"$BATS_TEST_TMPDIR/beside"
}

@test "dot segments are removed, plain and encoded" {
	serve_start_both
	expect <<-'EOF'
		200 /a/file file
		200 /./a/./file file
		200 /a/b/../file file
		200 /a/b/%2e%2e/file file
		200 /a/b/.%2E/file file
		200 /%2e/a/%2E/file file
		200 /x/y/../../a/file file
		200 /../a/file file
		200 /../../../a/file file
		200 /%2e%2e/%2e%2e/a/file file
		200 /a/file/../file file
		200 /a/b/../
		200 /a/b/..
		200 /a/.
		404 /a/file/.
		404 /a/file/b/..
	EOF
}

@test "no path leads above the root" {
	serve_start_both
	expect <<-'EOF'
		404 /../beside
		404 /a/../../beside
		404 /%2e%2e/beside
		404 /..%2fbeside
		404 /..%5cbeside
		404 /..\beside
		404 /%252e%252e/beside
		404 /%c0%ae%c0%ae/beside
		404 /%c0%ae%c0%ae%c0%afbeside
		404 /%e0%80%ae%e0%80%ae/beside
		400 /.%00./beside
		404 /....//beside
		404 /..;/beside
		404 /a/..%2f..%2fbeside
	EOF
}

@test "repeated slashes count as one" {
	serve_start_both
	expect <<-'EOF'
		200 //a//file file
		200 ///a///.//file file
		200 /a/b//../file file
		301 //a a/
		301 ///a//b b/
	EOF
}

@test "an escape is decoded only once" {
	echo percent >"$ROOT/%41"
	echo letter >"$ROOT/A"
	echo space >"$ROOT/a b"
	echo plus >"$ROOT/a+b"
	echo query >"$ROOT/a?b"
	echo hash >"$ROOT/a#b"
	serve_start_both
	expect <<-'EOF'
		200 /%41 letter
		200 /%2541 percent
		200 /a%20b space
		200 /a+b plus
		200 /a%2Bb plus
		200 /a%3fb query
		200 /a%23b hash
		200 /%61/fil%65 file
		404 /%2541%20
	EOF
}

@test "a bad escape or an encoded NUL gets 400, an encoded slash 404" {
	serve_start_both
	expect <<-'EOF'
		400 /%
		400 /%4
		400 /%4g
		400 /%g4
		400 /%%
		400 /%u0041
		400 /a/file%
		400 /%00
		400 /a/file%00.html
		400 /a%00/../file
		404 /a%2ffile
		404 /%2F
		404 /a%2Fb/
		404 /%2e%2e%2f
	EOF
}

@test "the query is ignored, and kept in every redirect" {
	serve_start_both
	expect <<-'EOF'
		200 /a/file?x=y file
		200 /a/file? file
		200 /a/file?%zz file
		200 /a/file?/../../x?y file
		301 /a?x=y a/?x=y
		301 /a? a/?
		301 /a??x?y=%20/.. a/??x?y=%20/..
		301 //a?//evil.example a/?//evil.example
	EOF
}

@test "a redirect stays on this server, whatever is requested" {
	mkdir -p "$ROOT/evil.example/a" "$ROOT/\\evil.example" "$ROOT/http:" \
		"$ROOT/javascript:alert(1)" "$ROOT/a b" "$ROOT/é"
	serve_start
	wire <<-'EOF'
		from urllib.parse import urljoin
		client = Client()
		for target, location in (("//evil.example", "evil.example/"),
		        ("///evil.example", "evil.example/"),
		        ("/%2e/evil.example", "evil.example/"),
		        ("/a/..//evil.example/a", "a/"),
		        ("/.//evil.example", "evil.example/"),
		        ("/\\evil.example", "%5Cevil.example/"),
		        ("/%5cevil.example", "%5Cevil.example/"),
		        ("http://localhost//evil.example", "evil.example/"),
		        ("/http:", "http%3A/"),
		        ("/javascript:alert(1)", "javascript%3Aalert%281%29/"),
		        ("/a%20b", "a%20b/"), ("/%c3%a9", "%C3%A9/"), ("/\xc3\xa9", "%C3%A9/"),
		        ("/a?\xff\"<>|{}", None)):
		    answer = client.ask(get(target))
		    assert answer.status == 301, target
		    got = answer["Location"]
		    assert location is None or got == location, (target, got)
		    assert re.fullmatch(r"[\w.~%-]+/(\?[!-~]*)?", got, re.ASCII), got
		    assert not re.search(r'["<>\\^`{|} ]', got), got
		    if target.startswith("/"):
		        there = urljoin("http://proxy.example/prefix" + target, got)
		        assert there.startswith("http://proxy.example/prefix/"), there
	EOF
}

@test "a redirect cannot inject a line into the head" {
	mkdir "$ROOT/"$'a\r\nX-Evil: 1'
	serve_start
	wire <<-'EOF'
		answer = ask(get("/a%0d%0aX-Evil:%201?%0d%0aX-Evil:%202"))
		assert answer.status == 301
		assert answer["X-Evil"] is None
		assert answer["Location"].startswith("a%0D%0AX-Evil")
	EOF
}

@test "the absolute form is served like the origin form" {
	serve_start
	wire <<-'EOF'
		client = Client()
		for target, status in (("http://localhost/a/file", 200),
		        ("HTTP://LOCALHOST:1/a/file?x", 200), ("https://localhost/a/file", 421),
		        ("http://[::1]/a/file", 200), ("http://localhost", 200),
		        ("http://localhost?x", 200), ("http://localhost/absent", 404)):
		    assert client.ask(get(target)).status == status, target
		for target in ("ftp://localhost/", "http:///a", "http://", "http:/a/file",
		        "http://user@localhost/", "http://local host/", "http://[::1/",
		        "http://localhost:x/", "a/file", "localhost", "?", "mailto:x",
		        "/a/file#part", "#", "http://localhost/#x"):
		    assert ask(get(target)).status == 400, target
	EOF
}

@test "bytes that a URI must not contain are accepted" {
	touch "$ROOT/"'|{}"<>^`\[]'
	serve_start
	wire <<-'EOF'
		assert ask(get('/|{}"<>^`\\[]')).status == 200
		for bad in ("/ x", "/\x01", "/\x7f", "/\tx", "/\x00"):
		    assert ask(get(bad)).status == 400, bad
	EOF
}

@test "a name may contain any byte except slash and NUL" {
	serve_start
	wire <<-'EOF'
		from urllib.parse import quote
		client = Client()
		for i in range(1, 256):
		    if i == ord("/"):
		        continue
		    name = b"a" + bytes([i]) + b"z"
		    write(name, name)
		    for target in (quote(name, safe=""), "a%%%02xz" % i):
		        assert client.ask(get("/" + target)).body == name, name
		    # Unencoded, where the request line permits it.
		    if i > 0x20 and i not in b"#%?\x7f":
		        raw = client.ask(get("/" + name.decode("latin-1")))
		        assert raw.body == name, name
	EOF
}

@test "a name that is too long gets 404" {
	serve_start_both
	{
		echo "404 /$(printf '%0256d' 0)"
		echo "404 /$(printf '%0255d' 0)"
		echo "404 /$(printf '%08000d' 0)"
		echo "404 /$(printf 'a/%.0s' {1..3000})"
		echo "404 /a/$(printf '%0300d' 0)/"
		echo "404 /a/$(printf '%0252d' 0)"
	} >"$BATS_TEST_TMPDIR/long"
	expect <"$BATS_TEST_TMPDIR/long"
	[ "$(status_of "http://localhost:$PORT/a/file")" = 200 ]
}

@test "a name of the maximum length is found" {
	name=$(printf '%0255d' 0)
	echo content >"$ROOT/$name"
	serve_start_both
	expect <<<"200 /$name content"
}
