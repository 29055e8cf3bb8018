# Attacks that try to read files outside of the root, or to take the server
# down.  Each is run beside, or before, a client that behaves.

load wire

# No byte of this file may ever be sent: neither its line nor its size.
setup() {
	serve_setup
	OUTSIDE=$BATS_TEST_TMPDIR/outside
	mkdir "$OUTSIDE"
	{
		echo "the canary sings"
		head -c 7760 /dev/zero
	} >"$OUTSIDE/canary"
	cp "$OUTSIDE/canary" "$BATS_TEST_TMPDIR/canary"
	export OUTSIDE
}

# For ATTACK seconds, with openat2 and without.
# man: A client gets only files from beneath DIR.
# man: The kernel resolves each path with openat2() and refuses to leave the
# folder, even while links and folders are being exchanged.
# man: On a kernel without it, each component is opened and checked
# separately.
@test "renaming files, folders and links under load leaks nothing from outside" {
	mkdir -p "$ROOT"/{a/b,deep/one/two,index,packed}
	for name in a/b/canary deep/canary deep/one/canary file.txt index/index.html \
		404.html packed/page.html packed/page.html.gz; do
		echo inside >"$ROOT/$name"
	done
	cp "$OUTSIDE/canary" "$OUTSIDE/index.html"
	ln -s ../../canary "$ROOT/deep/one/two/up"
	ln -s ../../../../../canary "$ROOT/deep/one/two/far"
	serve_start_both -q -j 4
	ATTACK=${ATTACK:-5} wire <<-'EOF'
		import ctypes, multiprocessing
		# Python 3.14 would run all of this again in each process.
		multiprocessing.set_start_method("fork")
		OUTSIDE = os.environ["OUTSIDE"]
		libc = ctypes.CDLL(None, use_errno=True)

		def exchange(one, other):
		    """Both at once, so that each name is there all the time."""
		    if libc.renameat2(-100, os.fsencode(one), -100, os.fsencode(other), 2):
		        raise OSError(ctypes.get_errno(), "exchange", one)

		def swap_links():
		    ways = ["a/b", "../outside", ROOT + "/a/b", OUTSIDE, "a/b/../../a/b",
		            "../root/a/b", "a/../../outside", "/proc/self/cwd", "."]
		    for way in ways:
		        os.symlink(way, ROOT + "/.swap")
		        os.rename(ROOT + "/.swap", ROOT + "/swap")

		def swap_folder():
		    exchange(ROOT + "/a/b", ROOT + "/a/.out")

		def swap_files():
		    for name in names:
		        exchange(ROOT + "/" + name, ROOT + "/" + name + ".out")

		def move_folder():
		    os.rename(ROOT + "/deep/one/two", OUTSIDE + "/two")
		    os.rename(OUTSIDE + "/two", ROOT + "/deep/one/two")

		names = ["file.txt", "index/index.html", "404.html", "packed/page.html.gz"]
		for name in names:
		    os.symlink(OUTSIDE + "/canary", ROOT + "/" + name + ".out")
		os.symlink("../../outside", ROOT + "/a/.out")

		targets = ["/swap/canary", "/swap/", "/a/b/canary", "/file.txt", "/index/",
		           "/absent", "/packed/page", "/deep/one/two/up",
		           "/deep/one/two/far", "/deep/one/two/../canary", "/a/b/", "/"]
		asked = "".join(get(t, "Accept-Encoding: gzip", "Accept: " + accept)
		                for t in targets for accept in ("text/html", "*/*"))

		def ask_all_the_time(port, seen, stop):
		    with contextlib.suppress(KeyboardInterrupt):
		        while not stop.is_set():
		            client = Client(port=port).send(asked)
		            for i in range(2 * len(targets)):
		                answer = client.read()
		                target = targets[i // 2]
		                assert b"canary sings" not in answer.body, target
		                assert b">7.8 kB" not in answer.body, target
		                assert b"7777" not in answer.body, target
		                assert answer.status in (200, 301, 404), answer
		                seen[i // 2] |= 1 << (answer.status == 200)
		            client.close()

		stop = multiprocessing.Event()
		seen = multiprocessing.Array("i", len(targets))
		clients = [multiprocessing.Process(
		    target=ask_all_the_time, args=(int(port), seen, stop))
		    for port in os.environ["SERVERS"].split()]
		for client in clients:
		    client.start()
		# Each changing name is seen in both states, or this is no attack.
		changing = ["/swap/canary", "/a/b/canary", "/file.txt", "/deep/one/two/up"]
		def attacked():
		    both = dict(zip(targets, seen))
		    return turns > 10 and all(both[target] == 3 for target in changing)

		turns = 0
		enough = time.monotonic() + float(os.environ["ATTACK"])
		try:
		    while (time.monotonic() < enough or not attacked()) \
		            and time.monotonic() < enough + WAIT \
		            and all(c.is_alive() for c in clients):
		        for change in swap_links, swap_folder, swap_files, move_folder:
		            change()
		        turns += 1
		finally:
		    stop.set()
		    for client in clients:
		        client.join(WAIT)
		print(turns, "turns; seen", dict(zip(targets, seen)))
		assert all(client.exitcode == 0 for client in clients)
		assert attacked()
	EOF
}

@test "no spelling of .. leaves the root" {
	mkdir -p "$ROOT/a/b/c"
	ln -s .. "$ROOT/a/up"
	echo content >"$ROOT/file"
	serve_start_both -q
	wire <<-'EOF'
		dots = [".", "%2e", "%2E", "%252e", "%c0%ae", "%e0%80%ae", "%f0%80%80%ae",
		        "%uff0e", "%ef%bc%8e", "\xc0\xae", "\xef\xbc\x8e", "%00.", ".%00",
		        "%u002e", "%%32%65", "%2%65", ". ", ".%20", ".\t", "%0a."]
		slashes = ["/", "%2f", "%5c", "\\", "%252f", "%255c", "%c0%af", "%c1%9c",
		           "%e0%80%af", "%u2215", "%ef%bc%8f", "//", "/./", ";/", "/%2e/",
		           "%00/", "?/", "#/", "%23/", "%3f/", "/ ", "%0d%0a"]
		starts = ["/", "//", "/a/", "/a/b/", "/a/up/", "/%2e/", "/a%2f", "/\\",
		          "http://localhost/", "/file/", "/file?/"]
		ends = ["canary", "outside/canary", "etc/passwd"]
		targets = []
		for one in dots:
		    for two in {".", one}:
		        for slash in slashes:
		            up = one + two + slash
		            targets += [start + up * depth + end for start in starts
		                        for depth in (1, 3) for end in ends[:2]]
		            targets += ["/" + up * 12 + ends[2]]
		secret = [b"canary sings", b"root:", b"daemon:"]

		def look(port, targets):
		    """All in one connection, or in as many as it takes."""
		    while targets:
		        client = Client(port=port).send("".join(map(get, targets)))
		        for done, target in enumerate(targets, 1):
		            answer = client.read()
		            body = answer.body
		            assert not any(s in body for s in secret), target
		            if answer["Connection"] == "close":
		                break
		        client.close()
		        targets = targets[done:]

		for port in os.environ["SERVERS"].split():
		    for i in range(0, len(targets), 200):
		        look(int(port), targets[i:i + 200])
		print(len(targets), "ways")
		assert ask(get("/file")).body == b"content\n"
	EOF
}

@test "links into /proc, /dev and /sys are 404" {
	ln -s /proc/self/root "$ROOT/root"
	ln -s /proc/self/cwd "$ROOT/cwd"
	ln -s /proc/self/environ "$ROOT/environ"
	ln -s /proc/self/fd/0 "$ROOT/fd0"
	ln -s /dev/stdin "$ROOT/stdin"
	ln -s /dev/zero "$ROOT/zero"
	for fd in {0..20}; do
		ln -s "/proc/self/fd/$fd" "$ROOT/fd-$fd"
	done
	serve_start_both
	wire <<-'EOF'
		import json
		for port in os.environ["SERVERS"].split():
		    client = Client(port=int(port))
		    for name in os.listdir(ROOT):
		        for end in "", "/", "/etc/passwd", "/root", "/..", "/canary":
		            answer = client.ask(get(f"/{name}{end}"))
		            # "/.." is removed before any lookup.
		            expected = 200 if end == "/.." else 404
		            assert answer.status == expected, (name, end)
		    assert json.loads(client.ask(
		        get("/", "Accept: application/json")).body) == []
	EOF
}

@test "vulnerability scanners find nothing and cause no error" {
	echo '<p>page' >"$ROOT/index.html"
	mkdir "$ROOT/.git" "$ROOT/.ssh"
	echo hush-7d1f | tee "$ROOT"/.{env,htaccess,htpasswd,bash_history} \
		"$ROOT"/.git/{HEAD,config} "$ROOT"/.ssh/id_rsa >/dev/null
	serve_start -q
	PROBES=$BATS_TEST_DIRNAME/attack/probes.txt wire <<-'EOF'
		with open(os.environ["PROBES"]) as probes:
		    probes = probes.read().splitlines()
		methods = ["GET", "HEAD", "POST", "PUT", "DELETE", "TRACE", "TRACK",
		           "CONNECT", "PROPFIND", "DEBUG", "OPTIONS", "PATCH"]
		found, healthy = {}, Client()
		for method in methods:
		    for probe in probes:
		        client = Client().send(get(probe, method=method)).end()
		        answer = client.read(method)
		        assert b"hush-7d1f" not in answer.body, probe
		        assert answer["Allow"] is None or \
		            answer["Allow"] == "GET, HEAD, OPTIONS"
		        # Only one page exists; its other names count as no
		        # finding.
		        assert answer.status != 200 or method == "HEAD" or \
		            answer.body == b"<p>page\n", probe
		        found.setdefault((method, answer.status), []).append(probe)
		        client.close()
		    assert healthy.ask(get()).body == b"<p>page\n"
		print({key: len(value) for key, value in found.items()})
		assert {status for _, status in found} <= \
		    {200, 204, 301, 400, 403, 404, 405, 421, 501}, found.keys()
	EOF
}

@test "malformed requests are refused and do not crash the server" {
	echo content >"$ROOT/file"
	serve_start -q
	ATTACK=${ATTACK:-2} wire <<-'EOF'
		import random
		seed = int(os.environ.get("SEED", time.time()))
		print("SEED", seed)
		random.seed(seed)
		whole = [get("/file"), get("/file", method="HEAD"), get("/"),
		         get("/file", "Range: bytes=0-1,3-", "If-Range: \"x\""),
		         get("/file", "Transfer-Encoding: chunked", body="3\r\nabc\r\n0\r\n\r\n"),
		         get("/file", "Content-Length: 3", method="POST", body="abc"),
		         get("/file", "Accept-Encoding: br;q=0.1, gzip", "Accept: a/b;q=1"),
		         get("/file", "If-None-Match: \"a\", W/\"b\"", "Expect: x"),
		         "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "PRI * HTTP/2.0\r\n\r\n"]
		special = ["\0", "\r", "\n", "\r\n", "\r\n\r\n", " ", "\t", ":", ",", ";",
		           "%", "%00", "\xff", "\x7f", "/", "..", "*", "0", "-1", "=", "\"",
		           "18446744073709551616", "HTTP/1.1", "Content-Length: 0\r\n",
		           "Transfer-Encoding: chunked\r\n", "Host: a\r\n", "X" * 9000]

		def mutate(text):
		    for i in range(random.randint(0, 4)):
		        at, end = sorted(random.randint(0, len(text)) for _ in "ab")
		        text = random.choice([
		            text[:at] + random.choice(special) + text[at:],
		            text[:at] + text[end:],
		            text[:at] + random.choice(special) + text[end:],
		            text[:end] + text[at:],
		            text[:at] + chr(random.randrange(256)) + text[at + 1:]])
		    return text

		count, end = 0, time.monotonic() + float(os.environ["ATTACK"])
		healthy = Client()
		while time.monotonic() < end:
		    text = "".join(mutate(random.choice(whole))
		                   for _ in range(random.randint(1, 5)))
		    client = Client()
		    try:
		        # In one piece, or in two.
		        cut = random.randint(0, len(text))
		        client.send(text[:cut])
		        if count % 10 == 0:
		            assert healthy.ask(get("/file")).body == b"content\n"
		        client.send(text[cut:]).end()
		    except (BrokenPipeError, ConnectionResetError):
		        pass
		    try:
		        rest = client.rest()
		    except ConnectionResetError:
		        rest = b""
		    client.close()
		    assert rest[:9] in (b"", b"HTTP/1.1 "), (text, rest)
		    for status in re.findall(rb"HTTP/1\.1 (\d+) [A-Z]", rest):
		        assert int(status) < 500 or status in (b"501", b"505"), (text, rest)
		    count += 1
		print(count, "connections")
		assert count > 50
	EOF
}

# Compare the work that one client can cause with the size of its requests.
# bats test_tags=cost
# man: Heads, bodies, ranges, listings and connections are bounded in size,
# number and time, so that one client can neither take all memory nor delay
# the others for long.
@test "the cost of expensive requests is proportional to their size" {
	head -c 100000 /dev/urandom >"$ROOT/file"
	serve_start -q -j 1
	wire <<-'EOF'
		from process import *

		def flood(name, request, n, most, method="GET"):
		    """Each request may cost so many microseconds, and twice the file."""
		    before = processor()
		    client, status, got = Client(), {}, 0
		    for i in range(0, n, 50):
		        client.send(request * 50)
		        for k in range(50):
		            answer = client.read(method)
		            status[answer.status] = status.get(answer.status, 0) + 1
		            got += len(answer.body)
		    each = (processor() - before) / n * 1e6
		    print(f"{name}: {each:.0f} us, {got / n:.0f} bytes, {status}")
		    assert got / n < 210000
		    assert not plain or each < most * plain, name
		    return each

		plain = 0
		plain = max(20, flood("plain", get("/file"), 1000, 0))
		many = ",".join(f"{i}-" for i in range(0, 5000, 4))
		tiny = ",".join(f"{i}-{i}" for i in range(0, 6000, 3))
		flood("ranges to the end", get("/file", "Range: bytes=" + many), 1000, 40)
		flood("tiny ranges", get("/file", "Range: bytes=" + tiny), 1000, 40)
		flood("suffixes", get("/file", "Range: bytes=" + ",".join(
		    ["-9"] * 2000)), 1000, 40)
		flood("fields", get("/file", *["X-Field: " + "x" * 200] * 98), 1000, 40)
		flood("one field", get("/file", *["Accept: a/b;q=0.1,"] * 98), 1000, 40)
		flood("tags", get("/file", "If-None-Match: " + ",".join(
		    ['"a"'] * 2000)), 1000, 40)
		flood("codings", get("/file", "Accept-Encoding: " + ",".join(
		    ["br;q=0.5", "x"] * 800)), 1000, 40)
		flood("slashes", get("/" + "/./a/.." * 1000 + "/file"), 1000, 40)
		flood("escapes", get("/" + "%61" * 2600), 1000, 40)
		flood("chunks", get("/file", "Transfer-Encoding: chunked",
		    body="1;x=y\r\na\r\n" * 1000 + "0\r\n\r\n"), 1000, 40)
		flood("absent", get("/absent"), 20000, 10)
		flood("OPTIONS", get(method="OPTIONS"), 20000, 10)
		assert ask(get("/file")).status == 200
	EOF
}

# man: Symbolic links out of DIR and names that start with a dot are not
# served unless you ask for it.
# man: To the client they do not exist.
@test "hidden names and links out of the root look like missing ones" {
	echo secret >"$ROOT/.env"
	ln -s ../outside/canary "$ROOT/out"
	serve_start_both
	expect "Accept: text/plain" <<-'EOF'
		404 /.env
		404 /out
		404 /absent
	EOF
	body=$(curl -sS -H 'Accept: text/plain' "${URL}ab")
	[ "$(curl -sS -H 'Accept: text/plain' "${URL}.env")" = "${body/ab/.env}" ]
	[ "$(curl -sS -H 'Accept: text/plain' "${URL}out")" = "${body/ab/out}" ]
	run curl -sS -H 'Accept: text/plain' "$URL"
	[[ $output != *.env* ]]
	[[ $output != *out* ]]
}

# man: Only --live without --no-listing reports that such a link was made or
# removed.
@test "--live names a link out of the root, except with --no-listing" {
	local option

	echo 1 >"$ROOT/file"
	for option in '' --no-listing; do
		serve_start --live ${option:+"$option"}
		OPTION=$option wire <<-'EOF'
			ask(get("/file"))
			stream = Client().send(get("/.well-known/serve/live"))
			while stream.line():
			    pass
			os.symlink("../outside/canary", ROOT + "/out")
			write("file", "2")
			while b"/file\n" not in stream.unread:
			    assert stream.more()
			assert (b"/out\n" in stream.unread) != bool(os.environ["OPTION"])
			os.unlink(ROOT + "/out")
		EOF
		serve_stop TERM
	done
}

# PORT: print the addresses that listen.
listening() {
	ss -Hltn "sport = :$PORT" | awk '{ print $4 }' | sort | xargs
}

# man: By default only users of this machine can connect, and HOST CHECK
# keeps other websites from reading through your browser.
# man: With --public that is the whole network and, without TLS, everyone on
# the path between.
@test "by default only loopback addresses listen, and only local host names are answered" {
	need ss
	serve_start
	run listening
	[[ $output =~ ^127\.0\.0\.1:$PORT(\ \[::1\]:$PORT)?$ ]]
	[ "$(status_of -H 'Host: evil.example' "$URL")" = 403 ]
	serve_stop TERM
	serve_start --public
	run listening
	[[ $output =~ ^0\.0\.0\.0:$PORT(\ \[::\]:$PORT)?$ ]]
}

# man: Their pages cannot embed what is served either: see OTHER WEBSITES.
@test "a page of another site cannot embed what is served" {
	echo script >"$ROOT/app.js"
	serve_start
	[ "$(status_of -H 'Sec-Fetch-Site: cross-site' -H 'Sec-Fetch-Mode: no-cors' \
		-H 'Sec-Fetch-Dest: script' -H 'Referer: https://evil.example/' \
		"${URL}app.js")" = 403 ]
	[ "$(status_of "${URL}app.js")" = 200 ]
}

# man: Nothing that a client sends, and no file name, reaches your terminal,
# a log line or a page made by serve unescaped.
@test "control bytes never reach stdout, stderr or a page unescaped" {
	touch "$ROOT/"$'a\e]0;\a\xff<b>'
	serve_start -v
	printf 'GET /\x1b]0;x\x07 HTTP/1.1\r\nHost: localhost\r\nA: \x1b[1m\r\n\r\n' |
		raw >"$BATS_TEST_TMPDIR/answer"
	curl -sS -A $'\e[1m' -H 'Accept: text/html' "$URL" >"$BATS_TEST_TMPDIR/page"
	serve_stop TERM
	for file in "$OUT" "$ERR" "$BATS_TEST_TMPDIR"/{answer,page}; do
		[ -s "$file" ]
		run ! grep -aP '[\x00-\x08\x0e-\x1f\x7f]' "$file"
	done
	run ! grep -F '<b>' "$BATS_TEST_TMPDIR/page"
}

# man: Without --key, everyone who can connect can read everything in DIR except
# hidden names.
# man: Every user of this machine can connect to a loopback address.
@test "every client that can connect can read everything, including other local users" {
	echo content >"$ROOT/file"
	serve_start
	[ "$(curl -sS "${URL}file")" = content ]
	[ "$EUID" = 0 ] || skip "needs root to be another user"
	need setpriv
	[ "$(setpriv --reuid 54321 --regid 54321 --clear-groups \
		curl -sS "${URL}file")" = content ]
}

# man: Hard links and mounts inside DIR are part of it.
# man: With --follow-symlinks so is everything that a link in it leads to.
@test "a hard link is part of the folder; a link out of it only with --follow-symlinks" {
	ln "$OUTSIDE/canary" "$ROOT/hard"
	ln -s ../outside/canary "$ROOT/out"
	serve_start
	[ "$(curl -sS "${URL}hard" | head -n 1)" = "the canary sings" ]
	[ "$(status_of "${URL}out")" = 404 ]
	serve_stop TERM
	serve_start --follow-symlinks
	[ "$(curl -sS "${URL}out" | head -n 1)" = "the canary sings" ]
}

# man: HTML and SVG files run scripts with the rights of the served origin:
# serve only files that you trust, or add a Content-Security-Policy with -H.
@test "a page may run scripts, unless -H forbids it" {
	echo '<script>1</script>' >"$ROOT/page.html"
	serve_start
	[ -z "$(field_of content-security-policy "${URL}page.html")" ]
	serve_stop TERM
	serve_start -H 'Content-Security-Policy: sandbox'
	[ "$(field_of content-security-policy "${URL}page.html")" = sandbox ]
}

# man: With --cors every page of that origin (by default, every page) can
# read everything that is served.
@test "--cors lets every page read, --cors=ORIGIN the pages of one origin" {
	echo content >"$ROOT/file"
	serve_start --cors
	[ "$(field_of access-control-allow-origin -H 'Origin: http://a.example' \
		"${URL}file")" = '*' ]
	serve_stop TERM
	serve_start --cors=http://a.example
	[ "$(field_of access-control-allow-origin -H 'Origin: http://a.example' \
		"${URL}file")" = http://a.example ]
}

# man: A client with many addresses can use up --max-conns.
@test "clients with several addresses can take all connections" {
	truncate -s 1G "$ROOT/large"
	serve_start --max-conns 2
	wire <<-'EOF'
		clients = []
		for n in 2, 3:
		    client = Client(buffer=4096, source=f"127.0.0.{n}")
		    assert client.send(get("/large")).more()
		    clients.append(client)
		other = Client(source="127.0.0.4").send(get())
		for i in range(20):
		    for client in clients:
		        client.take(1 << 20)
		assert select.select([other.socket], [], [], 0.2)[0] == []
		clients[0].close()
		assert other.read().status == 200
	EOF
}

# man: With --proxy one client can hold all connections to an application, so
# that others wait for it.
@test "one client can hold all connections to an application" {
	serve_start_app -j 1
	wire <<-'EOF'
		listener = application()
		held = [pass_on(listener) for n in range(64)]
		other = Client(source="127.0.0.2").send(get("/app/other"))
		assert ask(get("/")).status == 200
		assert not select.select([listener], [], [], 0)[0]
		held[0][0].close()
		app = accept(listener)
		assert app.recv(65536).startswith(b"GET /app/other ")
		app.send(reply(b"x"))
		assert other.read().body == b"x"
	EOF
}
