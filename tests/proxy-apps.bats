# --proxy with real application servers.

load wire

setup() {
	serve_setup
	APPS=()
	# Debian's modules are only for Debian's Python.
	PYTHON=/usr/bin/python3
	PORT_OF_APP=$(python3 -c 'import socket
s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
	export PYTHONPATH=$BATS_TEST_DIRNAME/proxy:$PYTHONPATH PYTHONDONTWRITEBYTECODE=1
}

teardown() {
	serve_teardown
	for pid in "${APPS[@]}"; do
		kill "$pid" 2>/dev/null || :
	done
}

# MODULE...: skip the test if Debian's Python lacks one of these
need_python() {
	for module; do
		"$PYTHON" -c "import $module" 2>/dev/null ||
			lack "Debian's python3-$module"
	done
}

# COMMAND...: start an application
app_start() {
	"$@" >"$BATS_TEST_TMPDIR/app" 2>&1 3>&- &
	APPS+=($!)
}

# Use the Flask application as a browser would.
walk() {
	local jar=$BATS_TEST_TMPDIR/jar

	[ "$(curl -sS "${URL}api/hello" | jq -r .hello)" = world ]
	[ "$(curl -sS "${URL}api/hello" | jq -r .url)" = \
		"http://localhost:$PORT/api/hello" ]
	head -c 300000 /dev/urandom >"$BATS_TEST_TMPDIR/file"
	[ "$(curl -sS -F file=@"$BATS_TEST_TMPDIR/file" \
		"${URL}api/upload")" = 300000 ]
	[ "$(curl -sS -L -c "$jar" -b "$jar" -d user=ann \
		"${URL}api/login")" = "I am ann" ]
	[ "$(curl -sS -b "$jar" "${URL}api/me")" = "I am ann" ]
	[ "$(curl -sS "${URL}api/stream" | grep -c ^data)" = 3 ]
}

@test "Flask works under waitress" {
	need jq
	need_python flask waitress
	app_start "$PYTHON" -m waitress --listen "127.0.0.1:$PORT_OF_APP" \
		flaskapp:app
	wait_until nc -z 127.0.0.1 "$PORT_OF_APP"
	serve_start --proxy "/api=http://127.0.0.1:$PORT_OF_APP"
	walk
}

@test "Flask works under gunicorn, with one worker, over a Unix socket" {
	need jq gunicorn
	need_python flask
	let_others_in
	app_start gunicorn -b "unix:$BATS_TEST_TMPDIR/socket" -m 0 flaskapp:app
	wait_until test -S "$BATS_TEST_TMPDIR/socket"
	serve_start --proxy "/api=unix:$BATS_TEST_TMPDIR/socket"
	walk
	# gunicorn takes one request at a time.
	run curl -sS --parallel --parallel-max 10 "${URL}api/me?[1-50]"
	[ "$(grep -o 'I am nobody' <<<"$output" | wc -l)" = 50 ]
}

@test "a WebSocket of python3-websockets works" {
	need_python websockets
	app_start "$PYTHON" "$BATS_TEST_DIRNAME/proxy/echo.py" "$PORT_OF_APP"
	wait_until grep -q ready "$BATS_TEST_TMPDIR/app"
	serve_start --proxy "/ws=http://127.0.0.1:$PORT_OF_APP"
	run timeout 20 "$PYTHON" "$BATS_TEST_DIRNAME/proxy/echo.py" \
		"ws://127.0.0.1:$PORT/ws"
	[ "$output" = echoed ]
}

@test "nginx behind --proxy receives and sends large bodies" {
	need nginx
	local dir=$BATS_TEST_TMPDIR/nginx size

	size=$(too_long_for_32_bits)
	mkdir -p "$dir/html"
	truncate -s "$size" "$dir/html/large"
	cat >"$dir/nginx.conf" <<-END
		daemon off;
		pid $dir/pid;
		error_log $dir/error;
		events {}
		http {
			access_log off;
			client_body_temp_path $dir/body;
			proxy_temp_path $dir/1; fastcgi_temp_path $dir/2;
			uwsgi_temp_path $dir/3; scgi_temp_path $dir/4;
			client_max_body_size 0;
			server {
				listen 127.0.0.1:$PORT_OF_APP;
				root $dir/html;
				location /echo { return 200 "\$content_length"; }
			}
		}
	END
	chmod -R a+rX "$BATS_TEST_TMPDIR"
	app_start nginx -c "$dir/nginx.conf" -p "$dir"
	wait_until nc -z 127.0.0.1 "$PORT_OF_APP"
	serve_start --proxy "/app=http://127.0.0.1:$PORT_OF_APP/"
	run -0 curl -sS -o /dev/null -w '%{size_download}' "${URL}app/large"
	[ "$output" = "$size" ] || fail "$output"
	wire <<-'EOF'
		from process import memory
		assert memory("VmHWM") < 24, memory("VmHWM")
	EOF
	[ "$(curl -sS -r 100-199 "${URL}app/large" | wc -c)" = 100 ]
	[ "$(status_of "${URL}app/none")" = 404 ]
}

@test "caddy works behind --proxy" {
	need caddy
	export HOME=$BATS_TEST_TMPDIR
	mkdir "$BATS_TEST_TMPDIR/site"
	head -c 3000000 /dev/urandom >"$BATS_TEST_TMPDIR/site/large"
	cat >"$BATS_TEST_TMPDIR/Caddyfile" <<-END
		{
			admin off
		}
		http://:$PORT_OF_APP {
			bind 127.0.0.1
			root * $BATS_TEST_TMPDIR/site
			encode gzip
			file_server
		}
	END
	app_start caddy run --adapter caddyfile \
		--config "$BATS_TEST_TMPDIR/Caddyfile"
	wait_until nc -z 127.0.0.1 "$PORT_OF_APP"
	serve_start --proxy "/app=http://127.0.0.1:$PORT_OF_APP/"
	curl -sS "${URL}app/large" | cmp - "$BATS_TEST_TMPDIR/site/large"
	curl -sS --compressed "${URL}app/large" |
		cmp - "$BATS_TEST_TMPDIR/site/large"
	[ "$(curl -sS -r 100-199 "${URL}app/large" | wc -c)" = 100 ]
	[ "$(status_of "${URL}app/none")" = 404 ]
}

