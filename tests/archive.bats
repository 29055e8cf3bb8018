# A folder as one file: ?archive=zip and ?archive=tar.

load helper

setup() {
	need unzip bsdtar 7z python3
	serve_setup
	FILE=$BATS_TEST_TMPDIR/archive
	UNPACKED=$BATS_TEST_TMPDIR/unpacked
}

# FORMAT [PATH [CURL OPTION]...]: download it to $FILE
fetch() {
	curl -sSf -o "$FILE" "${@:3}" "$URL${2:-}?archive=$1"
}

# FORMAT [PATH]: unpack it to $UNPACKED; its only top-level entry is the folder
unpack() {
	rm -rf "$UNPACKED"
	mkdir "$UNPACKED"
	fetch "$1" "${2:-}"
	# unzip converts names that are not UTF-8.
	bsdtar -xpf "$FILE" -C "$UNPACKED"
}

# Let four readers check $FILE.
check_zip() {
	unzip -tq "$FILE"
	7z t "$FILE" >/dev/null
	bsdtar -tf "$FILE" >/dev/null
	python3 -m zipfile -t "$FILE" >/dev/null
}

check_tar() {
	tar -tf "$FILE" >/dev/null
	7z t -ttar "$FILE" >/dev/null
	bsdtar -tf "$FILE" >/dev/null
	python3 -m tarfile -l "$FILE" >/dev/null
}

# FORMAT [OPTION]...: begin a slow download; CURL is its process
begin_slowly() {
	local part

	part=$(mktemp -p "$BATS_TEST_TMPDIR")
	curl -sS --limit-rate 50k -o "$part" "${@:2}" "$URL?archive=$1" \
		2>"$BATS_TEST_TMPDIR/curl" 3>&- &
	CURL=$!
	wait_until test -s "$part"
}

# [KIND]: how many descriptors are open?
descriptors() {
	find "/proc/$PID/fd" -type l -lname "${1-}*" | wc -l
}

# N [KIND]: are so many open?  A connection that has ended counts until serve
# has closed it.
descriptors_are() {
	[ "$(descriptors "${2-}")" = "$1" ]
}

memory() {
	awk -v key="$1:" '$1 == key { print $2 }' "/proc/$PID/status"
}

@test "an archive contains the folder and everything in it" {
	mkdir -p "$ROOT"/{a/b/c/d/e/f/g/h,empty,page}
	echo 1 >"$ROOT/one"
	: >"$ROOT/nothing"
	echo index >"$ROOT/page/index.html"
	head -c 300000 /dev/urandom >"$ROOT/a/b/large"
	seq 5 | while read -r n; do echo "$n" >"$ROOT/a/b/c/d/e/f/g/h/$n"; done
	serve_start
	for format in zip tar; do
		unpack "$format"
		"check_$format"
		diff -r "$ROOT" "$UNPACKED/root"
		unpack "$format" a/b/
		"check_$format"
		diff -r "$ROOT/a/b" "$UNPACKED/b"
		[ "$(ls "$UNPACKED")" = b ]
	done
}

@test "an archive of an empty folder has one entry" {
	serve_start
	for format in zip tar; do
		fetch "$format"
		[ "$(bsdtar -tf "$FILE")" = root/ ]
	done
}

@test "modes and times are kept" {
	mkdir "$ROOT/folder"
	touch -d '2020-02-29 12:34:56 UTC' "$ROOT/file"
	touch -d '1969-12-31 23:59:58 UTC' "$ROOT/old"
	touch -d '2150-01-01 UTC' "$ROOT/new"
	touch -d '2021-01-01 UTC' "$ROOT/folder"
	chmod 640 "$ROOT/file"
	chmod 6755 "$ROOT/old"
	chmod 700 "$ROOT/folder"
	serve_start
	unpack tar
	[ "$(stat -c '%a %Y' "$UNPACKED"/root/{file,old,new,folder} | paste -sd,)" = \
		'640 1582979696,755 -2,644 5680281600,700 1609459200' ]
	unpack zip
	[ "$(stat -c '%a %Y' "$UNPACKED"/root/{file,folder} | paste -sd,)" = \
		'640 1582979696,700 1609459200' ]
}

