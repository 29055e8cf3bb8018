# The addresses and the port: -p, -b, --public and the two loopback addresses.
# shellcheck disable=SC2016

load wire

@test "without options both loopback addresses answer, on one port" {
	serve_start
	[ "$(status_of "http://127.0.0.1:$PORT/")" = 200 ]
	[ "$(status_of "http://[::1]:$PORT/")" = 200 ]
}

@test "without options no other address answers" {
	need ss
	serve_start
	[ "$(ss -Hltn "sport = :$PORT" | awk '{print $4}' | sort)" = \
		"127.0.0.1:$PORT
[::1]:$PORT" ]
}

@test "-b listens only on its address, and may be repeated" {
	serve_start -b 127.0.0.2 -b 127.0.0.3
	[ "$(status_of "http://127.0.0.2:$PORT/")" = 200 ]
	[ "$(status_of "http://127.0.0.3:$PORT/")" = 200 ]
	run curl -sS "http://127.0.0.1:$PORT/"
	[ "$status" = 7 ]
	run curl -sS "http://[::1]:$PORT/"
	[ "$status" = 7 ]
}

@test "a wildcard address of -b includes the other addresses of its family" {
	need ss
	for binds in "0.0.0.0 127.0.0.1" "127.0.0.1 127.0.0.2 0.0.0.0" \
		"127.0.0.1 ::1 0.0.0.0"; do
		# shellcheck disable=SC2086
		serve_start $(printf -- '-b %s ' $binds) -b ::1
		[ "$(ss -Hltn "sport = :$PORT" | awk '{print $4}' | sort)" = \
			"0.0.0.0:$PORT
[::1]:$PORT" ]
		serve_stop TERM
	done
}

@test "an IPv4 address may be written as an IPv4-mapped IPv6 address" {
	serve_start -b ::ffff:127.0.0.3
	[ "$(status_of "http://127.0.0.3:$PORT/")" = 200 ]
}

@test "-b localhost is both loopback addresses" {
	serve_start -b localhost
	[ "$(status_of "http://127.0.0.1:$PORT/")" = 200 ]
	[ "$(status_of "http://[::1]:$PORT/")" = 200 ]
}

@test "-b ::1 listens only on IPv6" {
	serve_start -b ::1
	[ "$(status_of "http://[::1]:$PORT/")" = 200 ]
	[ "$URL" = "http://[::1]:$PORT/" ]
	run curl -sS "http://127.0.0.1:$PORT/"
	[ "$status" = 7 ]
}

@test "--public listens on all addresses, IPv4 and IPv6" {
	need ss
	serve_start --public
	[ "$(ss -Hltn "sport = :$PORT" | awk '{print $4}' | sort)" = \
		"0.0.0.0:$PORT
[::]:$PORT" ]
	[ "$(status_of "http://127.0.0.9:$PORT/")" = 200 ]
	[ "$(status_of "http://[::1]:$PORT/")" = 200 ]
}

@test "one loopback address is enough if the machine has only that" {
	need sysctl ip
	need_unshare --net
	RUN=(unshare --net sh -c 'ip link set lo up
		sysctl -qw net.ipv6.conf.all.disable_ipv6=1; exec "$@"' -)
	serve_start
	[ "$(nsenter --net --target "$PID" curl -sS -o /dev/null \
		-w '%{http_code}' "$URL")" = 200 ]
}

@test "a port chosen with -p is not changed if it is taken" {
	serve_start
	run "$SERVE" -p "$PORT" "$ROOT" 3>&-
	[ "$status" = 1 ]
	# shellcheck disable=SC2001
	[ "$(sed "s/-p [0-9]*'/-p N'/" <<<"$output")" = "serve: port $PORT is taken, try '-p N'\
 or leave out -p" ]
}

@test "a port that is taken on one address counts as taken" {
	serve_start -b 127.0.0.2
	run "$SERVE" -p "$PORT" -b 127.0.0.1 -b 127.0.0.2 "$ROOT" 3>&-
	[ "$status" = 1 ]
	[[ $output = "serve: port $PORT is taken"* ]]
}

@test "the port is free as soon as serve has ended" {
	serve_start
	wire <<-'EOF'
		# The server closes first, so the connection stays in TIME_WAIT
		# on its side.
		Client().send(get("/", "Connection: close")).rest()
	EOF
	same=$PORT
	serve_stop TERM
	serve_start -p "$same"
	[ "$PORT" = "$same" ]
}

@test "the port is free while the last transfers continue" {
	truncate -s 1G "$ROOT/large"
	serve_start
	wire <<-'EOF' &
		client = Client(buffer=4096).send(get("/large"))
		client.take(1000)
		write("started", "")
		until(lambda: os.path.exists(os.path.join(ROOT, "replaced")))
		assert client.take(1000)
	EOF
	client=$!
	wait_until test -e "$ROOT/started"
	first=$PID same=$PORT
	kill "$first"
	wait_until refused "$URL"
	ERR=$ERR-second serve_start -p "$same"
	kill -0 "$first"
	[ "$(status_of "${URL}absent")" = 404 ]
	touch "$ROOT/replaced"
	wait "$client"
	unset 'RUNNING[0]'
	wait "$first"
}

refused() {
	run curl -sS "$1"
	[ "$status" = 7 ]
}

# COMMAND...: the output of serve without -p, beside these commands
in_own_network() {
	need ip
	need ss
	need_unshare --net
	run unshare --net bash -c 'ip link set lo up
		'"$1"'
		"$1" "$2" 2>"$3" &
		until grep -qs http "$3"; do sleep 0.02; done
		ss -Hltn >"$3-listening"
		kill $!; wait $!; cat "$3"' - "$SERVE" "$ROOT" "$ERR" 3>&-
	[ "$status" = 0 ]
}

@test "without -p the port is 8000" {
	in_own_network ''
	[[ ${lines[0]} = *" at http://localhost:8000/" ]]
}

@test "if port 8000 is taken, serve takes the next free port and prints a message" {
	in_own_network '"$1" -q -p 8000 -b 127.0.0.1 "$2" 2>"$3-a" &
		"$1" -q -p 8001 -b ::1 "$2" 2>"$3-b" &
		until grep -qs http "$3-a" && grep -qs http "$3-b"; do
			sleep 0.02
		done
		trap "kill %1 %2" EXIT'
	[[ ${lines[0]} = *" at http://localhost:8002/" ]]
	[ "${lines[1]}" = "Port 8000 is taken, 8002 was the next free one." ]
	# A port that was free on one address only is left.
	[ "$(grep -c ':8001 ' "$ERR-listening")" = 1 ]
}

@test "an address that the machine does not have is reported" {
	run "$SERVE" -p 0 -b 192.0.2.1 "$ROOT" 3>&-
	[ "$status" = 1 ]
	[ "$output" = "serve: 192.0.2.1 is not an address of this machine" ]
	# Linux lets a socket listen on these, but no client reaches it.
	for address in 224.0.0.1 239.255.255.255 255.255.255.255 ff02::1; do
		run timeout 20 "$SERVE" -p 0 -b "$address" "$ROOT" 3>&-
		[ "$status" = 1 ]
		[ "$output" = "serve: $address is not an address of this machine" ]
	done
	# An ordinary user is not told that the port needs root.
	serve_as_user
	run "${RUN[@]}" "$SERVE" -p 0 -b 192.0.2.1 "$ROOT" 3>&-
	[ "$output" = "serve: 192.0.2.1 is not an address of this machine" ]
}

@test "clients of sixteen addresses can connect at once" {
	serve_start -j 1 --bind=127.0.0.{1..16}
	wire <<-'EOF'
		with stopped():
		    clients = [Client(f"127.0.0.{i % 16 + 1}").send(get())
		        for i in range(16 * 64)]
		for client in clients:
		    assert client.read().status == 200
	EOF
}

@test "every thread accepts clients" {
	serve_start -j 4
	set -- "/proc/$PID/task"/*
	[ $# -ge 5 ]
	wire <<-'EOF'
		clients = [Client() for i in range(200)]
		for client in clients * 3:
		    assert client.ask(get()).status == 200
	EOF
}
