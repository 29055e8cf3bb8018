# fish completion for serve(1)

# After "--" comes a command, with completions of its own.
function __serve_has_command
    contains -- -- (commandline -opc)
end

function __serve_complete_command
    set -l words (commandline -opc)
    set -l first (math (contains -i -- -- $words) + 1)
    set -l current (commandline -ct)
    # The space keeps a word such as "-x" from being an option of complete.
    complete -C ' '(string join ' ' -- (string escape -- $words[$first..-1]) "$current")
end

# A value that may be left out is part of the same word: -vcurl, --cors=*.
function __serve_in_option
    string match -q -- '-*' (commandline -ct)
end

complete -c serve -n __serve_has_command -x -a '(__serve_complete_command)'

complete -c serve -l allow-host -x -d 'Answer to this host name too'
complete -c serve -s b -l bind -x -d 'Listen on this address'
complete -c serve -l color -x -a 'auto always never' -d Colour
complete -c serve -l cors -n __serve_in_option -x -d 'Scripts of an origin may read'
complete -c serve -s d -l directory -x -a '(__fish_complete_directories)' -d 'Serve this folder'
complete -c serve -l follow-symlinks -d 'Links may lead out of the folder'
complete -c serve -s H -l header -x -d 'Add a response header'
complete -c serve -s h -l help -d 'Show the options'
complete -c serve -l hidden -d 'Names that start with a dot too'
complete -c serve -l isolate -d 'Cross-origin isolation (COOP and COEP)'
complete -c serve -s j -l threads -x -d 'Event loops'
complete -c serve -l key -n __serve_in_option -x -d 'Only for those who have the key'
complete -c serve -l live -d 'Reload the page when a file changes'
complete -c serve -l log-format -x -a 'pretty common combined json' -d 'Access log'
complete -c serve -l max-age -x -d 'Browsers may keep files this long, in seconds'
complete -c serve -l max-conns -x -d Connections
complete -c serve -l max-conns-per-client -x -d 'Connections from one address'
complete -c serve -l no-listing -d 'No folder listings'
complete -c serve -s o -l open -n __serve_in_option -x -d 'Open the browser'
complete -c serve -s p -l port -x -d Port
complete -c serve -l public -d 'Every address of this machine'
complete -c serve -s q -l quiet -d 'No access log'
complete -c serve -l proxy -x -d 'Pass requests to an application'
complete -c serve -l spa -d 'Unknown pages get /index.html'
complete -c serve -l base -x -d 'Serve it under this path'
complete -c serve -l no-rules -d 'Ignore _redirects and _headers'
complete -c serve -l timeout -x -d 'Idle connections are closed, after seconds'
complete -c serve -s V -l version -d 'Show the version'
complete -c serve -s v -l verbose -n __serve_in_option -x -a 'raw numbered curl' -d 'Requests as received'