@test "the DOS time in a zip file is the server's local time" {
	touch -d '2020-07-01 12:00:00 UTC' "$ROOT/file"
	TZ=Asia/Tokyo serve_start
	fetch zip
	run python3 -c 'import sys, zipfile
print(zipfile.ZipFile(sys.argv[1]).getinfo("root/file").date_time)' "$FILE"
	[ "$output" = '(2020, 7, 1, 21, 0, 0)' ]
}

@test "names in any script and with any byte survive" {
	python3 - "$ROOT" <<-'EOF'
		import os, sys
		root = os.fsencode(sys.argv[1])
		names = [bytes([c]) for c in range(1, 256) if c not in b"/."]
		names += [bytes([b"x"[0], c, b"y"[0]]) for c in range(1, 256) if c not in b"/"]
		names += [s.encode() for s in ("日本語", "עברית", "مرحبا", "Ελλάδα", "हिन्दी",
		    "ไทย", "e\u0301", "\u00e9", "🎉", "a" * 255, "é" * 127, "a\\b", "C:x")]
		names += [b"\xff" * 255]
		for name in names:
		    with open(root + b"/" + name, "wb") as f:
		        f.write(name)
	EOF
	serve_start
	fetch tar
	check_tar 2>/dev/null	# GNU tar warns that it does not know hdrcharset
	cp "$FILE" "$FILE.tar"
	fetch zip
	check_zip
	# bsdtar normalizes names.
	python3 - "$ROOT" "$FILE" <<-'EOF'
		import os, sys, tarfile, zipfile
		expected = sorted(os.listdir(os.fsencode(sys.argv[1])))
		z = zipfile.ZipFile(sys.argv[2])
		names = []
		for i in z.infolist()[1:]:
		    code = "utf-8" if i.flag_bits >> 11 & 1 else "cp437"
		    names.append(i.orig_filename.encode(code)[len("root/"):])
		    assert z.read(i) == names[-1]
		assert sorted(names) == expected
		t = tarfile.open(sys.argv[2] + ".tar", encoding="utf-8")
		names = []
		for m in t.getmembers()[1:]:
		    names.append(os.fsencode(m.name)[len("root/"):])
		    assert t.extractfile(m).read() == names[-1]
		assert sorted(names) == expected
	EOF
}

@test "zip names that are UTF-8 have the UTF-8 flag, others do not" {
	touch "$ROOT/é" "$ROOT/"$'\xff'
	serve_start
	fetch zip
	python3 - "$FILE" <<-'EOF'
		import sys, zipfile
		flags = {i.orig_filename: i.flag_bits >> 11 & 1 for i in zipfile.ZipFile(sys.argv[1]).infolist()}
		assert flags["root/é"] == 1, flags
		assert flags["root/" + b"\xff".decode("cp437")] == 0, flags
	EOF
}

@test "hidden names are left out without --hidden" {
	mkdir "$ROOT/.git" "$ROOT/a"
	touch "$ROOT"/{.env,.git/x,a/.b,a/c}
	serve_start
	fetch tar
	[ "$(bsdtar -tf "$FILE" | sort | paste -sd' ')" = 'root/ root/a/ root/a/c' ]
	serve_start --hidden
	fetch zip
	[ "$(bsdtar -tf "$FILE" | sort | paste -sd' ')" = \
		'root/ root/.env root/.git/ root/.git/x root/a/ root/a/.b root/a/c' ]
}

@test "a link to a file becomes the file; links out of the root and broken ones are left out" {
	mkdir "$ROOT/sub"
	echo text >"$ROOT/file"
	echo secret >"$BATS_TEST_TMPDIR/secret"
	mkdir "$BATS_TEST_TMPDIR/outside"
	ln -s ../file "$ROOT/sub/inside"
	ln -s "$ROOT/file" "$ROOT/sub/absolute"
	ln -s ../../secret "$ROOT/sub/out"
	ln -s ../../outside "$ROOT/sub/outfolder"
	ln -s nowhere "$ROOT/sub/broken"
	ln -s loop "$ROOT/sub/loop"
	mkfifo "$ROOT/sub/fifo"
	serve_start
	for format in zip tar; do
		unpack "$format" sub/
		[ "$(ls "$UNPACKED/sub" | paste -sd' ')" = 'absolute inside' ]
		[ "$(cat "$UNPACKED"/sub/*)" = $'text\ntext' ]
		[ ! -L "$UNPACKED/sub/inside" ]
	done
	serve_start --follow-symlinks
	unpack zip sub/
	[ "$(cat "$UNPACKED/sub/out")" = secret ]
}

