# --live over the wire: pages with the script, the events that it follows, and
# what is watched. browser-live.bats tests the script in a browser.

load wire

# Run the Python code on stdin, with wire.py and these functions.
live() {
	{
		cat <<-'EOP'
			TAIL = b'<script src=".well-known/serve/live.js%s" async></script>\n'
			HTML = "Accept: text/html,*/*;q=0.8"

			def tail(query=b""):
			    return TAIL % query

			def dest(name):
			    return "Sec-Fetch-Dest: " + name

			def page(target="/", *fields, **more):
			    return ask(get(target, HTML, *fields, **more),
			               more.get("method", "GET"))

			class Stream(Client):
			    """Follows the events from now on, or from some milliseconds ago."""

			    def __init__(self, age="", *fields, **options):
			        super().__init__(**options)
			        if age != "":
			            age = f"?{age}"
			        self.send(get(f"/.well-known/serve/live{age}", *fields))
			        self.head = b""
			        while line := self.line():
			            self.head += line + b"\r\n"
			        assert self.head.startswith(b"HTTP/1.1 200 OK\r\n"), self.head

			    def event(self):
			        """The next one, without comments: its paths."""
			        end = time.monotonic() + WAIT
			        while True:
			            while b"\n\n" not in self.unread:
			                assert self.more(), "the stream has ended"
			            event, self.unread = self.unread.split(b"\n\n", 1)
			            if event != b":":
			                break
			            assert time.monotonic() < end, "no event has come"
			        id, *lines = event.decode().split("\n")
			        assert re.fullmatch(r"id: \d+ \d+", id), event
			        assert all(x.startswith("data: ") for x in lines), event
			        return [x[6:] for x in lines]

			    def until(self, path):
			        """All paths that came up to this one."""
			        seen = []
			        while path not in seen:
			            seen += self.event()
			        return seen

			    def silent(self):
			        """Nothing has come before what comes now."""
			        write("silence", str(time.monotonic()))
			        assert self.event() == ["/silence"]

			def watched():
			    """Which folders the kernel watches, by inode."""
			    lines = []
			    for fd in os.listdir(f"/proc/{os.environ['PID']}/fdinfo"):
			        with contextlib.suppress(FileNotFoundError):
			            with open(f"/proc/{os.environ['PID']}/fdinfo/{fd}") as info:
			                lines += [x for x in info if x.startswith("inotify")]
			    return {int(re.search("ino:([0-9a-f]+)", x)[1], 16)
			            for x in lines}

			put = write

			def write(name, content):
			    """The server sees all of it at once."""
			    with stopped():
			        return put(name, content)

			def inode(name="."):
			    return os.stat(os.path.join(ROOT, name)).st_ino
		EOP
		cat
	} | wire
}

fill() {
	mkdir "$ROOT/sub" "$ROOT/empty"
	echo '<p>page' >"$ROOT/index.html"
	echo '<p>sub' >"$ROOT/sub/page.html"
	echo 'p{}' >"$ROOT/style.css"
	echo '<svg xmlns="http://www.w3.org/2000/svg"/>' >"$ROOT/image.svg"
	seq 1000 >"$ROOT/file"
}

@test "without --live no page, header or path is different" {
	fill
	serve_start
	live <<-'EOF'
		plain = ask(get("/")).lasting
		for fields in [HTML], [dest("document")], [HTML, dest("iframe")]:
		    assert ask(get("/", *fields)).lasting == plain
		assert plain[2] == b"<p>page\n"
		for path in "/", "/empty/", "/none", "/style.css":
		    answer = page(path)
		    assert b"live" not in answer.head + answer.body, answer
		    assert b"Sec-Fetch" not in answer.head
		assert page("/.well-known/serve/live").status == 404
		assert page("/.well-known/serve/live.js").status == 404
	EOF
}