@test "socket.io works by polling, by a WebSocket, and changes from one to the other" {
	need_module socket.io socket.io-client
	app_start node "$BATS_TEST_DIRNAME/proxy/socketio.js" "$PORT_OF_APP"
	wait_until nc -z 127.0.0.1 "$PORT_OF_APP"
	serve_start --proxy "/socket.io=http://127.0.0.1:$PORT_OF_APP"
	for transports in polling websocket polling,websocket; do
		run timeout 20 node "$BATS_TEST_DIRNAME/proxy/socketio.js" \
			"$URL" "$transports"
		[ "$output" = "echoed by ${transports##*,}" ]
	done
}

@test "ab and wrk report no failures" {
	need ab wrk
	app_start python3 "$BATS_TEST_DIRNAME/proxy/app.py" /dev/null
	wait_until test -s "$BATS_TEST_TMPDIR/app"
	serve_start --proxy "/app=http://127.0.0.1:$(cat "$BATS_TEST_TMPDIR/app")"
	for options in '' -k; do
		# shellcheck disable=SC2086
		run ab -q $options -n 1000 -c 20 "http://127.0.0.1:$PORT/app/x"
		[[ $output == *"Complete requests:      1000"* ]]
		[[ $output == *"Failed requests:        0"* ]]
		[[ $output != *"Non-2xx"* ]]
	done
	run wrk -d 1 -c 20 -t 2 --timeout 30s "http://127.0.0.1:$PORT/app/x"
	[[ $output == *"Requests/sec:"* ]]
	[[ $output != *"Socket errors"* ]]
	[[ $output != *"Non-2xx"* ]]
}