@test "links to folders are not followed; a tar keeps those that stay inside" {
	mkdir -p "$ROOT/a/b" "$ROOT/other"
	echo x >"$ROOT/a/b/x"
	ln -s b "$ROOT/a/to-b"
	ln -s ../b "$ROOT/a/b/self"
	ln -s .. "$ROOT/a/b/up"
	ln -s ../../other "$ROOT/a/b/elsewhere"
	ln -s ../other "$ROOT/a/above"
	ln -s "$ROOT/a/b" "$ROOT/a/absolute"
	ln -s ../.. "$ROOT/a/b/too-far"
	# As text it ends in a, but up leads there first.
	ln -s up/.. "$ROOT/a/b/through"
	serve_start
	fetch zip a/
	[ "$(bsdtar -tf "$FILE" | sort | paste -sd' ')" = 'a/ a/b/ a/b/x' ]
	fetch tar a/
	check_tar
	[ "$(bsdtar -tf "$FILE" | sort | paste -sd' ')" = \
		'a/ a/b/ a/b/self a/b/up a/b/x a/to-b' ]
	unpack tar a/
	[ "$(readlink "$UNPACKED/a/b/self")" = ../b ]
	[ "$(readlink "$UNPACKED/a/to-b")" = b ]
}

@test "an archive of a pnpm tree, whose links form cycles, ends" {
	mkdir -p "$ROOT"/node_modules/.pnpm/{a@1,b@1}/node_modules
	mkdir "$ROOT"/node_modules/.pnpm/{a@1/node_modules/a,b@1/node_modules/b}
	echo a >"$ROOT/node_modules/.pnpm/a@1/node_modules/a/index.js"
	echo b >"$ROOT/node_modules/.pnpm/b@1/node_modules/b/index.js"
	ln -s ../../b@1/node_modules/b "$ROOT/node_modules/.pnpm/a@1/node_modules/b"
	ln -s ../../a@1/node_modules/a "$ROOT/node_modules/.pnpm/b@1/node_modules/a"
	ln -s .pnpm/a@1/node_modules/a "$ROOT/node_modules/a"
	serve_start --hidden
	unpack tar
	diff -r "$ROOT" "$UNPACKED/root"
	[ "$(cat "$UNPACKED/root/node_modules/a/index.js")" = a ]
	# Without --hidden the target is left out, and so is the link.
	serve_start
	fetch tar
	[ "$(bsdtar -tf "$FILE" | paste -sd' ')" = 'root/ root/node_modules/' ]
}

@test "deeply nested folders are included" {
	python3 - "$ROOT" <<-'EOF'
		import os, sys
		os.chdir(sys.argv[1])
		for i in range(1500):
		    os.mkdir("d")
		    os.mkdir("e")
		    os.chdir("d")
		open("bottom", "w").close()
	EOF
	serve_start
	for format in zip tar; do
		fetch "$format"
		[ "$(bsdtar -tf "$FILE" | grep -c /e/)" = 1500 ]
		bsdtar -tf "$FILE" | grep -q /bottom
	done
}

@test "_headers and _redirects at the top are left out without --no-rules" {
	mkdir "$ROOT/a"
	touch "$ROOT"/{_headers,_redirects,a/_headers}
	serve_start
	fetch tar
	[ "$(bsdtar -tf "$FILE" | sort | paste -sd' ')" = 'root/ root/a/ root/a/_headers' ]
	serve_start --no-rules
	fetch zip
	[ "$(bsdtar -tf "$FILE" | sort | paste -sd' ')" = \
		'root/ root/_headers root/_redirects root/a/ root/a/_headers' ]
}

# ---- the response ----

