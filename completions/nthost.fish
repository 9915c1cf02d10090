# Completion of nthost and drvctl for fish. Commands and options are read from --help, devices and services from the
# running server: nothing here has to be kept up to date.

# The options of a help page, each with a tab and what the page says about it.
function __nthost_options
    string replace -rf '^ +(?:-[a-zA-Z], )?(--?[a-zA-Z][a-z-]*) *(.*)$' '$1\t$2' -- $argv
end

function __nthost_command_options
    set -l words (commandline -opc)
    __nthost_options (nthost $words[2] --help 2>/dev/null)
end

function __nthost_is
    set -l words (commandline -opc)
    test (count $words) -ge 2; and contains -- $words[2] $argv
end

function __nthost_place
    test (count (commandline -opc)) -eq $argv[1]
end

function __nthost_services
    drvctl list 2>/dev/null | string replace -r ' +' '\t'
end

# Files after an option that takes one.
function __nthost_wants_file
    contains -- (commandline -opc)[-1] --log --output --open --file --header --in-file --data-file --registry --c-drive --socket
end

complete -c nthost -f
complete -c nthost -n '__nthost_place 1' -a "(nthost --help 2>/dev/null | string replace -rf '^  (?!nthost)([a-z-]+) +(.*)' '\$1\t\$2')"
complete -c nthost -n 'not __nthost_place 1; and not __nthost_wants_file' -a '(__nthost_command_options)'
complete -c nthost -n '__nthost_is read write ioctl; and __nthost_place 2' -a '(nthost devices --names 2>/dev/null)'
complete -c nthost -n '__nthost_is run inspect mount; or __nthost_wants_file' -F

complete -c drvctl -f
complete -c drvctl -n '__nthost_place 1' -a "(drvctl --help 2>/dev/null | string replace -rf '^ +drvctl ([a-z-]+) +[A-Z ]*(.*)' '\$1\t\$2')"
complete -c drvctl -n 'not __nthost_place 1' -a '(__nthost_options (drvctl --help 2>/dev/null))'
complete -c drvctl -n '__nthost_place 2; and not __nthost_is install' -a '(__nthost_services)'
complete -c drvctl -n '__nthost_is install; and __nthost_place 3' -F