@test "with --live, responses other than navigations differ only in Vary" {
	fill
	serve_start
	plain=$PORT
	OUT=$OUT-live ERR=$ERR-live serve_start --live
	PLAIN=$plain live <<-'EOF'
		def both(target, *fields, method="GET"):
		    request = get(target, *fields, method=method)
		    plain = Client(port=int(os.environ["PLAIN"])).ask(request, method)
		    answer = ask(request, method)
		    vary = ("vary", "Sec-Fetch-Dest, Sec-Fetch-Mode, "
		            "Upgrade-Insecure-Requests, Accept")
		    assert vary in answer.fields, answer
		    answer.fields.remove(vary)
		    assert answer.lasting == plain.lasting, (answer, plain)
		for path in ("/", "/sub/page", "/sub/", "/empty/", "/none", "/style.css",
		             "/image.svg", "/file", "/sub", "/%00", "/..%2f"):
		    for fields in ([], ["Accept: */*"], [dest("empty"), HTML],
		                   [dest("script")], ["Range: bytes=1-2"],
		                   ["Accept: application/json"],
		                   ["If-None-Match: *"], ["If-Match: \"x\""]):
		        for method in "GET", "HEAD", "OPTIONS", "POST":
		            both(path, *fields, method=method)
	EOF
}

@test "a page that a browser navigates to ends with the script" {
	fill
	serve_start --live
	live <<-'EOF'
		body = b"<p>page\n" + tail()
		for fields in ([HTML], [dest("document")], [dest("iframe")],
		               [dest("frame")], [dest("document"), "Accept: */*"]):
		    answer = ask(get("/", *fields))
		    assert answer.body == body, answer
		    assert answer["Content-Type"] == "text/html; charset=utf-8"
		    head = ask(get("/", *fields, method="HEAD"), "HEAD")
		    assert head.fields[1:] == answer.fields[1:]
		for fields in ([], [dest("empty"), HTML], [dest("embed"), HTML],
		               ["Accept: application/json, */*;q=0.5"]):
		    assert ask(get("/", *fields)).body == b"<p>page\n"
		assert page("/sub/page").body == b"<p>sub\n" + tail()
		for path in "/style.css", "/image.svg", "/file":
		    with open(ROOT + path, "rb") as file:
		        assert page(path).body == file.read()
	EOF
}