@test "the head has the type and the file name, and Cache-Control: no-store" {
	mkdir -p "$ROOT/my photos"
	serve_start
	run curl -sSI "${URL}my%20photos/?archive=zip"
	[[ $output == *'Content-Type: application/zip'$'\r'* ]]
	[[ $output == *'Content-Disposition: attachment; filename="my photos.zip"'$'\r'* ]]
	[[ $output == *'Cache-Control: no-store'$'\r'* ]]
	run curl -sSI "$URL?archive=tar"
	[[ $output == *'Content-Type: application/x-tar'$'\r'* ]]
	[[ $output == *'filename="root.tar"'$'\r'* ]]
	serve_start -H 'Content-Disposition: inline'
	[ "$(field_of content-disposition "$URL?archive=tar")" = inline ]
}

@test "a name with quotes and backslashes stays one quoted string" {
	mkdir "$ROOT/a\"b\\c"
	serve_start
	[ "$(field_of content-disposition "${URL}a%22b%5Cc/?archive=zip")" = \
		"attachment; filename=\"a_b_c.zip\"; filename*=UTF-8''a_b_c.zip" ]
}

@test "a name beyond ASCII is sent in both forms" {
	mkdir "$ROOT/日本"
	serve_start
	[ "$(field_of content-disposition "$URL%E6%97%A5%E6%9C%AC/?archive=zip")" = \
		"attachment; filename=\"__.zip\"; filename*=UTF-8''%E6%97%A5%E6%9C%AC.zip" ]
}

@test "?archive= works only where there would be a listing" {
	mkdir -p "$ROOT"/{page,folder}
	echo hi >"$ROOT/page/index.html"
	echo text >"$ROOT/file"
	serve_start
	[ "$(status_of "${URL}page/?archive=zip")" = 404 ]
	[ "$(status_of "${URL}none/?archive=zip")" = 404 ]
	[ "$(curl -sS "${URL}file?archive=zip")" = text ]
	[ "$(curl -sS "${URL}page/?archived=zip")" = hi ]
	[ "$(field_of location "${URL}folder?archive=zip")" = 'folder/?archive=zip' ]
	[[ $(field_of content-type "${URL}folder/?archive=rar") == text/html* ]]
	[[ $(field_of content-type "${URL}folder/?archive=") == text/html* ]]
	serve_start --no-listing
	[ "$(status_of "${URL}folder/?archive=zip")" = 403 ]
	[ "$(status_of "${URL}page/?archive=zip")" = 404 ]
}

@test "?archive= may stand beside other parameters" {
	serve_start
	[ "$(field_of content-type "$URL?sort=size&archive=tar&x")" = application/x-tar ]
}

@test "a page of another website cannot start the download" {
	serve_start --log-format json
	[ "$(status_of -H 'Sec-Fetch-Site: cross-site' -H 'Sec-Fetch-Mode: navigate' \
		-H 'Sec-Fetch-Dest: document' "$URL?archive=zip")" = 403 ]
	[ "$(status_of -H 'Sec-Fetch-Site: same-origin' "$URL?archive=zip")" = 200 ]
	[ "$(status_of -H 'Sec-Fetch-Site: none' "$URL?archive=zip")" = 200 ]
	wait_until grep -qF '"status":403' "$OUT"
	grep -F '"note":"archive requested by another site"' "$OUT"
}

@test "an HTTP/1.0 client gets an archive that ends with the connection" {
	head -c 300000 /dev/urandom >"$ROOT/large"
	serve_start
	for format in zip tar; do
		fetch "$format" '' --http1.0
		"check_$format"
	done
	run curl -sSI --http1.0 "$URL?archive=zip"
	[[ $output != *chunked* ]]
}

@test "the connection persists after an archive" {
	head -c 300000 /dev/urandom >"$ROOT/large"
	serve_start
	run curl -sS -o /dev/null -o "$FILE" -o /dev/null -w '%{num_connects}' \
		"$URL?archive=tar" "$URL?archive=zip" "${URL}large"
	[ "$output" = 100 ]
	check_zip
}

@test "If-None-Match: * is answered as for a listing" {
	serve_start
	[ "$(status_of -H 'If-None-Match: *' "$URL?archive=zip")" = 304 ]
	[ "$(status_of -H 'If-Match: "x"' "$URL?archive=zip")" = 412 ]
}

