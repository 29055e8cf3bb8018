# The result for each path: files, pages without .html, folders, and anything
# else; each with openat2, and where that is refused.

load wire

@test "a file with the exact name takes precedence" {
	echo exact >"$ROOT/about"
	echo page >"$ROOT/about.html"
	serve_start_both
	expect <<-'EOF'
		200 /about exact
		200 /about.html page
		404 /about/
	EOF
}

@test "without that file /about is about.html, with 200 and without a redirect" {
	mkdir -p "$ROOT/a"
	echo page >"$ROOT/about.html"
	echo deep >"$ROOT/a/deep.html"
	echo twice >"$ROOT/page.html.html"
	serve_start_both
	expect <<-'EOF'
		200 /about page
		200 /about?x page
		200 /a/deep deep
		200 /page.html twice
		200 /page.html.html twice
		404 /about/
		404 /abou
		404 /about.htm
		404 /About
	EOF
	[ "$(field_of content-type "${URL}about")" = "text/html; charset=utf-8" ]
}

@test "about.html takes precedence over a folder about/, which needs its slash" {
	mkdir "$ROOT/about"
	echo page >"$ROOT/about.html"
	echo index >"$ROOT/about/index.html"
	serve_start_both
	expect <<-'EOF'
		200 /about page
		200 /about/ index
	EOF
}

@test "a folder named x.html is not the page of /x" {
	mkdir -p "$ROOT/x.html" "$ROOT/y" "$ROOT/y.html"
	serve_start_both
	expect <<-'EOF'
		404 /x
		301 /x.html x.html/
		301 /y y/
	EOF
}

@test "a folder without its slash is redirected; a file with a slash is 404" {
	mkdir -p "$ROOT/a/b"
	echo file >"$ROOT/file.txt"
	serve_start_both
	expect <<-'EOF'
		301 /a a/
		301 /a/b b/
		404 /file.txt/
		404 /file.txt/b
		404 /file.txt/b/
		404 /absent/
		404 /absent/b
	EOF
}

@test "a folder is answered with index.html, else index.htm, else a listing" {
	mkdir -p "$ROOT"/{both,htm,none,folder/index.html,upper}
	echo html >"$ROOT/both/index.html"
	echo htm >"$ROOT/both/index.htm"
	echo htm >"$ROOT/htm/index.htm"
	echo htm >"$ROOT/folder/index.htm"
	echo entry >"$ROOT/none/entry"
	echo INDEX >"$ROOT/upper/INDEX.HTML"
	echo root >"$ROOT/index.html"
	serve_start_both
	expect "Accept: text/plain" <<-'EOF'
		200 / root
		200 /both/ html
		200 /htm/ htm
		200 /folder/ htm
		200 /none/ entry
		200 /upper/ INDEX.HTML
	EOF
}

@test "--no-listing sends 403 instead of a listing, and changes nothing else" {
	mkdir -p "$ROOT"/{index,none}
	echo html >"$ROOT/index/index.html"
	serve_start_both --no-listing
	expect <<-'EOF'
		403 /
		403 /none/
		301 /none none/
		200 /index/ html
		404 /absent/
	EOF
}

@test "the site's 404.html is sent with 404, but not to clients that want JSON" {
	mkdir "$ROOT/a"
	echo lost >"$ROOT/404.html"
	echo other >"$ROOT/a/404.html"
	serve_start_both
	expect <<-'EOF'
		404 /absent lost
		404 /a/absent lost
		404 /absent/ lost
		404 /.hidden lost
		200 /404 lost
		200 /404.html lost
	EOF
	expect "Accept: text/html,*/*" <<<"404 /absent lost"
	expect "Accept: image/png" <<<"404 /absent lost"
	[ "$(curl -sS -H 'Accept: application/json' "${URL}absent" |
		python3 -c 'import json, sys; print(json.load(sys.stdin)["status"])')" = 404 ]
	[ "$(status_of -X POST "${URL}absent")" = 405 ]
	wire <<-'EOF'
		answer = ask(get("/absent", method="HEAD"), "HEAD")
		assert (answer.status, answer["Content-Length"]) == (404, "5")
		assert answer["Content-Type"].startswith("text/html")
		assert answer.all("Vary") == ["Accept", "Accept-Encoding"], answer
	EOF
}

