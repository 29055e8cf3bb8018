load wire

# Who makes room when there are more clients than descriptors.

@test "paused downloads of a crowd make room, the only one of an address stays" {
	truncate -s 1G "$ROOT/large"
	echo content >"$ROOT/file"
	RUN=(sh -c 'ulimit -n 64; exec "$@"' -)
	serve_start -j 1 --timeout 1 --log-format pretty
	wire <<-'EOF'
		from process import *
		alone = Client(buffer=4096, source="127.0.0.4").send(get("/large"))
		alone.more()
		crowd = [Client(buffer=4096, source="127.0.0.2") for i in range(40)]
		for client in crowd:
		    client.send(get("/large"))
		# As many as there is room for have begun.
		until(lambda: len(answered(crowd)) >= 31)
		for i in range(3):
		    newcomer = Client(source="127.0.0.3")
		    assert newcomer.ask(get("/file")).body == b"content\n"
		    newcomer.close()
		alone.take(20000000)
	EOF
	grep -E '200 GET .*  /large  \(made room for others after [0-9.]+ s\)$' "$OUT"
}

@test "the log says which signal stopped a download" {
	truncate -s 1G "$ROOT/large"
	serve_start -j 1 --log-format pretty
	wire 3>&- <<-'EOF' &
		client = Client(buffer=4096).send(get("/large"))
		client.more()
		write("started", "")
		until(lambda: os.path.exists(ROOT + "/stopped"))
	EOF
	client=$!
	wait_until test -e "$ROOT/started"
	kill -s TERM "$PID"
	wait_until eval '! curl -s -o /dev/null "$URL"'
	serve_stop INT
	touch "$ROOT/stopped"
	wait "$client"
	grep -E '  /large  \(stopped by SIGTERM at [0-9]+%\)$' "$OUT"
}
