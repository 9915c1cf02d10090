# shellcheck shell=bash
# Terminals of a test, by tmux: what stands on their screens is what a user would see. Sourced after lib.sh.
export TMUX_TMPDIR=$work
command -v tmux >/dev/null || {
    echo "tmux is missing: scripts/install-packages test"
    exit 1
}

tm() {
    tmux -L nthost -f /dev/null "$@"
}

# terminal NAME COLUMNS ROWS COMMAND: a terminal of that size that runs the command, and shows its exit status when it has
# ended: "ended: 0". (tmux's own notice of a dead pane may fail to come on a busy machine.)
terminal() {
    tm new-session -d -s "$1" -x "$2" -y "$3" "$4; echo \"ended: \$?\"; exec sleep 1000" || fail "tmux does not start"
    tm set-option -t "$1" status off
    tm resize-window -t "$1" -x "$2" -y "$3"
}

# keys NAME KEY...: as if typed there.
keys() {
    local name=$1
    shift
    tm send-keys -t "$name" "$@"
}

# screen NAME [OPTION]: what stands there, without the blanks behind it.
screen() {
    tm capture-pane -p ${2:+"$2"} -t "$1" | sed 's/ *$//' | sed -e :a -e '/^\n*$/{$d;N;ba' -e '}'
}

shows() {
    screen "$1" | grep -qF -- "$2"
}

shows_not() {
    ! shows "$@"
}

# until_shown NAME TEXT, until_gone NAME TEXT
until_shown() {
    until_true 20 shows "$1" "$2" || fail "terminal $1 does not show \"$2\":
$(screen "$1")"
}

until_gone() {
    until_true 20 shows_not "$1" "$2" || fail "terminal $1 still shows \"$2\":
$(screen "$1")"
}

end_terminals() {
    tm kill-server 2>/dev/null || true
}
trap 'end_terminals; cleanup' EXIT