@test "a listing has download buttons, which crawlers do not follow" {
	need wget
	mkdir "$ROOT/sub"
	touch "$ROOT/sub/file"
	serve_start
	run curl -sS "$URL"
	[[ $output == *'<button name="archive" value="zip">'* ]]
	[[ $output == *'<button name="archive" value="tar">'* ]]
	wget -qr -P "$BATS_TEST_TMPDIR/copy" "$URL"
	wait_until grep -q 'GET /sub/file' "$OUT"
	run grep -c archive= "$OUT"
	[ "$output" = 0 ]
	# An empty folder has no buttons.
	rm -r "$ROOT/sub"
	run curl -sS "$URL"
	[[ $output != *'name="archive"'* ]]
}

# ---- limits ----

@test "one client can have two archives at a time, all clients eight" {
	truncate -s 100M "$ROOT/large"
	serve_start --log-format pretty
	curls=()
	for n in 2 2 3 3 4 4 5 5; do
		begin_slowly zip --interface "127.0.0.$n"
		curls+=("$CURL")
		[ "$n" != 2 ] || [ "${#curls[@]}" != 2 ] || [ "$(status_of \
			--interface 127.0.0.2 "$URL?archive=tar")" = 503 ]
	done
	[ "$(status_of --interface 127.0.0.6 "$URL?archive=tar")" = 503 ]
	wait_until grep -qF "(archives: two at a time for a client, eight in all)" "$OUT"
	[ -n "$(field_of retry-after --interface 127.0.0.6 "$URL?archive=zip")" ]
	# A listing and HEAD do not count.
	[ "$(status_of --interface 127.0.0.2 "$URL")" = 200 ]
	[ "$(status_of --interface 127.0.0.2 -I "$URL?archive=zip")" = 200 ]
	kill "${curls[@]}"
	wait_until eval \
		"[ \"\$(status_of --interface 127.0.0.2 -r 0-0 '${URL}?archive=zip')\" = 200 ]"
}

@test "an archive frees its resources when the client leaves" {
	truncate -s 100M "$ROOT/large"
	serve_start
	listeners=$(descriptors socket:)
	status_of "$URL" >/dev/null
	wait_until descriptors_are "$listeners" socket:
	before=$(descriptors)
	for format in zip tar; do
		for n in 1 2; do
			begin_slowly "$format"
			[ "$(descriptors)" -gt "$before" ]
			kill "$CURL"
			wait_until descriptors_are "$before"
		done
	done
	# All slots are free again.
	fetch tar
	check_tar
}

@test "a slow client does not delay others" {
	truncate -s 100M "$ROOT/large"
	echo text >"$ROOT/small"
	serve_start -j 1
	begin_slowly zip
	[ "$(curl -sS -m 10 "${URL}small")" = text ]
	kill "$CURL"
}

# ---- errors ----

# The pretty log has notes.
serve_with_notes() {
	serve_start --log-format pretty --color never
}

has_note() {
	grep -qF -- "$1" "$OUT"
}

@test "unreadable files are left out, with a note in the log" {
	mkdir "$ROOT/closed" "$ROOT/open"
	echo a >"$ROOT/open/a"
	echo b >"$ROOT/open/b"
	echo c >"$ROOT/closed/c"
	chmod 0 "$ROOT/open/b" "$ROOT/closed"
	serve_as_user
	serve_with_notes
	for format in zip tar; do
		fetch "$format"
		[ "$(bsdtar -tf "$FILE" | paste -sd' ')" = 'root/ root/open/ root/open/a' ]
		"check_$format"
	done
	wait_until has_note ' 200 GET '
	run grep -c '(2 left out: root/.*: Permission denied)' "$OUT"
	[ "$output" = 2 ]
	chmod 700 "$ROOT/closed"
}

@test "an unreadable folder is an error" {
	mkdir "$ROOT/closed"
	chmod 311 "$ROOT/closed"	# not even by its owner
	serve_as_user
	serve_with_notes
	[ "$(status_of "${URL}closed/?archive=zip")" = 403 ]
}

