# Clients that were not written for serve.

load wire
load browser

setup() {
	serve_setup
	GOT=$BATS_TEST_TMPDIR/got
	head -c 3000000 /dev/urandom >"$ROOT/large"
	seq 2000 >"$ROOT/text.txt"
}

@test "curl -C - resumes a download where it was cut off" {
	serve_start
	head -c 1234567 "$ROOT/large" >"$GOT"
	curl -sS -C - -o "$GOT" "${URL}large"
	cmp "$GOT" "$ROOT/large"
	# and requests nothing more if the file is complete
	run curl -sS -C - -o "$GOT" -w '%{http_code}' "${URL}large"
	[ "$output" = 416 ]
	cmp "$GOT" "$ROOT/large"
}

@test "curl -r gets one range or several" {
	serve_start
	curl -sS -r 1000000-1999999 -o "$GOT" "${URL}large"
	cmp "$GOT" <(tail -c +1000001 "$ROOT/large" | head -c 1000000)
	run curl -sS -r 0-1,10-11,-2 -w '%{http_code}' "${URL}text.txt"
	[ "${lines[-1]}" = 206 ]
	[ "$(grep -ac '^Content-Range: bytes ' <<<"$output")" = 3 ]
}

@test "curl --compressed decodes a precompressed file" {
	need gzip
	gzip -k "$ROOT/text.txt"
	serve_start
	curl -sS --compressed -o "$GOT" -D "$GOT-head" "${URL}text.txt"
	cmp "$GOT" "$ROOT/text.txt"
	grep -i '^content-encoding: gzip' "$GOT-head"
	curl -sS -o "$GOT" -D "$GOT-head" "${URL}text.txt"
	cmp "$GOT" "$ROOT/text.txt"
	run ! grep -i '^content-encoding' "$GOT-head"
}

@test "curl gets a file over HTTP/1.0, and with --http0.9" {
	serve_start
	curl -sS --http1.0 -o "$GOT" "${URL}large"
	cmp "$GOT" "$ROOT/large"
	[ "$(status_of --http0.9 "${URL}text.txt")" = 200 ]
}

@test "curl -z downloads only a newer file" {
	touch -d '2020-02-02 02:02:02 UTC' "$ROOT/text.txt"
	serve_start
	[ "$(status_of -z '2 Feb 2020 02:02:02 GMT' "${URL}text.txt")" = 304 ]
	[ "$(status_of -z '2 Feb 2020 02:02:01 GMT' "${URL}text.txt")" = 200 ]
	[ "$(status_of -z '-2 Feb 2020 02:02:01 GMT' "${URL}text.txt")" = 412 ]
	curl -sS --etag-save "$GOT" -o /dev/null "${URL}text.txt"
	[ "$(status_of --etag-compare "$GOT" "${URL}text.txt")" = 304 ]
}

@test "curl gets 100 (Continue) before it sends a body" {
	head -c 500000 /dev/zero >"$GOT"
	serve_start
	# Without it, curl would wait for a minute.
	run curl -sS --max-time 30 --expect100-timeout 60 -H 'Expect: 100-continue' \
		-T "$GOT" -o /dev/null -w '%{http_code}' "${URL}upload"
	[ "$status" = 0 ]
	[ "$output" = 405 ]
	head -c 5000000 /dev/zero >"$GOT"
	run curl -sS --max-time 30 --expect100-timeout 60 -H 'Expect: 100-continue' \
		-T "$GOT" -o /dev/null -w '%{http_code} %{size_upload}' "${URL}upload"
	[ "$status" = 0 ]
	[ "$output" = "405 0" ]
}

@test "curl reads the 405 after an upload that serve refuses" {
	head -c 20000000 /dev/zero >"$GOT"
	serve_start
	for how in "-H Expect:" "-H Expect: -H Transfer-Encoding:chunked"; do
		# shellcheck disable=SC2086
		run curl -sS $how -T "$GOT" -o /dev/null -w '%{http_code}' "${URL}upload"
		[ "${lines[-1]}" = 405 ]
	done
}

@test "curl makes all its requests on one connection" {
	serve_start
	run curl -sS -w '%{num_connects}\n' -o /dev/null "${URL}large" \
		-o /dev/null "${URL}absent" -o /dev/null "$URL" -o /dev/null "${URL}text"
	[ "${lines[*]}" = "1 0 0 0" ]
	run curl -sS -I -w '%{num_connects}\n' -o /dev/null "${URL}large" \
		-o /dev/null "$URL"
	[ "${lines[*]}" = "1 0" ]
}

