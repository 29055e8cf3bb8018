# GET, HEAD and OPTIONS; what is not one of them: RFC 9110 sections 9 and 15.6.

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

@test "a known method is 405, with the methods that are allowed" {
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

@test "an unknown method is 501, also one in small letters" {
	serve_start
	wire <<-'EOF'
		client = Client()
		for method in ("get", "Head", "GETS", "GE", "X", "BREW", "!#$%&'*+-.^_`|~"):
		    answer = client.ask(get("/", method=method))
		    assert (answer.status, answer["Allow"]) == (501, None), method
	EOF
}

@test "CONNECT is 405: serve is no proxy" {
	serve_start
	wire <<-'EOF'
		assert ask(get("example.com:443", method="CONNECT")).status == 405
		for target in ("/", "example.com", "*"):
		    assert ask(get(target, method="CONNECT")).status == 400
	EOF
}

@test "TRACE sends nothing of the request back" {
	serve_start
	wire <<-'EOF'
		answer = ask(get("/", "Cookie: secret", method="TRACE"))
		assert b"secret" not in answer.body
	EOF
}

@test "the asterisk is only for OPTIONS" {
	serve_start
	wire <<-'EOF'
		for method in ("GET", "HEAD", "POST"):
		    assert ask(get("*", method=method), method).status == 400
	EOF
}

@test "a malformed method is 400" {
	serve_start
	wire <<-'EOF'
		for method in ("", "G T", "GE\tT", "G\x00T", "GET\x7f", "(GET)", "GÄT",
		        "\x16\x03\x01", "GET,", "\"GET\""):
		    assert ask(get("/", method=method)).status == 400, method
	EOF
}
