# bats file_tags=once

load helper

# The completions, loaded by their shells.  A function "serve" takes the place of
# the program and prints its arguments.

TOP=$BATS_TEST_DIRNAME/..

setup() {
	serve_setup
	cd "$ROOT" || return
	mkdir dist docs 'my dir'
	touch data.txt
	export HOME=$BATS_TEST_TMPDIR ZDOTDIR=$BATS_TEST_TMPDIR TERM=dumb
	cat >"$HOME/bashrc" <<-END
		PS1=
		bind 'set enable-bracketed-paste off'
		bind 'set bell-style none'
		serve() { printf '[%s]' "\$@"; echo; }
		[[ ! \$WITH ]] || source "\$WITH"
		source '$TOP/completions/serve.bash'
	END
	cat >"$HOME/.zshrc" <<-END
		PS1= RPS1=
		unset zle_bracketed_paste
		fpath=('$TOP/completions' \$fpath)
		autoload -U compinit
		compinit -D -u
		setopt no_auto_menu no_list_beep
		serve() { printf '[%s]' "\$@"; echo; }
		compadd() {
			local -a hits
			if [[ \${@[1,(i)(-|--)]} != *-(O|A|D)\ * ]]; then
				builtin compadd -A hits "\$@"
				print -rl -- \$hits >>'$HOME/hits'
			fi
			builtin compadd "\$@"
		}
	END
}

# SHELL KEYS: the arguments of serve after KEYS and Return are typed.
typed() {
	printf '%b\rexit\r' "$2" | timeout 20 script -qec "$1" /dev/null |
		tr -d '\r' | grep -a '^\['
}

in_bash() {
	typed "bash --noprofile --rcfile '$HOME/bashrc' -i" "$1"
}

# In zsh; the words that it offered are in $HOME/hits.
in_zsh() {
	: >"$HOME/hits"
	typed 'zsh -d -i' "$1"
}

# LINE: the words that fish offers at its end, without their descriptions.
in_fish() {
	fish -c "source '$TOP/completions/serve.fish'; complete -C '$1'" |
		cut -f 1
}

# The long options of --help, and --directory, on one line.
all_options() {
	{
		"$SERVE" --help | sed -nE 's/^ +(-., )?(--[a-z-]+).*/\2/p'
		echo --directory
	} | LC_ALL=C sort | xargs
}

@test "bash completes every option" {
	need script
	[ "$(all_options | wc -w)" -gt 20 ]
	# M-* inserts all of them into the line.
	[ "$(in_bash 'serve --\e*' | grep -oE -- '--[a-z-]+\]' | tr -d ']' |
		LC_ALL=C sort | xargs)" = "$(all_options)" ]
	[ "$(in_bash 'serve --pu\t')" = '[--public]' ]
	[ "$(in_bash 'serve dist --hid\t')" = '[dist][--hidden]' ]
}

@test "bash completes the values of options" {
	need script
	[ "$(in_bash 'serve --color \e*')" = '[--color][always][auto][never]' ]
	[ "$(in_bash 'serve --color=\e*')" = '[--color=always][auto][never]' ]
	[ "$(in_bash 'serve --log-format=j\t')" = '[--log-format=json]' ]
	[ "$(in_bash 'serve --verbose=\e*')" = \
		'[--verbose=curl][numbered][raw]' ]
	[ "$(in_bash 'serve --verbose=n\t')" = '[--verbose=numbered]' ]
}

@test "bash completes folders and files" {
	need script
	[ "$(in_bash 'serve d\e*')" = '[data.txt][dist][docs]' ]
	[ "$(in_bash 'serve --verbose d\e*')" = \
		'[--verbose][data.txt][dist][docs]' ]
	[ "$(in_bash 'serve -d d\e*')" = '[-d][dist][docs]' ]
	[ "$(in_bash 'serve --directory=di\t')" = '[--directory=dist/]' ]
	[ "$(in_bash 'serve my\t')" = '[my dir/]' ]
}

@test "bash offers nothing for host names, URLs and numbers" {
	local option keys='' words=''

	need script
	for option in -b -p --port --allow-host --header --proxy -j; do
		keys+="serve $option \\e*\\r"
		words+="[$option]"$'\n'
	done
	keys+='serve --open=\e*\rserve --key=\e*'
	[ "$(in_bash "$keys")" = "${words}[--open=]"$'\n'"[--key=]" ]
}

@test "bash completes COMMAND after '--'" {
	need script
	[ "$(in_bash 'serve dist -- printe\t')" = '[dist][--][printenv]' ]
	[ "$(in_bash 'serve -- cat da\t')" = '[--][cat][data.txt]' ]
}

