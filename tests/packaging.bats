load helper

# The packages, and what the README says about them.

TOP=$BATS_TEST_DIRNAME/..

@test "each package has the version of serve" {
	local version

	version=$("$SERVE" --version)
	version=${version#serve }
	cd "$TOP/packaging"
	[ "$(sed -n '1s/^serve (\(.*\)-[0-9]*).*/\1/p' debian/changelog)" = "$version" ]
	grep -Fx "pkgver=$version" alpine/APKBUILD
	grep -Fx "pkgver=$version" arch/PKGBUILD
	grep -F "version = \"$version\";" nix/default.nix
	grep -E "^Version: +${version//./\\.}$" rpm/serve.spec
	grep -F "## [$version] - " "$TOP/CHANGELOG.md"
}

@test "the README's commands and folders for packages exist" {
	local path

	cd "$TOP"
	grep -oE 'packaging/[a-zA-Z/]+' README.md | sort -u >"$BATS_TEST_TMPDIR/paths"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/paths")" -ge 6 ]
	while read -r path; do
		[ -e "$path" ] || fail "no $path"
	done <"$BATS_TEST_TMPDIR/paths"
	[ -x packaging/deb ]
	[ -x packaging/rpm/build ]
	[ -x packaging/dist ]
	# shellcheck disable=SC2016
	grep -oE '\(man/pictures/[a-z.]+\)' README.md | tr -d '()' | xargs ls
	make -n dist static | grep packaging/dist
}

@test "the units of systemd are valid" {
	local unit

	need systemd-analyze
	mkdir -p "$ROOT/bin"
	for unit in "$TOP"/packaging/systemd/serve@.*; do
		# The path of serve does not matter here.
		sed "s|/usr/bin/serve|$SERVE|; /^Documentation/d" "$unit" \
			>"$ROOT/${unit##*/}"
	done
	run systemd-analyze verify "$ROOT/serve@.service" "$ROOT/serve@.socket"
	[ "$status" = 0 ]
	[ -z "$output" ]
}

@test "the changelog has the format of Keep a Changelog" {
	grep '^## ' "$TOP/CHANGELOG.md"
	run ! grep -vE '^## \[(Unreleased|[0-9.]+)\]( - [0-9]{4}-[0-9]{2}-[0-9]{2})?$' \
		<(grep '^## ' "$TOP/CHANGELOG.md")
	run ! grep -vE '^### (Added|Changed|Deprecated|Removed|Fixed|Security)$' \
		<(grep '^### ' "$TOP/CHANGELOG.md")
}
