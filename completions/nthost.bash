# Completion of nthost and drvctl for bash. Commands, options and the values of options are read from --help, devices and
# services from the running server: nothing here has to be kept up to date.
#
# Installed as share/bash-completion/completions/nthost and drvctl; or: source completions/nthost.bash

# The options of a help page, long and short.
_nthost_options() {
    grep -oE '^ +(-[a-zA-Z], )?--?[a-zA-Z][a-z-]*' <<<"$1" | grep -oE -- '-(-[a-z-]+|[a-zA-Z]$|[a-zA-Z],)' | tr -d ,
}

# What a help page calls the value of an option: FILE, PATH, a|b|c; nothing for an option without one.
_nthost_value() {
    sed -nE "s/^ +(-[a-zA-Z], )?(--[a-z-]+).*/&/; /^ +(-[a-zA-Z], )?$2 |^ +$2, /{ s/^ +(-[a-zA-Z], )?--?[a-zA-Z-]+ ([][A-Za-z.:]+(\|[a-z]+)*)( .*|$)/\2/p; q; }" <<<"$1" |
        grep -E '^[][A-Z.:a-z]+$|[|]' | grep -vE '^[a-z]+$' || true
}

_nthost_words() { # WORD CANDIDATES
    local IFS=$'\n'
    mapfile -t COMPREPLY < <(compgen -W "$2" -- "$1")
}

_nthost_files() { # WORD [SUFFIX]
    local IFS=$'\n'
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(
        compgen -d -- "$1"
        if [ -n "${2:-}" ]; then compgen -f -X "!*$2" -- "$1"; else compgen -f -- "$1"; fi | sort -u
    )
}

_nthost_services() { drvctl list 2>/dev/null | sed 's/ .*//'; }

# The value of that kind for an option. False: it has none.
_nthost_complete_value() { # WORD OPTION KIND
    case $2:$3 in
    *:) return 1 ;;
    *\|*) _nthost_words "$1" "${3//|/$'\n'}" ;;
    *:FILE* | *:PATH | *:DIRECTORY) _nthost_files "$1" ;;
    --driver:* | --why:* | --depend:*) _nthost_words "$1" "$(_nthost_services)" ;;
    --device:*) _nthost_words "$1" "$(nthost devices --names 2>/dev/null)" ;;
    --access:*) _nthost_words "$1" $'read\nwrite\nrw\nnone' ;;
    --method:*) _nthost_words "$1" $'buffered\nin-direct\nout-direct\nneither' ;;
    --check:*) _nthost_words "$1" $'any\nread\nwrite\nrw' ;;
    esac
}

_nthost() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command=${COMP_WORDS[1]:-} help
    COMPREPLY=()
    if [ "$COMP_CWORD" = 1 ]; then
        help=$(nthost --help 2>/dev/null)
        _nthost_words "$word" "$(sed -nE 's/^  ([a-z]+) .*/\1/p' <<<"$help" | grep -vx nthost; _nthost_options "$help")"
        return
    fi
    help=$(nthost "$command" --help 2>/dev/null) || return
    if [[ $before == -* ]] && _nthost_complete_value "$word" "$before" "$(_nthost_value "$help" "$before")"; then
        return
    fi
    if [[ $word == -* ]]; then
        _nthost_words "$word" "$(_nthost_options "$help")"
        return
    fi
    case $command in
    read | write | ioctl) [ "$COMP_CWORD" != 2 ] || _nthost_words "$word" "$(nthost devices --names 2>/dev/null)" ;;
    run | inspect) _nthost_files "$word" .sys ;;
    mount) _nthost_files "$word" ;;
    esac
}

_drvctl() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command=${COMP_WORDS[1]:-} help
    COMPREPLY=()
    help=$(drvctl --help 2>/dev/null)
    if [ "$COMP_CWORD" = 1 ]; then
        _nthost_words "$word" "$(sed -nE 's/^ +drvctl ([a-z-]+) .*/\1/p' <<<"$help")"
    elif [[ $before == --* ]] && _nthost_complete_value "$word" "$before" "$(_nthost_value "$help" "$before")"; then
        return
    elif [[ $word == -* ]]; then
        _nthost_words "$word" "$(_nthost_options "$help")"
    elif [ "$COMP_CWORD" = 2 ] && [ "$command" != install ]; then
        _nthost_words "$word" "$(_nthost_services)"
    elif [ "$COMP_CWORD" = 3 ] && [ "$command" = install ]; then
        _nthost_files "$word" .sys
    fi
}

complete -F _nthost nthost
complete -F _drvctl drvctl