# [PATH/]FORMAT PYTHON [VERSION]: request it, run PYTHON (which has a function
# path()) when the first bytes of a large file have arrived, and print whether
# the body was ended.
interrupted() {
	python3 - "$PORT" "$1" "$2" "$ROOT" "${3-1.1}" <<-'EOF'
		import os, socket, sys, time
		port, target, what, root, version = sys.argv[1:]
		folder, _, format = target.rpartition("/")
		s = socket.socket()
		s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
		s.settimeout(20)
		s.connect(("127.0.0.1", int(port)))
		s.sendall(f"GET /{folder and folder + '/'}?archive={format} HTTP/{version}\r\n"
		    "Host: localhost\r\nConnection: close\r\n\r\n".encode())
		got = s.recv(65536)
		while len(got) < 65536:
		    got += s.recv(65536)
		exec(what, {"os": os, "path": lambda name: os.path.join(root, folder, name)})
		n = len(got)
		try:
		    while piece := s.recv(1 << 20):
		        n += len(piece)
		        got = (got + piece)[-16:]
		    ended = version == "1.0" or got.endswith(b"\r\n0\r\n\r\n")
		except ConnectionResetError:
		    ended = False
		print("ended" if ended else "cut", n)
	EOF
}

@test "a file that shrinks cuts off the download" {
	for format in zip tar; do
		truncate -s 20M "$ROOT/large"
		serve_with_notes
		run interrupted "$format" 'os.truncate(path("large"), 100000)'
		[[ $output == cut* ]]
		[ "${output#cut }" -lt 20000000 ]
		# serve reads a file for zip itself; for tar the kernel sends
		# it.
		wait_until grep -qE '\((root/large|the file) shrank\)$' "$OUT"
		truncate -s 20M "$ROOT/large"
		run interrupted "$format" 'os.truncate(path("large"), 100000)' 1.0
		[[ $output == cut* ]]
		serve_stop TERM
	done
}

@test "a file that grows is sent with its original size" {
	for format in zip tar; do
		truncate -s 20M "$ROOT/large"
		serve_start
		run interrupted "$format" 'os.truncate(path("large"), 30 << 20)'
		[[ $output == ended* ]]
		[ "${output#ended }" -gt 20971520 ]
		[ "${output#ended }" -lt 21000000 ]
		serve_stop TERM
	done
}

@test "a file that is removed while it is sent is sent whole" {
	for format in zip tar; do
		truncate -s 20M "$ROOT/large"
		serve_start
		run interrupted "$format" 'os.unlink(path("large"))'
		[[ $output == ended* ]]
		serve_stop TERM
	done
}

# All names of a small folder are read at once.
@test "files that are removed before they are read are left out, with a note" {
	for format in zip tar; do
		mkdir "$ROOT/$format"
		touch "$ROOT/$format"/{1..21}
		first=$(find "$ROOT/$format" -type f | head -n 1)
		truncate -s 20M "$first"
		serve_with_notes
		run interrupted "$format/$format" 'for name in os.listdir(path("")):
    if not os.path.getsize(path(name)): os.unlink(path(name))'
		[[ $output == ended* ]]
		wait_until grep -q "(20 left out: $format/[0-9]*: No such file or directory)" "$OUT"
		serve_stop TERM
	done
}

# Wherever the file system lists b, names are left to read after it.
deep_folder() {
	mkdir "$ROOT/a"
	touch "$ROOT"/a/{1..150}
	mkdir -p "$ROOT/a/b/c/d/e"
	touch "$ROOT"/a/{151..300}
}

@test "a folder that is removed while it is read is left out, with a note" {
	deep_folder
	for format in zip tar; do
		truncate -s 20M "$ROOT/a/b/c/d/e/large"
		serve_with_notes
		run interrupted "$format" 'os.rename(path("a"), path(".a"))'
		[[ $output == ended* ]]
		wait_until grep -q '(1 left out: root/a/: No such file or directory)' \
			"$OUT"
		serve_stop TERM
		mv "$ROOT/.a" "$ROOT/a"
	done
}

@test "a folder that is replaced while it is read cuts off the download" {
	deep_folder
	for format in zip tar; do
		truncate -s 20M "$ROOT/a/b/c/d/e/large"
		serve_with_notes
		run interrupted "$format" 'os.rename(path("a"), path(".a"))
os.mkdir(path("a"))'
		[[ $output == cut* ]]
		serve_stop TERM
		rmdir "$ROOT/a"
		mv "$ROOT/.a" "$ROOT/a"
	done
}