@test "wget -c resumes a download where it was cut off" {
	need wget
	serve_start
	mkdir "$GOT"
	head -c 1234567 "$ROOT/large" >"$GOT/large"
	wget -q -c -P "$GOT" "${URL}large"
	cmp "$GOT/large" "$ROOT/large"
	wget -q -c -P "$GOT" "${URL}large"
}

@test "wget -N downloads only what has changed" {
	need wget
	serve_start
	wget -q -N -P "$GOT" "${URL}text.txt"
	cmp "$GOT/text.txt" "$ROOT/text.txt"
	wget -N -P "$GOT" "${URL}text.txt" 2>&1 | grep '304 Not Modified'
}

@test "Python's http.client works over one connection" {
	need python3
	serve_start
	wire <<-'EOF'
		from http.client import HTTPConnection
		client = HTTPConnection("localhost", PORT)
		content = open(os.path.join(ROOT, "large"), "rb").read()
		for i in range(3):
		    client.request("GET", "/large")
		    answer = client.getresponse()
		    assert (answer.status, answer.read()) == (200, content)
		client.request("HEAD", "/large")
		answer = client.getresponse()
		assert answer.headers["Content-Length"] == "3000000"
		assert answer.read() == b""
		client.request("POST", "/large", b"x" * 100000)
		answer = client.getresponse()
		assert answer.status == 405 and answer.read()
		client.request("POST", "/large", iter([b"x"] * 1000), encode_chunked=True,
		    headers={"Transfer-Encoding": "chunked"})
		answer = client.getresponse()
		assert answer.status == 405 and answer.read()
		client.request("GET", "/text.txt", headers={"Range": "bytes=-5"})
		answer = client.getresponse()
		assert (answer.status, answer.read()) == (206, b"2000\n")
	EOF
}

@test "Node's fetch() works" {
	need node gzip
	gzip -k "$ROOT/text.txt"
	mkdir "$ROOT/folder"
	serve_start
	cat >"$BATS_TEST_TMPDIR/client.mjs" <<-'EOF'
		import assert from 'node:assert'
		import { readFile } from 'node:fs/promises'
		const [, , url, root] = process.argv

		let answer = await fetch(url + 'large')
		assert.equal(answer.status, 200)
		assert.deepEqual(Buffer.from(await answer.arrayBuffer()),
			await readFile(root + '/large'))
		answer = await fetch(url + 'text.txt')
		assert.equal(answer.headers.get('content-encoding'), 'gzip')
		assert.equal(await answer.text(), String(await readFile(root + '/text.txt')))
		answer = await fetch(url + 'folder?x=y')
		assert.equal(answer.url, url + 'folder/?x=y')
		assert.ok(answer.redirected)
		answer = await fetch(url, { headers: { accept: 'application/json' } })
		assert.ok((await answer.json()).length >= 3)
		answer = await fetch(url, { method: 'POST', body: 'x'.repeat(5000000) })
		assert.equal(answer.status, 405)
		const all = await Promise.all(Array.from({ length: 100 }, (_, i) =>
			fetch(url + 'text.txt', { headers: { range: `bytes=${i}-${i}` } })))
		assert.ok(all.every(a => a.status === 206))
	EOF
	node "$BATS_TEST_TMPDIR/client.mjs" "$URL" "$ROOT"
}

@test "a person can type requests into nc" {
	echo hello >"$ROOT/hello"
	serve_start
	run raw <<-'EOF'
		GET /hello HTTP/1.1
		Host: localhost

	EOF
	[[ ${lines[0]} = "HTTP/1.1 200 OK"* ]]
	[ "${lines[-1]}" = hello ]
}

@test "Chromium seeks in a recording" {
	need chromium
	need_module playwright-core
	# A minute of silence.
	python3 - "$ROOT/sound.wav" <<-'EOF'
		import sys
		import wave
		with wave.open(sys.argv[1], "wb") as f:
		    f.setnchannels(2)
		    f.setsampwidth(2)
		    f.setframerate(44100)
		    f.writeframes(bytes(60 * 4 * 44100))
	EOF
	serve_start
	echo "<title>page</title>" >"$ROOT/page.html"
	browse media "$URL"
}

@test "Chromium resumes a download that was cut off" {
	need chromium
	need_module playwright-core
	head -c 8000000 /dev/urandom >"$ROOT/data.bin"
	echo "<title>page</title>" >"$ROOT/page.html"
	serve_start
	browse download "$URL" "$ROOT/data.bin"
}