@test "404.html.html is not the page for a missing path" {
	echo twice >"$ROOT/404.html.html"
	serve_start_both
	expect <<-'EOF'
		404 /absent/
		200 /404.html twice
	EOF
	run curl -sS "${URL}absent"
	[ "$output" = "404 Not Found: /absent" ]
}

@test "FIFOs, sockets and devices are 404, and block no other request" {
	mkfifo "$ROOT/fifo" "$ROOT/index.html"
	python3 -c 'import socket, sys
socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$ROOT/socket"
	mknod "$ROOT/null" c 1 3 2>/dev/null || true
	mknod "$ROOT/zero" c 1 5 2>/dev/null || true
	ln -s fifo "$ROOT/link"
	serve_start_both -j 1
	expect "Accept: application/json" <<-'EOF'
		404 /fifo
		404 /socket
		404 /null
		404 /zero
		404 /link
		404 /fifo/
		404 /index.html
		200 /
	EOF
}

@test "a FIFO does not hide a page with its name" {
	mkdir "$ROOT/sub"
	mkfifo "$ROOT/about" "$ROOT/sub/index.html"
	echo about >"$ROOT/about.html"
	echo second >"$ROOT/sub/index.htm"
	serve_start_both
	expect <<-'EOF'
		200 /about about
		200 /sub/ second
	EOF
}

@test "an unreadable file is 403" {
	mkdir "$ROOT/closed" "$ROOT/blind" "$ROOT/a"
	echo secret >"$ROOT/closed/file"
	echo known >"$ROOT/blind/file"
	echo secret >"$ROOT/secret"
	echo secret >"$ROOT/page.html"
	echo secret >"$ROOT/a/index.html"
	chmod 0 "$ROOT/closed" "$ROOT/secret" "$ROOT/page.html" "$ROOT/a/index.html"
	chmod 711 "$ROOT/blind"		# known names may be opened
	cp -rp "$ROOT/blind" "$ROOT/page-of"
	echo page >"$ROOT/page-of.html"
	serve_as_user
	[ "$EUID" = 0 ] || chmod 311 "$ROOT"/{blind,page-of}
	serve_start_both
	expect <<-'EOF'
		403 /secret
		403 /page
		403 /page.html
		403 /a/
		403 /closed/file
		403 /closed/
		403 /blind/
		301 /blind blind/
		200 /blind/file known
		200 /page-of page
		200 /
	EOF
	chmod 755 "$ROOT"/{closed,blind,page-of}
}

@test "names match exactly, with case and spaces" {
	echo content >"$ROOT/File.TXT"
	echo space >"$ROOT/a "
	echo dot >"$ROOT/a."
	serve_start_both
	expect <<-'EOF'
		200 /File.TXT content
		404 /file.txt
		404 /File.TXT%20
		404 /File.TXT.
		404 /File.TXT::$DATA
		404 /File.TXT~
		200 /a%20 space
		200 /a. dot
		404 /a
	EOF
}

@test "a removed root is 404, and is served again once it exists" {
	echo one >"$ROOT/file"
	serve_start_both
	expect <<<"200 /file one"
	rm -r "$ROOT"
	expect <<-'EOF'
		404 /file
		404 /
	EOF
	mkdir "$ROOT"
	echo two >"$ROOT/file"
	expect <<-'EOF'
		200 /file two
		200 /
	EOF
	ln -s "$ROOT/file" "$ROOT/link"
	expect <<<"200 /link two"
}

