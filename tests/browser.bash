# For tests in browsers: files that several of them use.

# FILE: a minute of silence
make_sound() {
	python3 - "$1" <<-'END'
		import sys, wave
		with wave.open(sys.argv[1], "wb") as w:
		    w.setparams((1, 2, 22050, 0, "NONE", ""))
		    w.writeframes(bytes(2 * 22050 * 60))
	END
}

# FOLDER: the page and the style sheet of a small Vite app, which loads /main.js
make_vite_page() {
	cat >"$1/index.html" <<-'END'
		<!doctype html>
		<title>app</title>
		<link rel="icon" href="data:,">
		<h1></h1>
		<script type="module" src="/main.js"></script>
	END
	echo 'h1 { color: red }' >"$1/style.css"
}
