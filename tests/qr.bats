load helper

# The module qr: text -> modules. zbarimg reads the codes, as a phone does.

setup() {
	need zbarimg qrencode python3 file
	serve_setup
}

# N: print this many URLs, of 10 to 271 bytes, always the same ones
random_urls() {
	python3 - "$1" <<-'EOF'
		import random, string, sys
		random.seed(18004)
		letters = string.ascii_letters + string.digits + "-._~/?=&%:[]@!$"
		for i in range(int(sys.argv[1])):
		    n = 10 + i * 262 // int(sys.argv[1])
		    rest = "".join(random.choices(letters, k=n - 7))
		    print("http://" + rest)
	EOF
}

# FILE...: print the text of each code, one per line.  zbarimg complains about a
# daemon that does not run here.
scan() {
	zbarimg -q --raw -Sdisable -Sqrcode.enable "$@" 2>/dev/null
}

# FOLDER FILE...: print the version, the chosen mask and the best masks of each
# code, judged by the rules of the standard, which are implemented here once
# more.
judge() {
	python3 - "$@" <<-'EOF'
		import functools, re, sys

		MASKS = [
		    lambda i, j: (i + j) % 2, lambda i, j: i % 2, lambda i, j: j % 3,
		    lambda i, j: (i + j) % 3, lambda i, j: (i // 2 + j // 3) % 2,
		    lambda i, j: i * j % 2 + i * j % 3,
		    lambda i, j: (i * j % 2 + i * j % 3) % 2,
		    lambda i, j: ((i + j) % 2 + i * j % 3) % 2]
		ALIGN = {2: [6, 18], 3: [6, 22], 4: [6, 26], 5: [6, 30], 6: [6, 34],
		    7: [6, 22, 38], 8: [6, 24, 42], 9: [6, 26, 46], 10: [6, 28, 50]}
		# For level L: table C.1 of the standard.
		FORMATS = ["111011111000100", "111001011110011", "111110110101010",
		    "111100010011101", "110011000101111", "110001100011000",
		    "110110001000001", "110100101110110"]

		def is_function(i, j, n, version):
		    if i == 6 or j == 6 or (i < 9 and j < 9):
		        return True
		    if (i < 9 and j >= n - 8) or (i >= n - 8 and j < 9):
		        return True
		    if version >= 7 and ((i < 6 and j >= n - 11) or (j < 6 and i >= n - 11)):
		        return True
		    return any(abs(i - a) <= 2 and abs(j - b) <= 2
		        for a in ALIGN.get(version, []) for b in ALIGN[version]
		        if not (a == 6 and b in (6, n - 7)) and not (b == 6 and a == n - 7))

		@functools.lru_cache(None)
		def exchanged(n, version, one, other):
		    """Where the same code differs under these two masks."""
		    return [[not is_function(i, j, n, version) and
		        (MASKS[one](i, j) == 0) != (MASKS[other](i, j) == 0)
		        for j in range(n)] for i in range(n)]

		INVERSE = {"0": "1", "1": "0"}

		def points(m):
		    n = len(m)
		    rows = ["".join(r) for r in m]
		    total = 0
		    for line in rows + ["".join(c) for c in zip(*m)]:
		        total += sum(len(r.group()) - 2
		            for r in re.finditer("0{5,}|1{5,}", line))
		        padded = "0000" + line + "0000"
		        total += 40 * len(re.findall(
		            "(?=(?:00001011101.{4}|.{4}10111010000))", padded))
		    for a, b in zip(rows, rows[1:]):
		        total += 3 * sum(len(set(a[i:i + 2] + b[i:i + 2])) == 1
		            for i in range(n - 1))
		    dark = sum(r.count("1") for r in rows) * 100 / (n * n)
		    return total + 10 * int(abs(dark - 50) / 5)

		def with_format(m, mask):
		    n = len(m)
		    f = FORMATS[mask]
		    first = [(8, j) for j in (0, 1, 2, 3, 4, 5, 7, 8)]
		    first += [(i, 8) for i in (7, 5, 4, 3, 2, 1, 0)]
		    second = [(n - 1 - k, 8) for k in range(7)]
		    second += [(8, n - 8 + k) for k in range(8)]
		    for places in first, second:
		        for (i, j), bit in zip(places, f):
		            m[i][j] = bit
		    return m

		for name in sys.argv[1:]:
		    m = [list(r) for r in open(name).read().split("\n")[2:] if r]
		    n = len(m)
		    version = (n - 17) // 4
		    f = "".join(m[8][j] for j in (0, 1, 2, 3, 4, 5, 7, 8)) + \
		        "".join(m[i][8] for i in (7, 5, 4, 3, 2, 1, 0))
		    chosen = FORMATS.index(f)
		    assert [list(r) for r in m] == with_format([list(r) for r in m], chosen)
		    scores = []
		    for k in range(8):
		        other = [[INVERSE[c] if differs else c
		            for c, differs in zip(*rows)]
		            for rows in zip(m, exchanged(n, version, k, chosen))]
		        scores.append(points(with_format(other, k)))
		    best = [k for k in range(8) if scores[k] == min(scores)]
		    print(version, chosen, "best" if chosen in best else scores)
	EOF
}

@test "a URL of each length is read as it was written" {
	random_urls 262 >"$OUT"
	"$DRIVER" qr-files "$ROOT" <"$OUT"
	scan $(printf "$ROOT/%d.pbm " {1..262}) >"$ERR"
	cmp "$OUT" "$ERR"
}

# qrencode -8 chooses the version by the same rule.
@test "a code has the size of qrencode's, which has the same text" {
	random_urls 40 >"$OUT"
	"$DRIVER" qr-files "$ROOT" <"$OUT"
	local i=0 theirs=()
	while read -r url; do
		i=$((i + 1))
		qrencode -8 -l L -m 4 -s 3 -o "$ROOT/$i.png" -- "$url"
		theirs+=("$ROOT/$i.png")
		[[ $(file "$ROOT/$i.png") = *" $(sed -n 's/ / x /;2p' "$ROOT/$i.pbm"), "* ]]
	done <"$OUT"
	scan "${theirs[@]}" >"$ERR"
	cmp "$OUT" "$ERR"
}

@test "the chosen mask has the fewest penalty points" {
	random_urls 100 >"$OUT"
	split -l 1 -a 3 -d "$OUT" "$ROOT/url"
	for url in "$ROOT"/url*; do
		head -c -1 "$url" | "$DRIVER" qr >"$ROOT/code${url##*/url}"
	done
	judge "$ROOT"/code* >"$ERR"
	run ! grep -v ' best$' "$ERR"
	# All versions and all masks occurred.
	[ "$(cut -d ' ' -f 1 "$ERR" | sort -nu | xargs)" = "1 2 3 4 5 6 7 8 9 10" ]
	[ "$(cut -d ' ' -f 2 "$ERR" | sort -nu | xargs)" = "0 1 2 3 4 5 6 7" ]
}

# N: the size of the code for N bytes
size_for() {
	head -c "$1" /dev/zero | tr '\0' x | "$DRIVER" qr | sed -n 's/ .*//;$!{2p}'
}

@test "each version is used up to its capacity" {
	local n version=1
	for n in 17 32 53 78 106 134 154 192 230; do
		[ "$(size_for "$n")" = $((17 + 4 * version)) ]
		version=$((version + 1))
		[ "$(size_for $((n + 1)))" = $((17 + 4 * version)) ]
	done
	[ "$(size_for 271)" = 57 ]
	run -0 "$DRIVER" qr < <(head -c 272 /dev/zero)
	[ "$output" = "too long" ]
}

@test "codes at their capacity, and empty ones, are read back" {
	local n
	for n in 17 32 53 78 106 134 154 192 230 271; do
		head -c "$n" /dev/zero | tr '\0' x | tee -a "$OUT" |
			"$DRIVER" qr-files "$ROOT"
		echo >>"$OUT"
		scan "$ROOT/1.pbm" >>"$ERR"
	done
	cmp "$OUT" "$ERR"
}

@test "the lines for a terminal have equal width and set both colours" {
	printf 'http://192.0.2.17:8000/' | "$DRIVER" qr-draw >"$OUT"
	[ "$(wc -l <"$OUT")" = 16 ]
	run ! grep -vE $'^\e\\[38;5;16;48;5;231m[ ▀▄█]{33}\e\\[0m$' "$OUT"
}
