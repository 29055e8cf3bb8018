# The Host check: a website whose name resolves to this address must not read
# the folder.

load wire

setup() {
	serve_setup
	echo content >"$ROOT/file"
}

# HOST...: each is answered with this status.
hosts() {
	HOSTS=$(printf '%s\n' "${@:2}") STATUS=$1 wire <<-'EOF'
		client = Client()
		for host in os.environ["HOSTS"].split("\n"):
		    answer = client.ask(f"GET /file HTTP/1.1\r\nHost: {host}\r\n\r\n")
		    assert answer.status == int(os.environ["STATUS"]), (host, answer)
		    assert (answer.body == b"content\n") == (answer.status == 200)
	EOF
}

@test "localhost, names beneath it and IP addresses are accepted" {
	serve_start
	hosts 200 localhost LocalHost localhost:1 localhost:65535 localhost. \
		localhost.:80 app.localhost a.b.localhost:3000 localhost: \
		127.0.0.1 127.0.0.1:8000 192.0.2.1 "[::1]" "[::1]:8000" \
		"[2001:db8::1]" "[::ffff:192.0.2.1]" ""
}

@test "an IPv4 address is accepted in each form that browsers read" {
	serve_start
	hosts 200 127.1 0 127.0.1 1.2.3 2130706433 4294967295 0x7f.1 0X7F000001 \
		0177.0.0.01 0x 1.16777215 1.2.65535 255.255.255.255 127.1.
	hosts 403 .0.0.0 0..0.0 0.0.0..1 256.1.1.1 1.256.1 1.2.3.256 1.2.65536 \
		1.16777216 4294967296 18446744073709551616 0x100000000 1.2.3.4.5 \
		08.1.1.1 1.2.3.4a 0xg 1.x
}

@test "any other name gets 403, and the response names the option" {
	serve_start
	hosts 403 evil.example EVIL.example. evil.example:8000 localhost.evil.example \
		127.0.0.1.evil.example xlocalhost notlocalhost 127.0.0.1.nip.io \
		printer.local router.lan x.internal x.home.arpa app.test box \
		"$(hostname)" localhost.. a..localhost.b xn--a
	run curl -sS -H 'Host: evil.example' "$URL"
	[ "${#lines[@]}" = 1 ]
	[[ $output = *"--allow-host evil.example"* ]]
}

@test "no method and no path bypasses the Host check" {
	serve_start --cors
	wire <<-'EOF'
		for data in (get("/file"), get("/file", method="HEAD"), get("/absent"),
		        get("/file", method="OPTIONS"), get("/%"), get("/file", method="POST"),
		        get("/file", "Range: bytes=0-1"), get("/file", "If-None-Match: *"),
		        get("/file", "Origin: http://evil.example",
		            "Access-Control-Request-Method: GET", method="OPTIONS"),
		        get("/file", version="HTTP/1.0")):
		    data = data.replace("localhost", "evil.example")
		    method = data.split()[0]
		    assert ask(data, method).status == 403, data
	EOF
}

@test "the authority of an absolute target is checked" {
	serve_start
	wire <<-'EOF'
		for target, host, status in (
		        ("http://localhost/file", "evil.example", 200),
		        ("http://evil.example/file", "localhost", 403),
		        ("http://evil.example:80", "localhost", 403)):
		    data = get(target).replace("Host: localhost", "Host: " + host)
		    assert ask(data).status == status, (target, host)
	EOF
}

@test "a missing, repeated or malformed Host gets 400" {
	serve_start
	wire <<-'EOF'
		assert ask("GET / HTTP/1.1\r\n\r\n").status == 400
		for version in ("HTTP/1.1", "HTTP/1.0"):
		    for other in ("localhost", "evil.example", ""):
		        data = get("/", "Host: " + other, version=version)
		        assert ask(data).status == 400, data
		    for bad in ("a b", "a/b", "user@localhost", "[::1", "::1", "[localhost]",
		            "[1.2.3.4]", "localhost:8x", "localhost:-1", "localhost:80:80",
		            ":80", "a\\b", "<b>", "%zz", "[::1%25lo]", "\"a\"",
		            "localhost#", "localhost?", "l\xf6calhost"):
		        data = get("/", version=version).replace("localhost", bad)
		        assert ask(data).status == 400, (version, bad)
	EOF
}

@test "--allow-host accepts a name, and its subdomains if the name starts with a dot" {
	serve_start --allow-host app.test --allow-host .example.com
	hosts 200 app.test APP.test:80 app.test. example.com a.example.com \
		a.b.EXAMPLE.com localhost
	hosts 403 x.app.test app.test.evil.example xexample.com example.com.evil.example \
		app.tes com test
}

@test "--public also accepts names that no website can own" {
	serve_start --public
	hosts 200 "$(hostname)" box printer.local a.b.LOCAL router.lan x.internal \
		x.home.arpa printer.local. app.test 192.0.2.1 localhost
	hosts 403 evil.example local.evil.example xlocal.example home.arpa.example \
		box.example
}

@test "-b with a network address accepts the same names as --public" {
	serve_start -b 0.0.0.0
	hosts 200 box printer.local
	hosts 403 evil.example
}

@test "-b with loopback addresses accepts no further names" {
	serve_start -b 127.0.0.2 -b 127.0.0.1 -b ::1
	hosts 403 box printer.local
	hosts 200 127.0.0.2
}
