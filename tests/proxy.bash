# What the tests of --proxy share: the application tests/proxy/app.py.

load wire

setup() {
	need python3 jq
	serve_setup
	APP_LOG=$BATS_TEST_TMPDIR/app.log
	APPS=()
	echo file >"$ROOT/file"
}

teardown() {
	local pid

	serve_teardown
	for pid in "${APPS[@]}"; do
		kill "$pid" 2>/dev/null || :
	done
}

# [ADDRESS [PORT]]: start an application; set APP to its port
app_start() {
	local out=$BATS_TEST_TMPDIR/app${#APPS[@]}

	python3 "$BATS_TEST_DIRNAME/proxy/app.py" "$APP_LOG" "$@" >"$out" 3>&- &
	APPS+=($!)
	wait_until test -s "$out"
	APP=$(cat "$out")
}

# [OPTION]...: start an application at /api, and serve in front of it
both_start() {
	app_start
	serve_start "$@" --proxy "/api=http://127.0.0.1:$APP"
}

# FILTER: print a part of each request that the application got; for jq
got() {
	jq -r "select(.line) | $1" "$APP_LOG"
}

# NAME: print this field of the last request that the application got
got_field() {
	jq -rs --arg name "$1" 'map(select(.line)) | last | .fields[] | select(.[0] == $name)[1]' \
		"$APP_LOG"
}
