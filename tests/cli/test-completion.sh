# Shell completion: commands, options and their values as --help has them, devices and services of the running server.
. "$(dirname "$0")/lib.sh"
sed -n '/tool_commands\[\] = {/,/^};/ s/^ *{"\([a-z-]*\)".*/\1/p' "$source/tools/nthost/main.c" >"$work/commands"
# The same words as test-manual.sh takes from --help.
help_options() {
    grep -oE '^ +(-[a-zA-Z], )?--?[a-zA-Z][a-z-]*' | grep -oE -- '--[a-z-]+|-[a-zA-Z]\b' | sort -u
}
same() { # what the shell gave in $work/out, sorted
    sort -u "$work/out" | diff -u --label expected --label completed "$work/expected" - >"$work/diff" || fail "$(cat "$work/diff")"
}
start_server
drvctl install LySharkDriver "$drivers/LySharkDriver.sys" >/dev/null && drvctl start LySharkDriver >/dev/null || fail "no driver"
drvctl install Idle "$drivers/Mailbox.sys" >/dev/null
cd "$work" && mkdir files && touch files/one.sys files/two.h || exit 1

# shellcheck disable=SC1091 # the page under test
. "$source/completions/nthost.bash"
in_bash() { # WORDS...: the last is the one to be completed
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
    "_$1" 2>"$work/err"
    printf '%s\n' "${COMPREPLY[@]}" >"$work/out"
}

it "bash: the commands"
in_bash nthost ''
{ cat "$work/commands"; "$nthost" --help | help_options; } | sort -u >"$work/expected"
same
in_bash drvctl ''
drvctl --help | sed -n 's/^ *drvctl \([a-z-]*\) .*/\1/p' | sort -u >"$work/expected"
same

while read -r command; do
    it "bash: the options of nthost $command"
    in_bash nthost "$command" -
    "$nthost" "$command" --help | help_options >"$work/expected"
    same
done <"$work/commands"
it "bash: the options of drvctl"
in_bash drvctl install Name File --
drvctl --help | help_options >"$work/expected"
same

it "bash: devices, services, values, files"
for case in "nthost read Ly:LySharkDriver" "nthost ioctl Ly:LySharkDriver" "nthost ioctl X --method o:out-direct" \
    "nthost read X --access r:read rw" "drvctl stop Ly:LySharkDriver" "drvctl query I:Idle" "drvctl install X --start a:auto" \
    "nthost objects --why I:Idle" "nthost inspect files/:files/one.sys" "drvctl install X files/:files/one.sys" \
    "nthost ioctl X Y --header files/:files/one.sys files/two.h" "nthost read X -n :" "nthost read X :"; do
    words=${case%:*}
    mapfile -d ' ' -t arguments < <(printf '%s' "$words")
    [[ $words != *' ' ]] || arguments+=('')
    in_bash "${arguments[@]}"
    printf '%s\n' "${case##*:}" | tr ' ' '\n' >"$work/expected"
    same
done

if command -v fish >/dev/null; then
    in_fish() { fish --no-config -c "source '$source/completions/nthost.fish'; complete -C '$1'" 2>"$work/err" | cut -f1 >"$work/out"; }
    it "fish: commands, options, devices, services"
    in_fish "nthost "
    { cat "$work/commands"; "$nthost" --help | help_options; } | sort -u >"$work/expected"
    same
    while read -r command; do
        in_fish "nthost $command X Y --"
        "$nthost" "$command" --help | help_options | grep -- '^--' >"$work/expected"
        same
    done <"$work/commands"
    in_fish "nthost read Ly"
    expect out is <<<LySharkDriver
    in_fish "drvctl stop I"
    expect out is <<<Idle
fi
if command -v zsh >/dev/null; then
    it "zsh: it is well-formed, and reads --help as the others do"
    run zsh -n "$source/completions/_nthost"
    expect err empty
    # shellcheck disable=SC2016 # zsh expands it
    while read -r command; do
        zsh -fc 'typeset -a flags; typeset -A kinds; functions[_nthost_read_help]=$(sed -n "/^_nthost_read_help/,/^}/p" "$1" | sed "1d;\$d")
            _nthost_read_help "$(nthost $2 --help)"; print -l -- ${flags%%:*}' zsh "$source/completions/_nthost" "$command" >"$work/out" 2>"$work/err"
        expect err empty
        "$nthost" "$command" --help | help_options | grep -- '^--' >"$work/expected"
        same
    done <"$work/commands"
fi

stop_server
it "without a server: no devices, no message"
in_bash nthost read ''
[ -z "$(cat "$work/out")" ] || fail "devices without a server"
expect err empty

finish