@test "a moved root is served until another folder has its name" {
	echo one >"$ROOT/file"
	serve_start_both
	mv "$ROOT" "$ROOT-away"
	expect <<-'EOF'
		200 /file one
		200 /
	EOF
	mkdir "$ROOT"
	expect <<<"404 /file"
}

@test "a folder that is moved to the name of the root becomes the root" {
	echo one >"$ROOT/file"
	mkdir "$ROOT-new"
	echo two >"$ROOT-new/file"
	serve_start_both
	wire <<-'EOF'
		clients = [Client(port=int(p)) for p in os.environ["SERVERS"].split()]
		for client in clients:
		    assert client.ask(get("/file")).body == b"one\n"
		os.rename(ROOT, ROOT + "-old")
		os.rename(ROOT + "-new", ROOT)
		# also for connections that were open before
		for client in clients:
		    assert client.ask(get("/file")).body == b"two\n"
	EOF
}

@test "a root that is a link to a folder follows the link" {
	mkdir "$BATS_TEST_TMPDIR/one" "$BATS_TEST_TMPDIR/two"
	for name in one two; do
		echo "$name" >"$BATS_TEST_TMPDIR/$name/file"
		ln -s "$BATS_TEST_TMPDIR/$name/file" "$BATS_TEST_TMPDIR/$name/absolute"
	done
	ROOT=$BATS_TEST_TMPDIR/current
	ln -s one "$ROOT"
	serve_start_both
	expect <<-'EOF'
		200 /file one
		200 /absolute one
	EOF
	ln -sfn two "$ROOT"
	expect <<-'EOF'
		200 /file two
		200 /absolute two
	EOF
}

@test "/ can be the root" {
	let_others_in
	ROOT=/
	echo content >"$BATS_TEST_TMPDIR/file"
	echo page >"$BATS_TEST_TMPDIR/page.html"
	ln -s "$BATS_TEST_TMPDIR/file" "$BATS_TEST_TMPDIR/absolute"
	ln -s ../test/../../../../../../../etc/passwd "$BATS_TEST_TMPDIR/above"
	serve_start_both
	expect <<-EOF
		200 $BATS_TEST_TMPDIR/file content
		200 $BATS_TEST_TMPDIR/page page
		200 $BATS_TEST_TMPDIR/absolute content
		404 $BATS_TEST_TMPDIR/above
		301 $BATS_TEST_TMPDIR ${BATS_TEST_TMPDIR##*/}/
		404 /dev/null
		404 /dev/zero
		200 /
		200 /etc/passwd
	EOF
	# Magic links, which do not lead where their text says.
	SERVERS=${SERVERS%% *} expect <<-'EOF'
		404 /proc/self/root/etc/passwd
		404 /proc/self/exe
		404 /proc/self/cwd/
	EOF
}

@test "without DIR the current folder is served" {
	echo content >"$ROOT/file"
	cd "$ROOT"
	"$SERVE" -p 0 >"$OUT" 2>"$ERR" 3>&- &
	PID=$!
	RUNNING+=("$PID")
	wait_until serve_settled
	[ "$(curl -sS "${URL}file")" = content ]
}

@test "a lookup without a free descriptor is 503, and other clients are served" {
	head -c 2000000 /dev/zero >"$ROOT/large"
	ulimit -n 40
	serve_start -j 1 --max-conns 1000
	wire <<-'EOF'
		# Each takes two: its socket, and a file that stays open.
		clients = []
		got = []
		for i in range(25):
		    client = Client(buffer=4096).send(get("/large"))
		    clients.append(client)
		for client in clients[:12]:
		    client.socket.settimeout(WAIT)
		    while b"\r\n\r\n" not in client.unread:
		        client.more()
		    got.append(int(client.unread[9:12]))
		assert set(got) <= {200, 503}, got
		for client in clients:
		    client.close()
		assert ask(get("/large", "Range: bytes=0-0")).status == 206
	EOF
}
