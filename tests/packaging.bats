# bats file_tags=once

load helper

# The packages, and what the README says about them.

TOP=$BATS_TEST_DIRNAME/..

# DIR: copy what git knows, as an archive of the release would have it.
copy_source() {
	need git
	[ -e "$TOP/.git" ] || lack "a checkout by git"
	mkdir -p "$1"
	(cd "$TOP" && git -c safe.directory='*' ls-files -z |
		xargs -0 cp --parents -pt "$1")
}

# PREFIX: what each package installs is there, and runs.
is_installed() {
	[ "$("$1/bin/serve" --version)" = "$("$SERVE" --version)" ]
	ls "$1"/share/man/man1/serve.1* \
		"$1/share/bash-completion/completions/serve" \
		"$1/share/zsh/site-functions/_serve" \
		"$1/share/fish/vendor_completions.d/serve.fish"
}

# The recipes are under test, not the compiler: without optimization it takes less
# than half the time.
QUICK="OPTIMIZE= HARDEN=-fPIE"

# ARGUMENT...: env with nothing of this test, but for what a build needs
bare_env() {
	env -i PATH=/usr/bin:/bin:/usr/sbin:/sbin HOME="$ROOT" TERM=dumb \
		OFFLINE=1 TESTS=tests/site.bats MAKEFLAGS="$QUICK" "$@"
}

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