@test "large and empty pages get the script, UTF-16 and other types do not" {
	serve_start --live
	live <<-'EOF'
		for size in 0, 1, 32767, 32768, 32769, 3000000:
		    content = write("page.html", b"x" * size)
		    assert page("/page").body == content + tail()
		    assert page("/page", method="HEAD")["Content-Length"] == str(
		        size + len(tail()))
		for bom, code in (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"):
		    content = write("page.html", bom + "<p>text".encode(code))
		    assert page("/page").body == content
		write("page.xhtml", "<html xmlns='http://www.w3.org/1999/xhtml'/>")
		assert tail() not in page("/page.xhtml").body
		write("none", "<!doctype html><p>HTML without an extension")
		answer = page("/none")
		assert (tail() in answer.body) == (
		    answer["Content-Type"].startswith("text/html"))
	EOF
}

@test "length, ETag, conditions and ranges include the script" {
	fill
	serve_start --live
	live <<-'EOF'
		# A file that has just been written has no tag.
		until(lambda: page()["ETag"])
		whole = page()
		plain = ask(get("/"))
		body, tag = whole.body, whole["ETag"]
		assert tag and tag != plain["ETag"]
		assert page("/", "If-None-Match: " + tag).status == 304
		assert page("/", "If-None-Match: " + plain["ETag"]).status == 200
		assert ask(get("/", "If-None-Match: " + tag)).status == 200
		for first in range(len(body)):
		    for last in (first, first + 1, 7, 8, len(body) - 1, len(body) + 9):
		        if last < first:
		            continue
		        answer = page("/", f"Range: bytes={first}-{last}",
		                      "If-Range: " + tag)
		        last = min(last, len(body) - 1)
		        assert answer.status == 206
		        assert answer.body == body[first:last + 1], (first, last)
		        assert answer["Content-Range"] == (
		            f"bytes {first}-{last}/{len(body)}")
		assert page("/", "Range: bytes=-3").body == b"t>\n"
		answer = page("/", f"Range: bytes={len(body)}-")
		assert answer.status == 416
		assert answer["Content-Range"] == f"bytes */{len(body)}"
		assert page("/", "Range: bytes=0-1", "If-Range: " + plain["ETag"]
		           ).body == body
		# Several ranges: the whole page with the script.
		answer = page("/", "Range: bytes=0-1,5-6")
		assert (answer.status, answer.body) == (200, body)
		# Pipelined, in one iteration.
		answers = ask_all(get("/", HTML) + get("/") + get("/", HTML, "Range: bytes=7-8")
		                  + get("/", HTML, "Connection: close"))
		assert [x.body for x in answers] == [
		    body, plain.body, body[7:9], body]
	EOF
}

@test "Vary of a 200, 304 and 404 has the fields that decide about the script" {
	fill
	serve_start --live
	live <<-'EOF'
		def varies(answer):
		    return set(", ".join(answer.all("Vary")).split(", "))
		by = {"Sec-Fetch-Dest", "Sec-Fetch-Mode",
		      "Upgrade-Insecure-Requests", "Accept"}
		assert varies(page()) == by | {"Accept-Encoding"}
		assert varies(page("/", "If-None-Match: *")) == by | {"Accept-Encoding"}
		assert varies(page("/none")) == by
		assert varies(page("/empty/")) == by
	EOF
	serve_stop TERM
	serve_start --live -H 'Vary: Origin' -H 'Cache-Control: no-store'
	live <<-'EOF'
		assert page()["Vary"] == "Origin"
		assert page()["Cache-Control"] == "no-store"
	EOF
}

@test "a navigation gets the uncompressed page, fetch() the compressed one" {
	fill
	gzip -k "$ROOT/index.html"
	serve_start --live
	live <<-'EOF'
		coding = "Accept-Encoding: gzip"
		requests = [get("/", HTML, coding), get("/", coding)]
		for order in requests, requests[::-1], requests * 2:
		    for request, answer in zip(order, ask_all("".join(order))):
		        if HTML in request:
		            assert answer["Content-Encoding"] is None
		            assert answer.body == b"<p>page\n" + tail()
		        else:
		            assert answer["Content-Encoding"] == "gzip"
	EOF
}

@test "--max-age does not apply with --live" {
	fill
	serve_start --live --max-age 1000
	[ "$(field_of cache-control "${URL}style.css")" = no-cache ]
}

@test "error pages, listings, 404.html and pages of --spa get the script too" {
	fill
	serve_start --live
	live <<-'EOF'
		for path, status, query in (("/none", 404, b"?!"), ("/empty/", 200, b"?*"),
		        ("/sub/", 200, b"?*")):
		    answer = page(path)
		    assert answer.status == status
		    assert answer.body.endswith((b"" if status == 200 else
		        b"</body>\n</html>\n") + tail(query) + (
		        b"</body>\n</html>\n" if status == 200 else b"")), answer.body
		    policy = answer["Content-Security-Policy"]
		    assert "; script-src 'self'" in policy
		    assert (status == 200) == ("'self' 'sha256-" in policy), policy
		    assert "; connect-src 'self'; " in policy
		    assert page(path, method="HEAD")["Content-Security-Policy"] == policy
		write("404.html", "<p>nothing")
		assert page("/none").body == b"<p>nothing" + tail(b"?!/404.html")
		assert ask(get("/none")).body == b"<p>nothing"
		# No script for other clients, or for other types.
		request = get("/", HTML).replace("localhost", "evil.example")
		assert b"live" not in ask(request).body
		assert ask(get("/empty/", dest("document"),
		               "Accept: application/json")).body == b"[]\n"
		# The page would have the script, but not the error in its
		# place.
		answer = ask(get("/", dest("document"), "Accept: application/json",
		                 "Range: bytes=9999-"))
		assert answer.status == 416
		assert answer.body.endswith(b"}\n"), answer.body
	EOF
	serve_stop TERM
	serve_start --live --spa -H "Content-Security-Policy: default-src 'self'"
	live <<-'EOF'
		assert page("/route").body == b"<p>page\n" + tail(b"?/index.html")
		assert page("/sub/")["Content-Security-Policy"] == "default-src 'self'"
	EOF
	serve_stop TERM
	rm "$ROOT/index.html"
	serve_start --live --no-listing
	live <<-'EOF'
		answer = page()
		assert answer.status == 403, answer
		assert answer.body.endswith(tail(b"?!")), answer.body
	EOF
}

@test "the script and the event stream have their own URLs" {
	fill
	serve_start --live --cors
	live <<-'EOF'
		answer = ask(get("/.well-known/serve/live.js"))
		assert answer.status == 200
		assert answer["Content-Type"] == "text/javascript; charset=utf-8"
		assert answer["Cache-Control"] == "no-store"
		assert b"EventSource" in answer.body
		head = ask(get("/.well-known/serve/live.js", method="HEAD"), "HEAD")
		assert head.fields[1:] == answer.fields[1:]
		head = ask(get("/.well-known/serve/live", method="HEAD"), "HEAD")
		assert head["Content-Type"] == "text/event-stream"
		for version in "HTTP/1.0", "HTTP/1.1":
		    client = Client().send(get("/.well-known/serve/live?0", version=version))
		    head = b""
		    while line := client.line():
		        head += line + b"\r\n"
		    answer = Answer(head[:-2], b"")
		    assert answer["Content-Type"] == "text/event-stream"
		    assert answer["Cache-Control"] == "no-store"
		    assert answer["Connection"] == "close"
		    assert answer["Transfer-Encoding"] is None
		    assert answer["X-Accel-Buffering"] == "no"
		    assert answer["Access-Control-Allow-Origin"] == "*"
		evil = get("/.well-known/serve/live").replace("localhost", "evil.example")
		assert ask(evil).status == 403
		assert ask(get("/.well-known/serve/other")).status == 404
	EOF
	need node
	curl -sS "${URL}.well-known/serve/live.js" >"$BATS_TEST_TMPDIR/live.js"
	node --check "$BATS_TEST_TMPDIR/live.js"
}

@test "a navigation passed on by a service worker gets the script, fetch() does not" {
	fill
	serve_start --live
	live <<-'EOF'
		def mode(name):
		    return "Sec-Fetch-Mode: " + name
		insecure = "Upgrade-Insecure-Requests: 1"
		# Chromium and WebKit, Firefox
		for fields in [mode("navigate")], [mode("same-origin"), insecure]:
		    assert ask(get("/", HTML, dest("empty"), *fields)).body.endswith(tail())
		# Scripts that need the file: Turbo, htmx
		for fields in ([], [mode("cors")], [mode("same-origin")],
		               [mode("cors"), insecure]):
		    assert ask(get("/", HTML, dest("empty"), *fields)).body == b"<p>page\n"
	EOF
}

@test "the script is served in each folder, and has the relative path to the root" {
	fill
	serve_start --live
	live <<-'EOF'
		for folder, up in (("", "../../"), ("sub/", "../../../"),
		                   ("none/at/all/", "../../../../../"), ("a//b/", "../../../../../")):
		    answer = ask(get(f"/{folder}.well-known/serve/live.js"))
		    assert answer.status == 200
		    assert f"new URL('{up}', ".encode() in answer.body, folder
		assert ask(get("/sub/.well-known/serve/live")).status == 404
		assert ask(get("/x.well-known/serve/live.js")).status == 404
	EOF
}

@test "with --no-listing only paths that were requested are reported" {
	fill
	touch "$ROOT/secret" "$ROOT/sub/secret"
	mkfifo "$ROOT/fifo"
	serve_start --live --no-listing
	live <<-'EOF'
		page()
		page("/sub/page")
		page("/later/x/page.html")
		stream = Stream()
		with stopped():
		    for name in "secret", "sub/secret", "new", "sub/page.html.txt":
		        put(name, "1")
		    os.chmod(ROOT + "/fifo", 0o600)
		    put("index.html", "2")
		assert stream.event() == ["/index.html"]
		write("sub/page.html", "2")
		assert stream.event() == ["/sub/page.html"]
		os.mkdir(ROOT + "/later")
		assert stream.event() == ["/later"]
		page("/file")
		write("file", "2")
		assert stream.event() == ["/file"]
		# A later client does not learn more either.
		paths = set()
		late = Stream(60000)
		while "/file" not in paths:
		    paths |= set(late.event())
		assert paths == {"/", "/index.html", "/sub/page.html", "/later", "/file"}
	EOF
}

@test "many links to one folder share one watch, and delay no request" {
	fill
	ln -s . "$ROOT/a"
	ln -s . "$ROOT/b"
	serve_start --live
	live <<-'EOF'
		import itertools
		client = Client()
		for names in itertools.product("ab", repeat=12):
		    assert client.ask(get("/" + "/".join(names) + "/file")).status == 200
		assert watched() == {inode(), inode("..")}
		stream = Stream()
		with stopped():
		    for i in range(400):
		        put(f"new{i}", "")
		assert stream.event() == ["/"]
		# Other folders can still be watched.
		page("/sub/page")
		assert inode("sub") in watched()
	EOF
	run ! grep 'too many folders' "$ERR"
}

@test "the data of an event are the paths that changed, encoded as in a URL" {
	fill
	serve_start --live
	live <<-'EOF'
		page()
		page("/sub/page")
		stream, other = Stream(), Stream()
		write("style.css", "p{color:red}")
		assert stream.event() == other.event() == ["/style.css"]
		with stopped():
		    put("new", "")
		    os.rename(ROOT + "/new", ROOT + "/index.html")
		assert sorted(stream.event()) == ["/index.html", "/new"]
		os.unlink(ROOT + "/sub/page.html")
		assert stream.event() == ["/sub/page.html"]
		name = 'a b%?#"<é\n\x01'
		write("sub/" + name, "")
		assert stream.event() == [
		    "/sub/a%20b%25%3F%23%22%3C%C3%A9%0A%01"]
		write(os.fsencode(ROOT) + b"/\xff", "")
		assert stream.event() == ["/%FF"]
		os.chmod(ROOT + "/index.html", 0o600)
		assert stream.event() == ["/index.html"]
		os.rename(ROOT + "/sub", ROOT + "/bus")
		assert sorted(set(stream.event())) == ["/bus", "/sub"]
		# Neither hidden files nor files that were only read are
		# reported.
		write(".secret", "")
		with open(ROOT + "/file") as file:
		    file.read()
		stream.silent()
	EOF
}

@test "a burst of 200 writes is one event, with each path once" {
	fill
	serve_start --live
	live <<-'EOF'
		page()
		stream = Stream()
		with stopped():
		    for i in range(200):
		        put("style.css", str(i))
		        put("index.html", str(i))
		assert sorted(stream.event()) == ["/index.html", "/style.css"]
		stream.silent()
	EOF
}

@test "too many changes for one event are reported as /" {
	fill
	serve_start --live
	live <<-'EOF'
		page()
		stream = Stream()
		with stopped():
		    for i in range(20):
		        put("x" * 200 + str(i), "")
		        put("y" * 200 + str(i) + "%" * 40, "")
		        put("z" * 200 + str(i) + "%" * 40, "")
		assert "/" in stream.event()
		stream.silent()
		# The queue of the kernel overflows.
		with open("/proc/sys/fs/inotify/max_queued_events") as most:
		    most = int(most.read())
		if most <= 65536:
		    with stopped():
		        for i in range(most + 10):
		            os.utime(ROOT + "/" + ("file", "style.css")[i % 2])
		    stream.until("/")
	EOF
}

@test "an endless burst is reported once a second" {
	fill
	serve_start --live
	live <<-'EOF'
		page()
		stream = Stream()
		stream.socket.settimeout(0.002)
		end = time.monotonic() + WAIT
		while not stream.unread:
		    assert time.monotonic() < end
		    put("style.css", "x")
		    with contextlib.suppress(TimeoutError):
		        stream.more()
	EOF
}

@test "a client that reconnects gets exactly the events that it missed" {
	fill
	serve_start --live
	live <<-'EOF'
		page()
		first = Stream()
		write("index.html", "0")
		assert first.event() == ["/index.html"]
		time.sleep(0.05)	# longer ago than the 20 ms below
		begin = time.monotonic()
		write("style.css", "1")
		first.event()
		write("file", "2")
		first.event()

		def ago(then):
		    return int((time.monotonic() - then) * 1000)
		# Repeat if the request itself took too long.
		until(lambda: Stream(ago(begin) + 20).until("/file") == [
		    "/style.css", "/file"])
		late = Stream(ago(begin) + 20)
		late.until("/file")
		late.silent()
		assert first.event() == ["/silence"]
		# A time before the start, or before the oldest event that is
		# kept.
		for age in 10 ** 9, 10 ** 30:
		    assert Stream(age).event() == ["/"]
		for i in range(40):
		    write("style.css", str(i))
		    first.event()
		assert Stream(ago(begin)).event() == ["/"]
		Stream(0).silent()
		Stream().silent()
	EOF
}

@test "clients of an earlier run get an event: the server was restarted" {
	fill
	serve_start --live
	serve_stop TERM
	serve_start --live
	live <<-'EOF'
		stream = Stream(60000)
		assert stream.event() == ["/"]
		page()
		stream.silent()
	EOF
}

@test "only folders from which files were served are watched" {
	fill
	mkdir -p "$ROOT/node_modules/deep" "$ROOT/.git"
	echo secret >"$ROOT/.git/config"
	ln -s /usr "$ROOT/out"
	serve_start --live
	live <<-'EOF'
		parent = inode("..")
		assert watched() == {parent}
		page()
		assert watched() == {parent, inode()}
		page("/style.css")
		page("/none")
		page("/.git/config")
		page("/out/share/")
		assert watched() == {parent, inode()}
		page("/sub/page")
		page("/empty/")
		assert watched() == {parent, inode(), inode("sub"), inode("empty")}
		# The nearest folder that exists.
		page("/node_modules/none/deep/x.js")
		assert watched() == {parent, inode(), inode("sub"), inode("empty"),
		                     inode("node_modules")}
		os.rmdir(ROOT + "/empty")
		until(lambda: len(watched()) == 4)
	EOF
}

@test "if another file is sent for a missing path, that file is watched" {
	fill
	mkdir "$ROOT/real"
	echo one >"$ROOT/real/page"
	ln -s real/page "$ROOT/404.html"
	for option in --cors --spa; do
		serve_start --live "$option"
		OPTION=$option live <<-'EOF'
			file = "index.html"
			if os.environ["OPTION"] == "--cors":
			    file = "404.html"
			page("/sub/none")
			stream = Stream()
			write(file, "two")
			assert "/" + file in stream.event()
			stream.silent()
		EOF
		serve_stop TERM
	done
}

@test "emptying, removing, filling or replacing a folder is reported" {
	fill
	serve_start --live
	live <<-'EOF'
		page("/sub/page")
		stream = Stream()
		old = inode("sub")
		os.unlink(ROOT + "/sub/page.html")
		assert stream.event() == ["/sub/page.html"]
		os.rmdir(ROOT + "/sub")
		assert stream.event() == ["/sub"]
		# A missing folder is not watched until it is requested.
		assert page("/sub/page").status == 404
		os.mkdir(ROOT + "/sub")
		assert stream.event() == ["/sub"]
		assert page("/sub/page").status == 404
		write("sub/page.html", "new")
		assert stream.event() == ["/sub/page.html"]
		# Another folder in its place, unnoticed: pages from it are
		# stale.
		page("/sub/page")
		with stopped():
		    os.rename(ROOT + "/sub", ROOT + "/old")
		    os.mkdir(ROOT + "/sub")
		    put("sub/page.html", "newer")
		stream.until("/sub")
		assert page("/sub/page").body == b"newer" + tail()
		write("sub/page.html", "newest")
		stream.until("/sub/page.html")
		until(lambda: old not in watched())
	EOF
}

@test "the folder that a link leads to is watched" {
	fill
	mkdir "$ROOT/real"
	echo one >"$ROOT/real/file"
	ln -s real "$ROOT/folder"
	ln -s ../real/file "$ROOT/sub/file"
	ln -s "$ROOT/real/file" "$ROOT/absolute"
	serve_start --live
	live <<-'EOF'
		for path in "/folder/file", "/sub/file", "/absolute":
		    assert page(path).status == 200
		stream = Stream()
		write("real/file", "two")
		assert sorted(stream.event()) == ["/absolute", "/folder/file", "/sub/file"]
		write("real/other", "")
		assert stream.event() == ["/folder/other"]
		os.unlink(ROOT + "/sub/file")
		page("/sub/file")
		os.symlink("../file", ROOT + "/sub/file")
		stream.until("/sub/file")
	EOF
}

@test "a new folder with the name of the root is watched" {
	fill
	serve_start --live
	live <<-'EOF'
		page()
		stream = Stream()
		for way in "removed", "moved":
		    if way == "removed":
		        import shutil
		        shutil.rmtree(ROOT)
		    else:
		        os.rename(ROOT, ROOT + "-old")
		    stream.until("/")
		    os.mkdir(ROOT)
		    write("index.html", way)
		    stream.until("/")
		    assert page().body == way.encode() + tail()
		    write("index.html", "again")
		    stream.until("/index.html")
	EOF
	mkdir "$ROOT" 2>/dev/null || :
}

@test "if DIR is a link, a new folder with the name of its target is watched" {
	fill
	mv "$ROOT" "$BATS_TEST_TMPDIR/build"
	mkdir "$BATS_TEST_TMPDIR/links"
	ROOT=$BATS_TEST_TMPDIR/links/site
	ln -s ../build "$ROOT"
	serve_start --live
	live <<-'EOF'
		import shutil
		page()
		stream = Stream()
		target = os.path.realpath(ROOT)
		shutil.rmtree(target)
		stream.until("/")
		os.mkdir(target)
		stream.until("/")
		write("index.html", "new")
		stream.until("/index.html")
	EOF
}

@test "with FILE, changes of other files in its folder are not reported" {
	fill
	ROOT=$ROOT/sub/page.html
	serve_start --live
	ROOT=${ROOT%/sub/page.html}
	live <<-'EOF'
		assert page("/page.html").body == b"<p>sub\n" + tail()
		page("/none")
		stream = Stream()
		write("sub/beside", "")
		write("sub/page.html", "new")
		assert stream.event() == ["/"]
		os.unlink(ROOT + "/sub/page.html")
		write("sub/page.html", "newer")
		stream.until("/")
	EOF
}

@test "an idle stream sends heartbeats and outlives --timeout" {
	fill
	serve_start --live --timeout 1
	live <<-'EOF'
		page()
		stream = Stream()
		for i in range(5):      # twice as often as --timeout
		    while b":\n\n" not in stream.unread:
		        assert stream.more()
		    stream.unread = stream.unread.replace(b":\n\n", b"", 1)
		stream.silent()
	EOF
}

@test "only a client that does not read its events is closed" {
	need ip
	need_unshare --net
	fill
	RUN=(unshare --net sh -c 'ip link set lo up
		echo 4096 8192 8192 >/proc/sys/net/ipv4/tcp_wmem; exec "$@"' -)
	serve_start --live --timeout 1 --log-format pretty
	live <<-'EOF'
		import ctypes
		with open(f"/proc/{os.environ['PID']}/ns/net") as net:
		    assert ctypes.CDLL(None).setns(net.fileno(), 0) == 0
		page()
		slow, quick = Stream(buffer=2048), Stream()
		def ended():
		    for i in range(20):
		        put("x" * 240 + str(i % 10), "")
		    quick.until("/" + "x" * 240 + "9")
		    with open(OUT) as out:
		        return "(live)" in out.read()
		until(ended)
		assert slow.socket.fileno() != -1
		try:
		    slow.rest()
		except ConnectionResetError:
		    pass
		quick.silent()
	EOF
}

@test "a stream ends when its client disconnects or sends anything" {
	fill
	serve_start --live
	live <<-'EOF'
		def logged():
		    with open(OUT) as out:
		        return out.read().count("/.well-known/serve/live ")
		Stream().close()
		until(lambda: logged() == 1)
		Stream().end().ended()
		until(lambda: logged() == 2)
		Stream().send("GET / HTTP/1.1\r\n\r\n").ended()
		until(lambda: logged() == 3)
		# Bytes that came with the request are ignored.
		page()
		client = Client().send(get("/.well-known/serve/live") + get("/"))
		while client.line():
		    pass
		write("file", "")
		while b"\ndata: /file\n" not in client.unread:
		    assert client.more(), client.unread
	EOF
}

@test "a signal ends streams at once" {
	fill
	serve_start --live --log-format pretty -j 2
	live <<-'EOF'
		streams = [Stream() for i in range(20)]
		begin = time.monotonic()
		os.kill(int(os.environ["PID"]), signal.SIGTERM)
		for stream in streams:
		    stream.ended()
		# Transfers would have this much time.
		assert time.monotonic() - begin < 5
	EOF
	serve_wait
	[ "$(grep -c ' 200 GET .*  /.well-known/serve/live  (live)$' "$OUT")" = 20 ]
	run ! grep -a Finishing "$ERR"
}

@test "after a signal no stream begins behind a download" {
	fill
	truncate -s 50M "$ROOT/large"
	serve_start --live
	live <<-'EOF'
		client = Client()
		client.send(get("/large") + get("/.well-known/serve/live"))
		client.more()
		os.kill(int(os.environ["PID"]), signal.SIGTERM)
		with contextlib.suppress(ConnectionError):
		    until(lambda: Client().close())
		assert client.read()["Content-Length"] == str(50 << 20)
		refusal = client.read()
		assert (refusal.status, refusal["Connection"]) == (503, "close")
		client.ended()
	EOF
	serve_wait
}

@test "a stream has one line in the log, at its end" {
	fill
	serve_start --live
	live <<-'EOF'
		page()
		Stream().silent()
	EOF
	wait_until grep -q '"GET /.well-known/serve/live HTTP/1.1" 200 [1-9]' "$OUT"
	serve_stop TERM
	[ "$(grep -c serve/live "$OUT")" = 1 ]
}

@test "streams count for the connection limits" {
	fill
	serve_start --live --max-conns-per-client 2
	live <<-'EOF'
		streams = [Stream(), Stream()]
		assert Client().ask(get("/")).status == 503
		streams[0].close()
		until(lambda: Client().send(get("/")).read().status == 200)
	EOF
}

@test "streams on several loops get the same events" {
	fill
	serve_start --live -j 4
	live <<-'EOF'
		page()
		streams = [Stream() for i in range(100)]
		for i in range(5):
		    write("file", str(i))
		    assert [x.event() for x in streams] == [["/file"]] * 100
		for stream in streams[::2]:
		    stream.close()
		write("style.css", "")
		for stream in streams[1::2]:
		    assert stream.event() == ["/style.css"]
	EOF
}

@test "the limit of watches is reported once, and files are still served" {
	fill
	need unshare
	unshare --user --map-root-user sh -c \
		'echo 2 >/proc/sys/user/max_inotify_watches' 2>/dev/null ||
		skip "needs limits of its own"
	RUN=(unshare --user --map-root-user sh -c
		'echo 2 >/proc/sys/user/max_inotify_watches; exec "$@"' -)
	serve_start --live
	live <<-'EOF'
		for i in range(3):
		    for path in "/", "/sub/page", "/empty/":
		        assert page(path).status == 200
		stream = Stream()
		stream.silent()
	EOF
	[ "$(grep -c '^serve: too many folders to watch' "$ERR")" = 1 ]
}

@test "only a page with the base of another server gets an inline script" {
	serve_start --live
	live <<-'EOF'
		def ends(text):
		    open(f"{ROOT}/base.html", "w").write(text)
		    answer = page("/base.html")
		    assert answer.body.startswith(text.encode())
		    assert int(answer["Content-Length"]) == len(answer.body)
		    return answer.body[len(text):]

		for base in ('<base href="https://example.com/">',
		             "<base target=a><BASE\nhref=//h>"):
		    end = ends(base)
		    assert end.startswith(b"<script>document.head.append("), base
		    assert b'".well-known/serve/live.js",location' in end, base
		for base in ('<base href="/x/">', '<base target=a><a href="//h">',
		             '<basefont a="//h">', '<base\0 href="//h">', "<base",
		             "<", '<bas href="//h">'):
		    assert ends(base) == tail(), base
	EOF
}

@test "a write to serve's own log in the folder is not reported" {
	mkdir "$ROOT/logs"
	ERR=$ROOT/logs/err
	for OUT in "$ROOT/log" "$ROOT/logs/log"; do
		serve_start --live -v
		live <<-'EOF'
			page("/"), page("/logs/")
			stream = Stream()
			for i in range(3):
			    page("/"), page("/logs/")
			stream.silent()
			# It is the same file under another name, and another one.
			out = os.path.relpath(OUT, ROOT)
			os.rename(OUT, OUT + "-old")
			assert set(stream.event()) == {f"/{out}", f"/{out}-old"}
			page("/"), page("/logs/")
			stream.silent()
			write(out, "new")
			assert stream.event() == [f"/{out}"]
		EOF
		serve_stop TERM
	done
}
