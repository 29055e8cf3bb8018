load helper
load browser

# Headless Chromium with real sites.  SHOTS names a folder to keep screenshots
# in.

setup() {
	need chromium
	need_module playwright-core axe-core
	serve_setup
}

need_site() {
	SITE=/usr/share/doc/python3/html
	need_file "$SITE" python3-doc
}

@test "a real site renders without errors, and its search works" {
	need_site
	cp -rL "$SITE/." "$ROOT"
	# Debian compresses the longest page.
	gunzip "$ROOT/whatsnew/changelog.html.gz"
	serve_start
	browse site "$URL"
}

# A small app of the kind that bundlers build: absolute paths, a module that is
# loaded on demand, and routes of the history API.
make_app() {
	mkdir "$ROOT/assets"
	cat >"$ROOT/index.html" <<-'END'
		<!doctype html>
		<title>app</title>
		<link rel="stylesheet" href="/assets/app.css">
		<script type="module" src="/assets/app.mjs"></script>
		<a href="/users/42">user</a> <a href="/releases/v1.2">release</a>
		<h1></h1>
	END
	echo 'h1 { color: rgb(1, 2, 3) }' >"$ROOT/assets/app.css"
	cat >"$ROOT/assets/app.mjs" <<-'END'
		async function show() {
			const [, page, id] = location.pathname.split('/');
			let text = page ? `user ${id}` : 'start';

			if (page === 'releases')
				text = await (await import('./release.js')).text();
			document.querySelector('h1').textContent = text;
		}
		addEventListener('popstate', show);
		addEventListener('click', (e) => {
			e.preventDefault();
			history.pushState(null, '', e.target.href);
			show();
		});
		show();
	END
	cat >"$ROOT/assets/release.js" <<-'END'
		export async function text() {
			const { instance } = await WebAssembly.instantiateStreaming(
				fetch('/assets/seven.wasm'));

			return `release: ${instance.exports.f()}`;
		}
	END
	# (module (func (export "f") (result i32) i32.const 7))
	printf '\0asm\1\0\0\0\1\5\1\140\0\1\177\3\2\1\0\7\5\1\1f\0\0\12\6\1\4\0A\7\13' \
		>"$ROOT/assets/seven.wasm"
}

@test "an app with client-side routes and WebAssembly runs with --spa" {
	make_app
	serve_start --spa
	browse app "$URL"
}

@test "the links of a real tree's listings work through three levels" {
	need_site
	cp -r "$SITE/_sources" "$ROOT"
	serve_start
	browse listing "$URL"
}

@test "names in a listing cannot inject markup, and every link leads to its file" {
	serve_start
	browse names "$URL" "$ROOT"
}

@test "listings and error pages are accessible: light, dark, and on a phone" {
	mkdir "$ROOT/deep"
	touch "$ROOT"/deep/file{1..20}.txt
	ln -s nowhere "$ROOT/deep/broken"
	truncate -s 5G "$ROOT/deep/$(printf 'x%.0s' {1..200}).iso" "$ROOT/deep/big.iso"
	echo '<svg xmlns="http://www.w3.org/2000/svg"/>' >"$ROOT/deep/a.svg"
	mkdir "$ROOT/deep/empty"
	serve_start
	browse access "${URL}deep/" "${URL}deep/?view=grid" "${URL}deep/empty/" \
		"${URL}deep/none"
}

@test "the filter of a listing survives sorting, a reload and the back button" {
	mkdir "$ROOT/deep"
	touch "$ROOT"/deep/file{1..20}.txt "$ROOT"/deep/{a,b}.js
	serve_start
	browse filter "${URL}deep/"
}

@test "a grid loads pictures when they are scrolled to, and the layout does not move" {
	for i in {1..300}; do
		echo '<svg xmlns="http://www.w3.org/2000/svg" width="4000" height="3000"><rect width="4000" height="3000" fill="red"/></svg>' >"$ROOT/$i.svg"
	done
	serve_start
	browse grid "$URL"
	serve_stop TERM
	[ "$(grep -c '"GET /[0-9]*.svg' "$OUT")" -lt 300 ]
}

@test "a listing and an error page can be shown in a frame of another origin" {
	mkdir "$ROOT/deep"
	echo '<iframe src="http://127.0.0.1:PORT/deep/"></iframe><iframe src="http://127.0.0.1:PORT/none"></iframe>' >"$ROOT/frames.html"
	serve_start
	sed -i "s/PORT/$PORT/g" "$ROOT/frames.html"
	browse frames "${URL}frames.html"
}