# Without these a large part of the tests is skipped.
@test "each package asks for the programs that most tests need" {
	local recipe tool missing=

	for recipe in debian/control rpm/serve.spec alpine/APKBUILD arch/PKGBUILD; do
		for tool in bats curl file iproute jq 'libarchive|bsdtar' netcat \
			procps python strace; do
			grep -v '^Description:' "$TOP/packaging/$recipe" |
				grep -qE "\b($tool)" || missing+=" $recipe:$tool"
		done
	done
	[ -z "$missing" ] || fail "missing:$missing"
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

# Run systemd as process 1 of a namespace, with our units, until the script
# $ROOT/probe ends.  It sees $ROOT as /run/test, and can change nothing outside.
run_systemd() {
	local target

	mkdir "$ROOT/units"
	for target in sysinit basic sockets shutdown; do
		printf '[Unit]\nDefaultDependencies=no\n' \
			>"$ROOT/units/$target.target"
	done
	cat >"$ROOT/units/probe.service" <<-'END'
		[Unit]
		DefaultDependencies=no
		SuccessAction=exit-force
		FailureAction=exit-force
		[Service]
		Type=oneshot
		ExecStart=/bin/sh -eux /run/test/probe
		StandardError=file:/run/test/log
		TimeoutStartSec=30
	END
	for unit in "$TOP"/packaging/systemd/serve@.*; do
		sed 's|/usr/bin/serve|/srv/serve -v=curl|
			/^\[Service\]/a StandardError=append:/run/test/err' \
			"$unit" >"$ROOT/units/${unit##*/}"
	done
	cp "$SERVE" "$ROOT/serve"
	# shellcheck disable=SC2016
	timeout -k 5 60 unshare --mount --pid --fork --kill-child \
		--mount-proc --cgroup --net --uts sh -euc '
		for folder in /run /srv; do
			mount -t tmpfs -o mode=755 tmpfs $folder
		done
		mkdir -p /run/test /srv/www
		mount --bind "$1" /run/test
		cp /run/test/serve /srv
		for folder in /tmp /var/tmp; do
			mount -t tmpfs -o mode=1777 tmpfs $folder
		done
		mount -t cgroup2 cgroup2 /sys/fs/cgroup
		mount --bind /proc/sys /proc/sys
		mount -o remount,bind,ro /proc/sys
		mount -o remount,bind,ro /
		ip link set lo up
		exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin container=test \
			SYSTEMD_UNIT_PATH=/run/test/units "$2" \
			--unit=probe.service --log-target=null' - \
		"$ROOT" "$SYSTEMD" >/dev/null 2>&1
}

# bats test_tags=build
@test "systemd starts the service, by itself and by its socket" {
	[ "$EUID" = 0 ] || skip "needs root"
	need systemd-analyze ip
	need_unshare --mount --pid --fork --mount-proc --cgroup --net --uts
	unshare --mount --cgroup mount -t cgroup2 cgroup2 /sys/fs/cgroup ||
		skip "needs control groups of its own"
	for SYSTEMD in /lib/systemd/systemd /usr/lib/systemd/systemd; do
		[ ! -x "$SYSTEMD" ] || break
	done
	cat >"$ROOT/probe" <<-'END'
		echo hello >/srv/www/file
		systemctl start serve@www.service
		[ "$(curl -sS http://localhost:8000/file)" = hello ]
		systemctl stop serve@www.service
		systemctl start serve@www.socket
		[ "$(curl -sS 'http://[::1]:8000/file')" = hello ]
		[ "$(systemctl is-active serve@www.service)" = active ]
		systemctl stop serve@www.socket serve@www.service
		touch /run/test/passed
	END
	run run_systemd
	cat "$ROOT"/{log,err} || :
	[ -e "$ROOT/passed" ]
	# The units take nothing away from what serve does to confine itself.
	[ "$(grep -c '^\* sandbox: ' "$ROOT/err")" = 2 ]
	run ! grep '^\* missing: ' "$ROOT/err"
}

# bats test_tags=build
@test "the package of Debian has its files where Debian looks for them" {
	local file

	copy_source "$ROOT/source"
	cd "$ROOT/source"
	cp -p "$SERVE" serve
	# Nothing is compiled: serve is there.
	bare_env make -s -f packaging/debian/rules MAKE='make -o serve' \
		override_dh_auto_install
	for file in lib/systemd/system/serve@.{service,socket} usr/bin/serve \
		usr/share/man/man1/serve.1 \
		usr/share/bash-completion/completions/serve \
		usr/share/fish/vendor_completions.d/serve.fish \
		usr/share/zsh/vendor-completions/_serve; do
		[ -e "debian/serve/$file" ] || fail "no $file"
	done
}

# bats test_tags=build
@test "makepkg makes the package of Arch, and runs its tests" {
	local version user=()

	need makepkg fakeroot bsdtar git
	version=$("$SERVE" --version)
	version=${version#serve }
	copy_source "$ROOT/serve-$version"
	tar -C "$ROOT" -czf "$ROOT/serve-$version.tar.gz" "serve-$version"
	rm -rf "$ROOT/serve-$version"
	cp "$TOP/packaging/arch/PKGBUILD" "$ROOT"
	if [ "$EUID" = 0 ]; then	# which makepkg refuses to be
		let_others_in
		chown -R 65534:65534 "$ROOT"
		user=(setpriv --reuid 65534 --regid 65534 --clear-groups)
	fi
	cd "$ROOT"
	# Other systems have makepkg without pacman.
	bare_env PACMAN=true "${user[@]}" makepkg -d --noconfirm
	mkdir package
	bsdtar -xf "serve-$version-1-"*.pkg.tar.* -C package
	is_installed package/usr
	ls package/usr/lib/systemd/system/serve@.{service,socket} \
		package/usr/share/licenses/serve/LICENSE
}

# bats test_tags=build
@test "the steps of the recipe for Alpine build, test and install with musl" {
	need musl-gcc
	copy_source "$ROOT/source"
	cd "$ROOT/source"
	# shellcheck disable=SC2016
	bare_env CC=musl-gcc pkgdir="$ROOT/package" sh -euc '
		. ./packaging/alpine/APKBUILD
		for field in pkgname pkgver pkgrel pkgdesc url arch license source
		do
			eval "[ -n \"\$$field\" ]"
		done
		for step in build check package; do
			$step
		done'
	is_installed "$ROOT/package/usr"
	readelf -lW "$ROOT/package/usr/bin/serve" | grep ld-musl
}

# The derivation is real, nixpkgs is not: its phases and tools are this
# system's.
# bats test_tags=build
@test "nix-build builds the expression for Nix" {
	need nix-build
	copy_source "$ROOT/source"
	cat >"$ROOT/pkgs.nix" <<-END
		{
		  stdenv.mkDerivation = a: derivation (removeAttrs a [ "meta" ] // {
		    name = "\${a.pname}-\${a.version}";
		    system = builtins.currentSystem;
		    builder = "/bin/sh";
		    args = [ "-euc" "cp -r \$src source; chmod -R u+w source
		      cd source; export MAKEFLAGS='$QUICK'
		      make -s \$makeFlags; make -s install \$makeFlags" ];
		    PATH = "/usr/bin:/bin";
		  });
		  lib.cleanSource = builtins.filterSource (path: type: true);
		  lib.licenses.mit = "MIT";
		  lib.platforms.linux = [ builtins.currentSystem ];
		}
	END
	bare_env NIX_STORE_DIR="$ROOT/store" NIX_STATE_DIR="$ROOT/state" \
		NIX_LOG_DIR="$ROOT/log" NIX_CONF_DIR="$ROOT/conf" \
		nix-build "$ROOT/source/packaging/nix" -o "$ROOT/result" \
		--arg pkgs "import $ROOT/pkgs.nix" --option sandbox false \
		--option substitute false --option build-users-group ''
	is_installed "$ROOT/result"
	chmod -R u+w "$ROOT/store"	# for bats, which removes it
}

@test "the changelog has the format of Keep a Changelog" {
	grep '^## ' "$TOP/CHANGELOG.md"
	run ! grep -vE '^## \[(Unreleased|[0-9.]+)\]( - [0-9]{4}-[0-9]{2}-[0-9]{2})?$' \
		<(grep '^## ' "$TOP/CHANGELOG.md")
	run ! grep -vE '^### (Added|Changed|Deprecated|Removed|Fixed|Security)$' \
		<(grep '^### ' "$TOP/CHANGELOG.md")
}