@test "bash-completion completes COMMAND like any other command" {
	need script
	WITH=/usr/share/bash-completion/bash_completion
	need_file "$WITH" bash-completion
	export WITH
	[ "$(in_bash 'serve -- umount --no-canon\t')" = \
		'[--][umount][--no-canonicalize]' ]
	[ "$(in_bash 'serve --color=n\t')" = '[--color=never]' ]
}

@test "zsh completes every option" {
	need script zsh
	in_zsh 'serve --\t'
	[ "$(grep -oE -- '^--[a-z-]+' "$HOME/hits" | LC_ALL=C sort -u |
		xargs)" = "$(all_options)" ]
	[ "$(in_zsh 'serve --pu\t')" = '[--public]' ]
	[ "$(in_zsh 'serve dist --hid\t')" = '[dist][--hidden]' ]
}

@test "zsh completes the values of options" {
	need script zsh
	[ "$(in_zsh 'serve --color al\t')" = '[--color][always]' ]
	[ "$(in_zsh 'serve --log-format=j\t')" = '[--log-format=json]' ]
	[ "$(in_zsh 'serve -vc\t')" = '[-vcurl]' ]
	in_zsh 'serve --verbose=\t'
	[ "$(xargs <"$HOME/hits")" = 'raw numbered curl' ]
}

@test "zsh completes folders and files" {
	need script zsh
	in_zsh 'serve d\t'
	[ "$(xargs <"$HOME/hits")" = 'data.txt dist docs' ]
	in_zsh 'serve --directory=d\t'
	[ "$(xargs -n 1 <"$HOME/hits" | sort -u | xargs)" = 'dist docs' ]
	[ "$(in_zsh 'serve my\t')" = '[my dir]' ]
}

@test "zsh offers nothing for host names, URLs and numbers" {
	local option keys='' words=''

	need script zsh
	for option in -b -p --port --allow-host --header --proxy -j; do
		keys+="serve $option \\t\\r"
		words+="[$option]"$'\n'
	done
	[ "$(in_zsh "$keys")" = "${words%$'\n'}" ]
	[ -z "$(tr -d '[:space:]' <"$HOME/hits")" ]
}

@test "zsh completes COMMAND after '--'" {
	need script zsh
	[ "$(in_zsh 'serve dist -- printe\t')" = '[dist][--][printenv]' ]
	[ "$(in_zsh 'serve -- rmdir --ignore-f\t')" = \
		'[--][rmdir][--ignore-fail-on-non-empty]' ]
}

@test "fish completes every option" {
	need fish
	[ "$(in_fish 'serve --' | tr -d = | sort -u | xargs)" = \
		"$(all_options)" ]
	[ "$(in_fish 'serve dist --pu')" = --public ]
}

@test "fish completes the values of options" {
	need fish
	[ "$(in_fish 'serve --color ' | xargs)" = 'always auto never' ]
	[ "$(in_fish 'serve --log-format=j')" = --log-format=json ]
	[ "$(in_fish 'serve --verbose=' | xargs)" = \
		'--verbose=curl --verbose=numbered --verbose=raw' ]
}

@test "fish completes an optional value only in the same word" {
	need fish
	[ "$(in_fish 'serve -v' | xargs)" = '-vcurl -vnumbered -vraw' ]
	[ "$(in_fish 'serve -v d' | xargs)" = 'data.txt dist/ docs/' ]
	for option in --cors= --key= --open= -o; do
		[ -z "$(in_fish "serve $option")" ]
	done
	[ "$(in_fish 'serve --cors d' | xargs)" = 'data.txt dist/ docs/' ]
}

@test "fish completes folders and files" {
	need fish
	[ "$(in_fish 'serve d' | xargs)" = 'data.txt dist/ docs/' ]
	[ "$(in_fish 'serve --verbose d' | xargs)" = 'data.txt dist/ docs/' ]
	[ "$(in_fish 'serve -d ' | xargs)" = 'dist/ docs/ my dir/' ]
}

@test "fish offers nothing for host names, URLs and numbers" {
	local option

	need fish
	for option in -b -p --port --allow-host --header --proxy -j; do
		[ -z "$(in_fish "serve $option ")" ]
	done
}

@test "fish completes COMMAND after '--'" {
	need fish
	in_fish 'serve dist -- printe' | grep -x printenv
	[ "$(in_fish 'serve -- rmdir --ignore-f')" = \
		--ignore-fail-on-non-empty ]
	[ "$(in_fish 'serve -- cat da')" = data.txt ]
	run in_fish 'serve -- -x'
	[[ $output != *complete:* ]] || fail "$output"
}