# ---- many files, and large ones ----

# serve keeps 32 bytes and the name of each entry for the table of a zip file.
# bats test_tags=once
@test "30,000 files take little memory, and other clients are served" {
	root_in_memory
	python3 - "$ROOT" <<-'EOF'
		import os, sys
		os.chdir(sys.argv[1])
		for d in range(20):
		    os.mkdir(f"folder-{d}")
		    for i in range(1500):
		        open(f"folder-{d}/file-{i}", "w").close()
	EOF
	serve_start -q -j 1
	fetch tar folder-1/
	before=$(memory VmRSS)
	echo 5 >"/proc/$PID/clear_refs"
	for format in tar zip; do
		curl -sSf --limit-rate 10M -o "$FILE" "$URL?archive=$format" 3>&- &
		CURL=$!
		answers=0
		while [ "$answers" -lt 5 ] && kill -0 "$CURL" 2>/dev/null; do
			[ "$(status_of -m 2 "${URL}folder-1/file-1")" = 200 ]
			answers=$((answers + 1))
		done
		wait "$CURL"
		[ "$(bsdtar -tf "$FILE" | wc -l)" = 30021 ]
		peak=$(memory VmHWM)
		echo "$format: $before kB, then $peak kB; $answers answers meanwhile"
		# 32 bytes and "root/folder-19/file-1499"
		most=1024
		[ "$format" = tar ] || most=$((most + 30021 * 56 / 1024))
		! is_release || [ $((peak - before)) -le "$most" ]
		[ "$answers" -ge 2 ]
	done
	check_zip
	! is_release || [ "$(memory VmRSS)" -le $((before + 1024)) ]
}

# bats test_tags=once
@test "a zip with too many files is refused, but a tar has them all" {
	root_in_memory
	python3 - "$ROOT" <<-'EOF'
		import os, sys
		os.chdir(sys.argv[1])
		for i in range(15):
		    os.mkdir("n" * 250)
		    os.chdir("n" * 250)
		for i in range(18000):
		    open("f%0200d" % i, "w").close()
	EOF
	serve_with_notes
	run curl -sS "$URL?archive=zip"
	[ "$output" = '403 Forbidden: too many files for a zip (?archive=tar has them all)' ]
	wait_until has_note '(too many files for a zip)'
	# Each of these paths has a line in a header of its own.
	[ "$(curl -sSf "$URL?archive=tar" |
		LC_ALL=C grep -ac ' path=root/n.*/f0')" = 18000 ]
}

# Sizes and offsets from 4 GiB on need zip64 fields.
# bats test_tags=once
@test "a zip may contain a file of 4097 MiB and one after it" {
	root_in_memory
	# The file system decides on the order of the entries.
	mkdir "$ROOT/a"
	seq 1000 >"$ROOT/a/file"
	truncate -s 4097M "$ROOT/large"
	mkdir "$ROOT/z"
	seq 1000 >"$ROOT/z/file"
	serve_start -q
	curl -sSf "$URL?archive=zip" |
		dd of="$FILE" bs=256k conv=sparse iflag=fullblock status=none
	python3 - "$FILE" <<-'EOF'
		import sys, zipfile
		z = zipfile.ZipFile(sys.argv[1])
		i = z.getinfo("root/large")
		assert i.file_size == 4097 << 20
		assert i.CRC == 0xc6a48b28
		files = z.getinfo("root/a/file"), z.getinfo("root/z/file")
		behind = max(files, key=lambda file: file.header_offset)
		assert behind.header_offset > 4097 << 20
		assert z.read(behind).endswith(b"\n1000\n")
	EOF
	unzip -tq "$FILE" root/a/file root/z/file
}

# bats test_tags=once
@test "a tar may contain a file of 4097 MiB" {
	root_in_memory
	truncate -s 4097M "$ROOT/large"
	seq 1000 >"$ROOT/behind"
	serve_start -q
	curl -sSf "$URL?archive=tar" | bsdtar -tvf - >"$BATS_TEST_TMPDIR/list"
	grep -q ' 4296015872 .* root/large$' "$BATS_TEST_TMPDIR/list"
	grep -q ' 3893 .* root/behind$' "$BATS_TEST_TMPDIR/list"
}
