# GET, HEAD, OPTIONS and other methods: RFC 9110 sections 9 and 15.6.

load wire

@test "OPTIONS lists the methods, for one path and for *" {
	serve_start
	wire <<-'EOF'
		client = Client()
		for target in ("/", "/absent", "*", "/%00"):
		    answer = client.ask(get(target, method="OPTIONS"))
		    assert answer.status == 204
		    assert answer["Allow"] == "GET, HEAD, OPTIONS"
		    assert answer["Content-Length"] is None
	EOF
}

@test "a known method gets 405, with the allowed methods" {
	echo content >"$ROOT/file"
	serve_start
	wire <<-'EOF'
		client = Client()
		for method in ("POST", "PUT", "DELETE", "PATCH", "TRACE", "PROPFIND",
		        "MKCOL", "QUERY", "PRI"):
		    answer = client.ask(get("/file", method=method))
		    assert (answer.status, answer["Allow"]) == (
		        405, "GET, HEAD, OPTIONS"), method
		    assert b"content" not in answer.body
		assert open(os.path.join(ROOT, "file")).read() == "content\n"
	EOF
}

@test "an unknown method gets 501, also a known one in lower case" {
	serve_start
	wire <<-'EOF'
		client = Client()
		for method in ("get", "Head", "GETS", "GE", "X", "BREW", "!#$%&'*+-.^_`|~"):
		    answer = client.ask(get("/", method=method))
		    assert (answer.status, answer["Allow"]) == (501, None), method
	EOF
}

@test "CONNECT gets 405" {
	serve_start
	wire <<-'EOF'
		assert ask(get("example.com:443", method="CONNECT")).status == 405
		for target in ("/", "example.com", "*"):
		    assert ask(get(target, method="CONNECT")).status == 400
	EOF
}

@test "the response to TRACE contains nothing of the request" {
	serve_start
	wire <<-'EOF'
		answer = ask(get("/", "Cookie: secret", method="TRACE"))
		assert answer.status == 405
		assert b"secret" not in answer.body
	EOF
}

@test "the target '*' is only for OPTIONS" {
	serve_start
	wire <<-'EOF'
		for method in ("GET", "HEAD", "POST"):
		    assert ask(get("*", method=method), method).status == 400
	EOF
}

@test "a malformed method gets 400" {
	serve_start
	wire <<-'EOF'
		for method in ("", "G T", "GE\tT", "G\x00T", "GET\x7f", "(GET)", "GÄT",
		        "\x16\x03\x01", "GET,", "\"GET\""):
		    assert ask(get("/", method=method)).status == 400, method
	EOF
}
