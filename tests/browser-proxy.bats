# Applications behind --proxy, in headless Chromium.

load helper
load browser

setup() {
	need chromium
	need_module playwright-core vite
	serve_setup
	export ROOT SITE=$BATS_TEST_TMPDIR/site
	mkdir "$SITE"
	APP=$(python3 -c 'import socket
s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
	APP_PID=
}

teardown() {
	serve_teardown
	[ -z "$APP_PID" ] || kill "$APP_PID" || :
}

# COMMAND...: start an application at port APP
app_start() {
	"$@" >"$BATS_TEST_TMPDIR/app" 2>&1 3>&- &
	APP_PID=$!
	wait_until nc -z 127.0.0.1 "$APP"
}

# SCRIPT ARG...: run a script of tests/browser
visit() {
	browse "$1" "$URL" "${@:2}" ||
		fail "$(tail -n 20 "$BATS_TEST_TMPDIR/app")"
}

@test "Django's admin site works: cookies, CSRF tokens, redirects, an upload" {
	# Debian's modules are only for Debian's Python.
	local django=(/usr/bin/python3 -m django)

	/usr/bin/python3 -c 'import django' || lack "python3-django"
	export DJANGO_SETTINGS_MODULE=admin_site.settings
	export PYTHONPATH=$BATS_TEST_DIRNAME/proxy PYTHONDONTWRITEBYTECODE=1
	"${django[@]}" migrate --run-syncdb -v 0
	DJANGO_SUPERUSER_PASSWORD=secret "${django[@]}" createsuperuser \
		--noinput --username ann --email ann@example.org
	app_start "${django[@]}" runserver --noreload "127.0.0.1:$APP"
	serve_start --proxy "http://127.0.0.1:$APP"
	head -c 3000000 /dev/urandom >"$SITE/picture.bin"
	visit django "$SITE/picture.bin"
	# The file is stored in the folder, and serve itself sends it.
	curl -sS "${URL}pictures/picture.bin" | cmp - "$SITE/picture.bin"
}

@test "Vite's dev server exchanges modules and style sheets in the page" {
	make_vite_page "$SITE"
	printf 'import "./style.css";\nimport "./part.js";\n' >"$SITE/main.js"
	cat >"$SITE/part.js" <<-'END'
		document.querySelector('h1').textContent = 'first';
		import.meta.hot.accept();
	END
	ln -s "$NODE_PATH" "$BATS_TEST_TMPDIR/node_modules"
	cd "$SITE"
	app_start node ../node_modules/vite/bin/vite.js --host 127.0.0.1 \
		--port "$APP" --strictPort
	serve_start --proxy "http://127.0.0.1:$APP"
	visit vite "$SITE"
}
