# bash completion for serve(1)

# The words that an option takes as its value.
_serve_values() {
	case $1 in
	--color) echo auto always never ;;
	--log-format) echo pretty common combined json ;;
	--verbose) echo raw numbered curl ;;
	esac
}

_serve_options() {
	echo --allow-host --base --bind --color --cors --cors= --directory \
		--follow-symlinks --header --help --hidden --isolate \
		--key --key= --live --log-format --max-age --max-conns \
		--max-conns-per-client --no-listing --no-rules --open \
		--open= --port --proxy --public --quiet --spa --threads \
		--timeout --verbose --verbose= --version
}

# The command after "--", with that command's own completion if there is one.
_serve_command() {
	local offset

	for offset in _comp_command_offset _command_offset; do
		if declare -F "$offset" >/dev/null; then
			"$offset" "$1"
			return
		fi
	done
	compopt -o default
	if ((COMP_CWORD == $1)); then
		mapfile -t COMPREPLY < <(compgen -c -- "$2")
	fi
}

_serve() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} i

	COMPREPLY=()
	for ((i = 1; i < COMP_CWORD; i++)); do
		if [[ ${COMP_WORDS[i]} == -- ]]; then
			_serve_command $((i + 1)) "$cur"
			return
		fi
	done

	# bash makes "=" a word of its own.
	if [[ $cur == = ]]; then
		cur=
		mapfile -t COMPREPLY < <(compgen -W "$(_serve_values "$prev")")
		[[ $prev != --directory ]] || compopt -o dirnames
		return
	fi
	if [[ $prev == = ]]; then
		prev=${COMP_WORDS[COMP_CWORD - 2]}
	elif [[ $prev == --@(cors|key|open|verbose) ]]; then
		prev=	# their values need a "="
	fi

	case $prev in
	--color | --log-format | --verbose)
		mapfile -t COMPREPLY < <(
			compgen -W "$(_serve_values "$prev")" -- "$cur"
		)
		return
		;;
	-d | --directory)
		compopt -o dirnames
		return
		;;
	--allow-host | --base | -b | --bind | --cors | -H | --header | \
		-j | --threads | --key | --max-age | --max-conns | \
		--max-conns-per-client | --open | -p | --port | --proxy | \
		--timeout)
		return
		;;
	esac

	if [[ $cur == -* ]]; then
		mapfile -t COMPREPLY < <(
			compgen -W "$(_serve_options)" -- "$cur"
		)
		[[ ${#COMPREPLY[@]} != 1 || ${COMPREPLY[0]} != *= ]] ||
			compopt -o nospace
	else
		compopt -o default	# a folder or a file
	fi
}

complete -F _serve serve
