# Slow disks: a FUSE file system of our own (slow_disk.py) that waits until a
# test releases it.  Only clients that read from it wait.

load proxy

setup() {
	serve_setup
	DISK=$BATS_TEST_TMPDIR/disk CONTROL=$BATS_TEST_TMPDIR/control
	export DISK CONTROL
	mkdir "$DISK" "$DISK/folder" "$ROOT/slow" "$CONTROL"
	echo small >"$DISK/small.txt"
	echo page >"$DISK/folder/page.html"
	head -c 3000000 /dev/urandom >"$DISK/large"
	for i in {1..8}; do
		ln "$DISK/large" "$DISK/large$i"
		mkdir "$DISK/folder$i"
		echo page >"$DISK/folder$i/page.html"
	done
	echo fast >"$ROOT/fast.txt"
	MOUNTS=() COLD=() DISKS=() APPS=()
	export APP_LOG=$BATS_TEST_TMPDIR/app.log
}

teardown() {
	local bad=0 i mount disk app

	rm -f "$BATS_TEST_TMPDIR"/control*/hold
	serve_teardown || bad=$?
	for app in "${APPS[@]}"; do
		kill "$app"
	done
	for mount in "${COLD[@]}"; do
		umount "$mount"
	done
	# One may be in another.
	for ((i = ${#MOUNTS[@]} - 1; i >= 0; i--)); do
		fusermount3 -uz "${MOUNTS[i]}"
	done
	# A copy of the mount in another namespace would keep the process
	# running.
	for disk in "${DISKS[@]}"; do
		kill -s KILL "$disk" 2>/dev/null || true
		wait "$disk" || true
	done
	return "$bad"
}

# [MOUNT [CONTROL]]: mount $DISK there, by default at $ROOT/slow.
mount_disk() {
	local mount=${1-$ROOT/slow} python

	need fusermount3
	need_file /dev/fuse /dev/fuse
	for python in python3 /usr/bin/python3 ''; do
		[ "$python" ] || lack "python3-fusepy" || return
		! "$python" -c 'import fusepy' 2>/dev/null || break
	done
	"$python" "$BATS_TEST_DIRNAME/slow_disk.py" "$DISK" "$mount" \
		"${2-$CONTROL}" >"$BATS_TEST_TMPDIR/disk.err" 2>&1 3>&- &
	DISKS+=($!)
	wait_until is_mounted_or_gone "$mount"
	mountpoint -q "$mount" || lack "permission to mount FUSE"
	MOUNTS+=("$mount")
}

# Have $ROOT on a local disk that is cold: an image, which lies on a slow one.
# Its folder and what was read of it are in memory, all else waits for "read".
# [COMMAND]...: let debugfs change the image first.
mount_cold() {
	[ "$EUID" = 0 ] || skip "needs root"
	need mkfs.ext4
	truncate -s 64M "$DISK/image"
	mkfs.ext4 -q -O ^has_journal -I 256 -d "$ROOT" "$DISK/image"
	[ "$#" = 0 ] || debugfs -w -R "$*" "$DISK/image"
	mkdir "$BATS_TEST_TMPDIR/backing"
	mount_disk "$BATS_TEST_TMPDIR/backing"
	mount -o ro,loop "$BATS_TEST_TMPDIR/backing/image" "$ROOT" ||
		skip "needs permission to mount a loop device"
	COLD+=("$ROOT")
}

is_mounted_or_gone() {
	mountpoint -q "$1" || ! kill -0 "${DISKS[-1]}" 2>/dev/null
}

# [CALL]...: let these calls (default: all) wait from now on.
hold() {
	echo "$*" >"$CONTROL/hold"
}

release() {
	rm "$CONTROL/hold"
}

# [N]: do this many calls wait?
is_held() {
	[ "$(find "$CONTROL/held" -type f | wc -l)" -ge "${1-1}" ]
}

# One client sends 100 requests for files on a fast disk.
expect_fast() {
	[ "$(curl -sS -m 20 "${URL}fast.txt?[1-100]" | sort | uniq -c)" = \
		"    100 fast" ]
}

# FIELD: the value that all threads have
of_threads() {
	sed -n "s/^$1:[[:space:]]*//p" "/proc/$PID/task"/*/status | sort -u
}

@test "threads start when a disk is slow, and are confined as the loops are" {
	mount_disk
	serve_start -j 1
	[ "$(of_threads Pid | wc -l)" = 2 ]
	seccomp=$(of_threads Seccomp)
	hold read
	curl -sS -o "$BATS_TEST_TMPDIR/large" "${URL}slow/large" 3>&- &
	wait_until is_held
	[ "$(of_threads Pid | wc -l)" -gt 2 ]
	[ "$(of_threads Seccomp)" = "$seccomp" ]
	[ "$(of_threads CapEff | wc -l)" = 1 ]
	release
	wait_until cmp -s "$BATS_TEST_TMPDIR/large" "$DISK/large"
}

@test "no thread starts for another mount of the served folder" {
	[ "$EUID" = 0 ] || skip "needs root"
	need_unshare --mount
	mkdir "$ROOT/again"
	# shellcheck disable=SC2016
	RUN=(unshare -m bash -c 'mount --bind "$0" "$0/again" && exec "$@"' "$ROOT")
	serve_start -j 1
	[ "$(curl -sS "${URL}again/fast.txt")" = fast ]
	[ "$(of_threads Pid | wc -l)" = 2 ]
}

@test "while 8 downloads and 8 listings wait for a disk, other clients are served" {
	mount_disk
	serve_start -j 1
	hold read readdir
	for i in {1..8}; do
		curl -sS -o "$BATS_TEST_TMPDIR/large$i" "${URL}slow/large$i" 3>&- &
		curl -sS -o "$BATS_TEST_TMPDIR/list$i" "${URL}slow/folder$i/" 3>&- &
	done
	# Half of the threads: the other half is for other disks.
	wait_until is_held 4
	expect_fast
	[[ $(curl -sS -m 20 "$URL") = *slow*fast.txt* ]]
	release
	for i in {1..8}; do
		wait_until cmp -s "$BATS_TEST_TMPDIR/large$i" "$DISK/large"
		wait_until grep -q page.html "$BATS_TEST_TMPDIR/list$i"
	done
}

@test "no system call on a slow disk blocks a loop" {
	mount_disk
	serve_start -j 1
	for call in getattr open flush read opendir readdir; do
		hold "$call"
		curl -sS -o "$BATS_TEST_TMPDIR/large" "${URL}slow/large" 3>&- &
		curl -sS -o "$BATS_TEST_TMPDIR/list" "${URL}slow/folder/" 3>&- &
		wait_until is_held
		expect_fast
		[[ $(curl -sS -m 20 "$URL") = *slow*fast.txt* ]]
		release
		wait_until cmp -s "$BATS_TEST_TMPDIR/large" "$DISK/large"
		wait_until grep -q page.html "$BATS_TEST_TMPDIR/list"
		rm "$BATS_TEST_TMPDIR/large" "$BATS_TEST_TMPDIR/list"
	done
}

@test "an archive waits for a slow disk without blocking the loop" {
	mount_disk
	serve_start -j 1
	for call in getattr open read readdir; do
		for format in zip tar; do
			hold "$call"
			# It begins on the fast disk, and continues on the slow
			# one.
			curl -sS -o "$BATS_TEST_TMPDIR/a" "$URL?archive=$format" 3>&- &
			curl -sS -o "$BATS_TEST_TMPDIR/b" \
				"${URL}slow/?archive=$format" 3>&- &
			jobs=$(jobs -p | tail -2)
			wait_until is_held
			expect_fast
			release
			# shellcheck disable=SC2086
			wait $jobs
			python3 - <<-'END'
				import os, tarfile, zipfile
				for name in "ab":
				    path = os.environ["BATS_TEST_TMPDIR"] + "/" + name
				    if zipfile.is_zipfile(path):
				        archive = zipfile.ZipFile(path)
				        read = archive.read
				    else:
				        archive = tarfile.open(path)
				        read = lambda n: archive.extractfile(n).read()
				    folder = "root/slow/" if name == "a" else "slow/"
				    with open(os.environ["DISK"] + "/large", "rb") as file:
				        assert read(folder + "large") == file.read()
				    assert read(folder + "folder/page.html") == b"page\n"
			END
		done
	done
}

@test "where names ignore case, rules are not served by another name either" {
	printf '/*\n X-A: b\n' >"$DISK/_headers"
	printf '/old /_HEADERS 200\n/gone /_HEADERS 410\n' >"$DISK/_redirects"
	echo other >"$DISK/_other"
	mkdir "$DISK/_docs"
	ln "$DISK/_headers" "$DISK/_docs/_headers"
	rm -r "$ROOT/slow" "$ROOT/fast.txt"
	mount_disk "$ROOT"
	serve_start
	[ "$(curl -sS "${URL}_Other")" = other ]
	[ "$(field_of X-A "${URL}_Other")" = b ]
	for path in _headers _Headers _REDIRECTS old; do
		[ "$(status_of "$URL$path")" = 404 ] || fail "$path"
	done
	run -0 curl -sS "${URL}gone"
	[[ $output != *X-A* ]]
	[ "$(status_of "${URL}_docs/_headers")" = 200 ]
}

@test "each file of an archive is sent before the next one is read from a slow disk" {
	mkdir "$DISK/files"
	for i in {100..399}; do
		head -c 4000 /dev/zero >"$DISK/files/$i"
	done
	mount_disk
	serve_start -j 1
	wire <<-'EOF'
		import io, tarfile
		control = os.environ["CONTROL"]
		request = get("/slow/files/?archive=tar", version="HTTP/1.0")
		with tarfile.open(fileobj=io.BytesIO(ask(request).body)) as tar:
		    at = {os.path.basename(f.name): f.offset for f in tar}
		# So long that only the first files wait for more.
		with open(control + "/delay", "w") as file:
		    file.write("0.01")
		client = Client().send(request)
		while client.line():
		    pass
		got = len(client.take(130000))
		with open(control + "/hold", "w") as file:
		    file.write("open")
		until(lambda: os.listdir(control + "/held"))
		held = os.listdir(control + "/held")[0]
		name = re.match(r"open,files,(\d+) ", held)[1]
		client.take(at[name] - got)
		os.unlink(control + "/hold")
	EOF
}

@test "an archive has all files of a folder whose name is longer than 255 bytes" {
	mkdir -p "$DISK/=/=/=/=/="
	for folder in "$DISK"/={,/=,/=/=,/=/=/=,/=/=/=/=}; do
		echo page >"$folder/page.html"
	done
	mount_disk
	ROOT=$(echo "$ROOT"/slow/=*)
	serve_start -j 1
	for format in zip tar; do
		curl -fsS -o "$BATS_TEST_TMPDIR/$format" "$URL?archive=$format"
	done
	python3 - <<-'END'
		import os, tarfile, zipfile
		path = os.environ["BATS_TEST_TMPDIR"]
		folder = 900 * "=" + "/"
		names = [depth * folder + "page.html" for depth in (1, 2, 3, 4, 5)]
		for archive in (zipfile.ZipFile(path + "/zip").namelist(),
		                tarfile.open(path + "/tar").getnames()):
		    assert sorted(name for name in archive
		                  if name.endswith("html")) == sorted(names)
	END
}

@test "a file whose name is longer than 255 bytes is served" {
	local name

	mkdir "$DISK/="
	echo page >"$DISK/=/=.txt"
	mount_disk
	serve_start
	name=$(printf '=%.0s' {1..900})
	[ "$(curl -fsS "${URL}slow/$name/$name.txt")" = page ]
	curl -fsS "${URL}slow/$name/" | grep -q "$name.txt"
}

@test "archives that are still counting leave threads for other clients" {
	local pids=() i

	for i in {1..4}-{1..200}; do
		mkdir "$DISK/folder${i/-//}"
	done
	mount_disk
	serve_start
	hold readdir
	# Two for each address.
	for i in 1 2 3 4; do
		curl -sS --interface "127.0.0.$((i / 3 + 1))" -o /dev/null \
			"${URL}slow/folder$i/?archive=zip" 3>&- &
		pids+=($!)
	done
	wait_until is_held 4
	echo 0.02 >"$CONTROL/delay"
	release
	[ "$(curl -sS -m 20 "${URL}slow/small.txt")" = small ]
	kill -0 "${pids[@]}"
	kill "${pids[@]}"
	wait "${pids[@]}" || :
}

@test "a second slow disk has the other half of the threads" {
	mount_disk
	mkdir "$ROOT/other" "$CONTROL-other"
	mount_disk "$ROOT/other" "$CONTROL-other"
	serve_start -j 1
	hold read
	for i in {1..8}; do
		curl -sS -o "$BATS_TEST_TMPDIR/large$i" "${URL}slow/large$i" 3>&- &
	done
	wait_until is_held 4
	[ "$(curl -sS -m 20 "${URL}other/small.txt")" = small ]
	curl -sS -m 20 "${URL}other/large" | cmp - "$DISK/large"
	release
	for i in {1..8}; do
		wait_until cmp -s "$BATS_TEST_TMPDIR/large$i" "$DISK/large"
	done
}

# Pictures: their type needs no look at their bytes, so only sending them reads.
@test "a slow disk in another one has no threads beyond their half" {
	mkdir "$DISK/empty" "$ROOT/other" "$CONTROL-inner" "$CONTROL-other"
	for i in {1..8}; do
		ln "$DISK/large" "$DISK/$i.jpg"
	done
	mount_disk
	mount_disk "$ROOT/slow/empty" "$CONTROL-inner"
	mount_disk "$ROOT/other" "$CONTROL-other"
	CONTROL+=-inner
	serve_start -j 1
	hold read
	for i in {1..4}; do
		curl -sS -o "$BATS_TEST_TMPDIR/$i.jpg" \
			"${URL}slow/empty/$i.jpg" 3>&- &
	done
	wait_until is_held 4
	hold read getattr
	for i in {5..8}; do
		curl -sS -o "$BATS_TEST_TMPDIR/$i.jpg" \
			"${URL}slow/empty/$i.jpg" 3>&- &
	done
	for i in {1..20}; do
		[ "$(curl -sS -m 20 "${URL}other/small.txt")" = small ]
	done
	release
	for i in {1..8}; do
		wait_until cmp -s "$BATS_TEST_TMPDIR/$i.jpg" "$DISK/large"
	done
}

@test "a slow disk that is mounted later is detected" {
	serve_start -j 1
	[ "$(status_of "${URL}slow/small.txt")" = 404 ]
	mount_disk
	hold
	curl -sS -o "$BATS_TEST_TMPDIR/large" "${URL}slow/large" 3>&- &
	wait_until is_held
	expect_fast
	release
	wait_until cmp -s "$BATS_TEST_TMPDIR/large" "$DISK/large"
}

@test "a listing does not wait for the disks that its links lead to" {
	mount_disk
	mkdir "$ROOT/links"
	ln -s ../slow/small.txt "$ROOT/links/small"
	ln -s "$ROOT/slow/folder" "$ROOT/links/folder"
	ln -s ../fast.txt "$ROOT/links/fast"
	serve_start -j 1
	hold
	# What they lead to is not known.
	diff - <(curl -sS -m 20 -H 'Accept: text/plain' "${URL}links/") <<-'EOF'
		fast
		folder
		small
	EOF
	release
	[ "$(curl -sS "${URL}links/small")" = small ]
	[ "$(field_of location "${URL}links/folder")" = folder/ ]
	[ "$(curl -sS "${URL}links/folder/page")" = page ]
}

@test "--follow-symlinks: only clients that follow a link to a slow disk wait" {
	mkdir "$BATS_TEST_TMPDIR/outside"
	mount_disk "$BATS_TEST_TMPDIR/outside"
	ln -s "$BATS_TEST_TMPDIR/outside" "$ROOT/out"
	mkdir "$ROOT/folder"
	serve_start -j 1 --follow-symlinks
	for call in getattr open read; do
		hold "$call"
		curl -sS -o "$BATS_TEST_TMPDIR/large" "${URL}out/large" 3>&- &
		wait_until is_held
		expect_fast
		[ "$(status_of -m 20 "${URL}folder/")" = 200 ]
		release
		wait_until cmp -s "$BATS_TEST_TMPDIR/large" "$DISK/large"
		rm "$BATS_TEST_TMPDIR/large"
	done
	[[ $(curl -sS "$URL") = *out/*fast.txt* ]]
}

@test "a request ends when its client leaves, even if the disk hangs" {
	mount_disk
	serve_start -j 1
	wire <<-'EOF'
		from process import *

		def control(name):
		    return os.environ["CONTROL"] + "/" + name

		def begin(target, call):
		    with open(control("hold"), "w") as file:
		        file.write(call)
		    client = Client().send(get(target))
		    until(lambda: os.listdir(control("held")))
		    return client

		def leave(client):
		    # A reset: a FIN may also mean that no more requests follow.
		    reset(client.socket)

		def sockets():
		    links = []
		    for name in os.listdir(f"/proc/{PID}/fd"):
		        with contextlib.suppress(FileNotFoundError):
		            links.append(os.readlink(f"/proc/{PID}/fd/{name}"))
		    return sum(link.startswith("socket:") for link in links)

		Client().ask(get("/fast.txt"))
		until(lambda: sockets() == 2)
		idle = descriptors()
		for target, calls in (
		        ("/slow/large", ("getattr", "open", "read")),
		        ("/slow/folder/", ("getattr", "opendir", "readdir")),
		        ("/slow/?archive=tar", ("getattr", "read", "readdir"))):
		    for call in calls:
		        client = begin(target, call)
		        assert sockets() == 3
		        leave(client)
		        # The disk still hangs.
		        until(lambda: sockets() == 2)
		        os.unlink(control("hold"))
		        until(lambda: descriptors() == idle)
	EOF
}

@test "a download ends early if its file on a slow disk becomes shorter" {
	mount_disk
	serve_start -j 1
	hold read
	curl -sS -m 20 -o "$BATS_TEST_TMPDIR/got" "${URL}slow/large" 3>&- &
	wait_until is_held
	truncate -s 100000 "$DISK/large"
	release
	status=0
	wait $! || status=$?
	[ "$status" = 18 ]	# curl: the body is incomplete
}

@test "a listing that fails on a slow disk gets an error page" {
	mount_disk
	serve_start -j 1 --log-format pretty
	hold readdir
	curl -sS -m 20 -o /dev/null -w '%{http_code}' \
		"${URL}slow/folder/" >"$BATS_TEST_TMPDIR/status" 3>&- &
	wait_until is_held
	# The program behind the disk finds a file in its place.
	rm -r "$DISK/folder"
	touch "$DISK/folder"
	release
	wait $!
	[ "$(cat "$BATS_TEST_TMPDIR/status")" = 500 ]
	grep '/slow/folder/  (reading the folder failed)$' "$OUT"
}

@test "too many requests for one slow disk get 503" {
	mount_disk
	serve_start -j 1
	wire <<-'EOF'
		control = os.environ["CONTROL"]
		with open(control + "/hold", "w") as file:
		    file.write("read")
		request = get("/slow/small.txt")
		running = [Client().send(get(f"/slow/large{i}", "Range: bytes=0-4"))
		           for i in range(1, 5)]
		until(lambda: len(os.listdir(control + "/held")) == 4)
		# 128 of each address wait; which ones are refused is not
		# defined.
		others = [Client().send(request) for i in range(133)]
		others += [Client(source="127.0.0.2").send(request)
		           for i in range(133)]
		refused = []
		while len(refused) < 10:
		    got = select.select([c.socket for c in others], [], [], WAIT)[0]
		    assert got
		    for client in [c for c in others if c.socket in got]:
		        answer = client.read()
		        assert answer.status == 503, answer
		        assert answer["Retry-After"] == "1"
		        others.remove(client)
		        refused.append(client)
		addresses = [c.socket.getsockname()[0] for c in refused]
		assert addresses.count("127.0.0.2") == 5, addresses
		assert refused[0].ask(get("/fast.txt")).body == b"fast\n"
		os.unlink(control + "/hold")
		for client in running:
		    assert len(client.read().body) == 5
		for client in others:
		    assert client.read().body == b"small\n"
		assert refused[0].ask(request).body == b"small\n"
	EOF
}

# Has the process ended, apart from threads that hang?
is_ending() {
	! kill -0 "$PID" 2>/dev/null || grep -q '^State:.Z' "/proc/$PID/status"
}

# A sanitizer would wait for the threads.
# bats test_tags=sandbox
@test "Ctrl-C ends serve although a disk hangs" {
	mount_disk
	serve_start
	hold read readdir
	curl -sS -o /dev/null "${URL}slow/large" 3>&- &
	curl -sS -o /dev/null "${URL}slow/folder/" 3>&- &
	wait_until is_held 2
	kill -s INT "$PID"
	kill -s INT "$PID"
	wait_until is_ending
	# Another program can use the port.
	run curl -sS "${URL}fast.txt"
	[ "$status" = 7 ]
	release
	serve_wait
}

# The same files are at /lows/, on the fast disk: the letters of both names have
# the same sum in a tar header.
@test "a slow disk gives the same responses as a fast one" {
	mv "$DISK" "$ROOT/lows"
	DISK=$ROOT/lows
	rm "$DISK/large"[1-8]
	mkdir -p "$DISK/site/empty" "$DISK/site/sub/deep"
	cd "$DISK/site"
	echo '<h1>index</h1>' >index.html
	echo 'body { }' >style.css
	gzip -k style.css
	touch -r style.css style.css.gz
	: >none
	head -c 40000 /dev/urandom >middle
	echo a >sub/a.txt
	echo b >sub/deep/b
	ln -s ../style.css sub/inside
	ln -s ../../../.. sub/outside
	ln -s deep sub/link
	for i in {1..30}; do
		echo "$i" >"sub/deep/file with a name $i"
	done
	mount_disk
	serve_start
	wire <<-'EOF'
		targets = """/ /site/ /site /site/style.css /site/none /site/nothing
		    /site/sub/nothing /site/sub/deep/x/y /site/sub /site/sub/
		    /site/sub/deep/ /site/sub/inside /site/sub/outside /site/sub/link/b
		    /site/index /folder/page /site/middle /large /site/empty/
		    /site/style.css/ /site/sub/?sort=size&order=desc
		    """.split()
		archives = """/site/sub/?archive=zip /site/sub/?archive=tar
		    /?archive=zip /?archive=tar""".split()
		fields = [
		    (), ("Accept: text/html",), ("Accept: application/json",),
		    ("Accept-Encoding: gzip",), ("Accept-Encoding: identity;q=0",),
		    ("Range: bytes=1-3",), ("Range: bytes=-5",), ("Range: bytes=9999999-",),
		    ("Range: bytes=0-1,3-4,100-150000",), ("If-None-Match: *",),
		    ("If-Match: \"x\"",),
		    ("If-Modified-Since: Fri, 01 Jan 2100 00:00:00 GMT",),
		    ("If-Unmodified-Since: Thu, 01 Jan 1970 00:00:01 GMT",),
		]

		def lasting(answer):
		    """All but the Date, and the boundary of parts."""
		    status, head, body = answer.lasting
		    kind = answer["Content-Type"] or ""
		    if kind.startswith("multipart/"):
		        boundary = kind.partition("=")[2]
		        body = body.replace(boundary.encode(), b"")
		        head = [(n, v.replace(boundary, "")) for n, v in head]
		    head = [(n, v.replace("slow", "lows")) for n, v in head]
		    # An archive has a length if it is complete within 2 ms.
		    if kind in ("application/x-tar", "application/zip"):
		        head = [(n, v) for n, v in head
		                if n not in ("content-length", "transfer-encoding")]
		    return status, head, body.replace(b"slow", b"lows")

		client = Client()
		for target in targets + archives:
		    for lines in fields[:1 if target in archives else None]:
		        for method in "GET", "HEAD":
		            pair = []
		            for disk in "/slow", "/lows":
		                request = get(disk + target, *lines)
		                request = request.replace("GET", method, 1)
		                pair.append(lasting(client.ask(request, method)))
		            assert pair[0][:2] == pair[1][:2], (
		                method, target, [p[:2] for p in pair])
		            assert pair[0][2] == pair[1][2], (method, target, lines)
	EOF
}

@test "a folder on a slow disk is served with its rules" {
	rm -r "$ROOT/slow" "$ROOT/fast.txt"
	echo '<h1>none</h1>' >"$DISK/404.html"
	mount_disk "$ROOT"
	serve_start -j 1
	[ "$(curl -sS "${URL}folder/page")" = page ]
	[ "$(status_of "${URL}folder")" = 301 ]
	[ "$(curl -sS -w '%{http_code}' -H 'Accept: text/html' "${URL}none")" = \
		$'<h1>none</h1>\n404' ]
	curl -sS "${URL}large" | cmp - "$DISK/large"
	[[ $(curl -sS "$URL") = *folder/*large1*small.txt* ]]
	# Rules that are added or removed apply to the next request.
	echo '/old /small.txt' >"$DISK/_redirects"
	printf '/small.txt\n  X-Rule: yes\n' >"$DISK/_headers"
	[ "$(field_of location "${URL}old")" = /small.txt ]
	[ "$(field_of x-rule "${URL}small.txt")" = yes ]
	[ "$(status_of "${URL}_headers")" = 404 ]
	echo '/older /small.txt 302' >"$DISK/_redirects"
	[ "$(status_of "${URL}older")" = 302 ]
	rm "$DISK/_redirects" "$DISK/_headers"
	[ "$(status_of "${URL}older")" = 404 ]
	[ "$(field_of x-rule "${URL}small.txt")" = '' ]
	hold
	curl -sS -o "$BATS_TEST_TMPDIR/list" "$URL" 3>&- &
	wait_until is_held
	# These responses do not need the disk.
	[ "$(status_of -X POST -m 20 "$URL")" = 405 ]
	release
	wait_until grep -q small.txt "$BATS_TEST_TMPDIR/list"
}

@test "a request body waits until the rules on a slow disk are known, then follows them" {
	need jq
	rm -r "$ROOT/slow" "$ROOT/fast.txt"
	mount_disk "$ROOT"
	app_start
	echo "/v1/* http://127.0.0.1:$APP/:splat 200" >"$DISK/_redirects"
	serve_start -j 1 -v=curl --proxy "/api=http://127.0.0.1:$APP"
	# The lookups of an earlier request are forgotten.
	[ "$(curl -sS "${URL}small.txt")" = small ]
	[ "$(curl -sS -m 20 -d hello "${URL}v1/echo")" = "app echo" ]
	[ "$(got .body)" = hello ]
	# The request with a body is the first one to see the new rules.
	echo "/v2/* http://127.0.0.1:$APP/:splat 200" >"$DISK/_redirects"
	hold
	curl -sS -d second -o "$BATS_TEST_TMPDIR/second" "${URL}v2/echo" 3>&- &
	wait_until is_held
	[ "$(curl -sS -m 20 "${URL}api/fast")" = "app fast" ]
	release
	wait_until grep -q 'app echo' "$BATS_TEST_TMPDIR/second"
	[ "$(got .body | tail -1)" = second ]
	[ "$(grep -c '^< POST /v2/echo' "$ERR")" = 1 ]
	# A body in pieces, which no application receives.
	wire <<-'EOF'
		client = Client()
		client.send(get("/small.txt", "Content-Length: 40000"))
		for i in range(4):
		    client.send("x" * 10000)
		assert client.read().body == b"small\n"
	EOF
}

# To choose between a page and an application, serve looks for the index page
# while the note about the redirect is still to come.
@test "beside an application a folder on a slow disk leads to its index page" {
	mount_disk
	app_start
	mkdir "$DISK/a b"
	echo page >"$DISK/a b/index.html"
	serve_start -j 1 --log-format json --proxy "/api=http://127.0.0.1:$APP"
	echo 0.01 >"$CONTROL/delay"
	[ "$(curl -sS -m 20 -L "${URL}slow/a%20b")" = page ]
}

@test "pipelined requests and bodies wait for a slow disk in order, each once" {
	mount_disk
	serve_start --key=12345678 -v=curl -j 1
	wire <<-'EOF'
		key = "Cookie: none", "Authorization: Basic OjEyMzQ1Njc4"
		requests = [
		    get("/slow/small.txt", *key),
		    get("/fast.txt", *key),
		    get("/slow/folder/page", *key, "Content-Length: 5", body="hello"),
		    get("/slow/none", *key, "Accept: text/plain"),
		    get("/fast.txt", *key),
		    get("/slow/large", *key, "Range: bytes=-4"),
		]
		answers = ask_all("".join(requests))
		assert statuses(answers) == [200, 200, 200, 404, 200, 206]
		assert [a.body for a in answers[:3]] == [b"small\n", b"fast\n",
		                                         b"page\n"]
		# A body in pieces, before and after its head is answered.
		client = Client()
		client.send(get("/slow/small.txt", *key, "Content-Length: 40000"))
		for i in range(4):
		    client.send("x" * 10000)
		assert client.read().body == b"small\n"
		assert client.ask(get("/fast.txt", *key)).body == b"fast\n"
	EOF
	[ "$(grep -c '^< GET /slow/small.txt' "$ERR")" = 2 ]
}

@test "a request behind one for a slow disk is answered, although its client has ended" {
	mount_disk
	serve_start -j 1
	hold
	wire <<-'EOF'
		control = os.environ["CONTROL"]
		client = Client().send(get("/slow/small.txt"))
		until(lambda: os.listdir(control + "/held"))
		client.send(get("/fast.txt")).end()
		for _ in range(2):
		    assert ask(get("/fast.txt")).body == b"fast\n"
		os.unlink(control + "/hold")
		assert client.read().body == b"small\n"
		assert client.read().body == b"fast\n"
		client.ended()
	EOF
}

# The files change without the kernel's knowledge, as on another machine.
@test "--live reports a change on a slow disk within seconds" {
	mkdir "$DISK/site"
	echo '<link rel=stylesheet href=a.css>' >"$DISK/site/index.html"
	echo 'a { }' >"$DISK/site/a.css"
	echo script >"$DISK/site/b.js"
	mount_disk
	serve_start --live -j 2
	wire <<-'EOF'
		from process import descriptors
		disk = os.environ["DISK"] + "/"

		def put(name, content):
		    with open(disk + name, "w") as file:
		        file.write(content)

		class Stream(Client):
		    def __init__(self):
		        super().__init__()
		        self.send(get("/.well-known/serve/live"))
		        while self.line():
		            pass

		    def event(self):
		        """The paths of the next one."""
		        paths = []
		        while True:
		            line = self.line_of_event()
		            if line.startswith(b"data: "):
		                paths.append(line[6:].decode())
		            elif not line and paths:
		                return paths

		    def line_of_event(self):
		        while b"\n" not in self.unread:
		            assert self.more(), "the stream has ended"
		        line, self.unread = self.unread.split(b"\n", 1)
		        return line

		client = Client()
		targets = "site/", "site/a.css", "site/none.png", "folder/"
		for target in targets:
		    client.ask(get("/slow/" + target))
		stream = Stream()
		put("site/a.css", "a { color: red }")
		assert stream.event() == ["/slow/site/a.css"]
		few = descriptors()
		# Nobody has requested this file.
		put("site/b.js", "changed")
		put("site/index.html", "changed")
		assert stream.event() == ["/slow/site/index.html"]
		put("site/none.png", "picture")
		assert stream.event() == ["/slow/site/none.png"]
		os.unlink(disk + "site/none.png")
		assert stream.event() == ["/slow/site/none.png"]
		put("folder/new", "in a folder that was listed")
		assert stream.event() == ["/slow/folder"]
		# A round may have a file open.
		until(lambda: descriptors() <= few + 1)
		# The same file again, and for another stream as well.
		other = Stream()
		put("site/a.css", "a { color: green }")
		assert stream.event() == other.event() == ["/slow/site/a.css"]
		# A disk that hangs does not delay others.
		control = os.environ["CONTROL"]
		open(control + "/hold", "w").close()
		put("site/a.css", "a { color: blue; top: 0 }")
		until(lambda: os.listdir(control + "/held"))
		write("fast.txt", "changed")
		client.ask(get("/fast.txt"))
		write("fast.txt", "changed again")
		assert stream.event() == ["/fast.txt"]
		os.unlink(control + "/hold")
		while "/slow/site/a.css" not in stream.event():
		    pass
	EOF
}

# N PATH: so many events name it
has_events() {
	[ "$(grep -cx "data: $2" "$BATS_TEST_TMPDIR/events")" = "$1" ]
}

# Let serve_start serve an overlay, whose lower layer is $DISK/folder.
on_overlay() {
	[ "$EUID" = 0 ] || skip "needs root"
	need unshare
	mkdir "$DISK/upper"
	# The upper layer must not be on an overlay, as it would be in a
	# container.
	cat >"$BATS_TEST_TMPDIR/overlay" <<-'EOF'
		mount -t tmpfs none "$1/upper" && mkdir "$1/upper/a" "$1/upper/b" &&
			mount -t overlay none "$2" -o \
			"lowerdir=$1/folder,upperdir=$1/upper/a,workdir=$1/upper/b" &&
			shift 2 && exec "$@"
	EOF
	RUN=(unshare --mount sh "$BATS_TEST_TMPDIR/overlay" "$DISK" "$ROOT")
	"${RUN[@]}" true 2>/dev/null || skip "needs permission to mount an overlay"
}

follow_events() {
	curl -sSNi "${URL}.well-known/serve/live" >"$BATS_TEST_TMPDIR/events" 3>&- &
	wait_until test -s "$BATS_TEST_TMPDIR/events"
}

@test "a line in serve's own log is no change on an overlay either" {
	on_overlay
	# shellcheck disable=SC2016
	RUN+=(sh -c 'exec "$@" >"$0"' "$ROOT/log")
	serve_start --live
	[[ $(curl -sS "$URL") = *log* ]]
	[[ $(curl -sS "${URL}log") = *GET* ]]
	[ "$(curl -sS "${URL}page.html")" = page ]
	follow_events
	# A round of polling finds these changes.
	for n in 1 2; do
		echo "changed, $n" >>"$DISK/folder/page.html"
		wait_until has_events "$n" /page.html
	done
	has_events 0 /log
}

@test "--live reports a change in the lower layer of an overlay" {
	on_overlay
	serve_start --live
	[ "$(curl -sS "${URL}page.html")" = page ]
	[[ $(curl -sS "$URL") = *page.html* ]]
	follow_events
	echo changed >"$DISK/folder/page.html"
	wait_until grep -qx 'data: /page.html' "$BATS_TEST_TMPDIR/events"
	# inotify reports these, and polling does not repeat it, unless a round
	# has seen the folder before the event came.
	for n in 1 2 3; do
		echo new >"/proc/$PID/root$ROOT/new$n"
		wait_until has_events 1 "/new$n"
		echo "changed, $n" >>"$DISK/folder/page.html"
		wait_until has_events "$((n + 1))" /page.html
	done
	[ "$(grep -cx 'data: /' "$BATS_TEST_TMPDIR/events")" -lt 3 ]
}

# Like hold, but the disk under an image has read nothing ahead.
hold_cold() {
	dd if="$BATS_TEST_TMPDIR/backing/image" of=/dev/null iflag=nocache \
		count=0 2>/dev/null
	hold read
}

@test "no read of a cold disk blocks a loop" {
	for i in {1..3}; do
		mkdir -p "$ROOT/folder$i"
		echo page >"$ROOT/folder$i/page.html"
	done
	echo small >"$ROOT/small.txt"
	head -c 100000 "$DISK/large" >"$ROOT/middle"
	cp "$DISK/large" "$ROOT"
	mount_cold
	serve_start -j 1
	# The kernel knows this file, and the names of others.
	expect_fast
	stat -t "$ROOT/small.txt" "$ROOT/middle" "$ROOT/large"
	for path in folder1/page.html folder2/page.html folder3/ small.txt \
		middle large; do
		hold_cold
		curl -sS -o "$BATS_TEST_TMPDIR/got" "$URL$path" 3>&- &
		wait_until is_held
		expect_fast
		release
		wait $!
		case $path in
		*/) grep -q page.html "$BATS_TEST_TMPDIR/got" ;;
		*) cmp "$BATS_TEST_TMPDIR/got" "$ROOT/$path" ;;
		esac
	done
}

@test "an archive waits for a cold disk without blocking the loop" {
	for i in {1..4}; do
		mkdir -p "$ROOT/folder$i/in"
		echo page >"$ROOT/folder$i/in/page.html"
		cp "$DISK/large" "$ROOT/folder$i"
	done
	mount_cold
	serve_start -j 1
	expect_fast
	# Of two of them the kernel knows the names.
	find "$ROOT/folder3" "$ROOT/folder4" -size +9
	for archive in folder1/?archive=tar folder2/?archive=zip \
		folder3/?archive=tar folder4/?archive=zip; do
		hold_cold
		curl -sS -o "$BATS_TEST_TMPDIR/got" "$URL$archive" 3>&- &
		wait_until is_held
		expect_fast
		release
		wait $!
		python3 -c 'import shutil, sys; shutil.unpack_archive(*sys.argv[1:])' \
			"$BATS_TEST_TMPDIR/got" "$BATS_TEST_TMPDIR/unpacked" \
			"${archive#*=}"
		folder=${archive%%/*}
		diff -r "$BATS_TEST_TMPDIR/unpacked/$folder" "$ROOT/$folder"
		rm -r "$BATS_TEST_TMPDIR/unpacked"
	done
}

has_sockets() {
	[ "$(find "/proc/$PID/fd" -lname 'socket:*' | wc -l)" -gt "$1" ]
}

@test "more requests for a cold disk than may wait are not refused" {
	mkdir "$ROOT/folder"
	echo page >"$ROOT/folder/page.html"
	mount_cold
	serve_start -j 1
	expect_fast
	hold_cold
	for i in {1..150}; do
		printf 'url = "%sfolder/page"\noutput = "%s"\n' "$URL" \
			"$BATS_TEST_TMPDIR/got$i"
	done >"$BATS_TEST_TMPDIR/urls"
	curl -sS --parallel --parallel-immediate --parallel-max 150 \
		-K "$BATS_TEST_TMPDIR/urls" 3>&- &
	# 4 are under way, 128 wait, and the next one holds up the loop.
	wait_until has_sockets 132
	release
	wait $!
	[ "$(cat "$BATS_TEST_TMPDIR"/got* | sort | uniq -c)" = "    150 page" ]
}

# Serve $ROOT, where the file system at NAME cannot date each change.
dates_are_no_proof() {
	serve_start
	NAME=$1 wire <<-'EOF'
		path = os.environ["NAME"] + "/file"
		seen = {}
		def look():
		    answer = ask(get("/" + path))
		    tag, date = answer["ETag"], answer["Last-Modified"]
		    assert (tag is None) == (date is None)
		    if tag:
		        assert seen.setdefault(tag, answer.body) == answer.body
		    return tag
		for i in range(20):
		    write(path, f"{i:02}")
		    look()
		until(look)
	EOF
}

@test "where file times are whole seconds, an ETag stands for one content" {
	[ "$EUID" = 0 ] || skip "needs root"
	need mkfs.ext4
	truncate -s 8M "$BATS_TEST_TMPDIR/image"
	mkfs.ext4 -q -I 128 "$BATS_TEST_TMPDIR/image" 2>/dev/null
	mkdir "$ROOT/whole"
	mount -o loop "$BATS_TEST_TMPDIR/image" "$ROOT/whole" ||
		skip "needs permission to mount a loop device"
	COLD+=("$ROOT/whole")
	dates_are_no_proof whole
}

@test "where file times change once a tick, an ETag stands for one content" {
	[ "$EUID" = 0 ] || skip "needs root"
	mkdir "$ROOT/ramfs"
	mount -t ramfs none "$ROOT/ramfs" || skip "needs permission to mount"
	COLD+=("$ROOT/ramfs")
	dates_are_no_proof ramfs
}

# 2446 is the last year of ext4; in nanoseconds that is more than 64 bits hold.
@test "a folder that was born in the far future is served" {
	need debugfs
	mount_cold set_inode_field '<2>' crtime 24400101000000
	serve_start
	[ "$(curl -sS "${URL}fast.txt")" = fast ]
	[ "$(stat -c %W "$ROOT")" -gt 9223372036 ]
}
