# Command lines that make no sense, and help.
. "$(dirname "$0")/lib.sh"

usage() { # WHAT IT MUST SAY, ARGUMENTS...
    local says=$1
    shift
    it "usage error: nthost $*"
    run "$nthost" "$@"
    expect status 2
    expect out empty
    expect err has "nthost: $says"
    expect err has "--help"
}
usage 'there is no command "rnu"; did you mean "run"?' rnu
usage 'there is no command "serv"; did you mean "server"?' serv
usage 'there is no command "xyzzy"' xyzzy
usage 'there is no command "a.sys"; did you mean "nthost run a.sys -- PROGRAM"?' a.sys
usage 'there is no option "--frobnicate"' --frobnicate
usage 'there is no command ""' ''
usage 'run: no driver and no program is named' run
usage 'run: no program stands behind "--"' run a.sys --
usage 'run: there is no option --loud' run --loud a.sys
usage 'run: --log needs a value' run --log
usage 'run: --name names one driver, and there are 2' run --name x a.sys b.sys
usage 'run: --name names one driver, and there are 0' run --name x -- y
usage 'run: --quiet and --log exclude each other' run --quiet --log f a.sys
usage 'run: --in-process needs a program' run --in-process a.sys
usage 'run: --in-process takes the names' run --in-process --name x a.sys -- y
usage 'server: "a.sys" is too much' server a.sys
usage 'server: --stop and --status exclude each other' server --stop --status
usage 'server: there is no option --frob' server --frob
usage 'server: --socket needs a value' server --socket
usage 'log: "x" is too much' log x
usage 'log: --max-lines needs a number from 1 on, not "0"' log --max-lines 0
usage 'log: --max-lines needs a number from 1 on, not "-1"' log --max-lines -1
usage 'log: --duration needs a number of seconds, not "soon"' log --duration soon
usage 'log: there is no option -x' log -x
usage 'exports: there is no module "kernel33" here' exports --module kernel33
usage 'exports: --summary takes no names' exports --summary IoCreateDevice

it "no command at all shows the help on stderr"
run "$nthost"
expect status 2
expect err has "usage: nthost COMMAND"

for words in --help -h help; do
    it "nthost $words"
    run "$nthost" "$words"
    expect status 0
    expect err empty
    for command in run server log inspect exports; do
        expect out has "  $command "
    done
    expect out has "Example:"
done

for command in run server log inspect exports; do
    it "nthost $command --help: usage, an example, exit statuses"
    run "$nthost" "$command" --help
    expect status 0
    expect err empty
    expect out has "usage: nthost $command"
    expect out has "--help"
    expect out has "Exit status:"
    [ "$(awk 'length > 110' "$work/out")" = "" ] || fail "a line is too long"
done

it "nthost --version"
run "$nthost" --version
expect status 0
grep -qE '^nthost [0-9]+\.[0-9]+\.[0-9]+$' "$work/out" || fail "no version"

it "output that cannot be written is a failure"
status=0
"$nthost" --help >/dev/full 2>"$work/err" || status=$?
expect status 1
status=0
"$nthost" exports >/dev/full 2>"$work/err" || status=$?
expect status 1

it "exports: names that exist and names that do not"
run "$nthost" exports IoCreateDevice
expect status 0
expect out has "ntoskrnl  IoCreateDevice"
run "$nthost" exports IoCreateDevice NoSuchThing
expect status 1
expect out has "missing"
run "$nthost" exports --module HAL.dll --summary
expect status 0
grep -qE '^hal: [0-9]+ \(' "$work/out" || fail "no summary"

it "exports: routines that always refuse say so"
run "$nthost" exports IoConnectInterrupt
expect status 0
expect out has "refuses"

it "exports lists every line of the table"
run "$nthost" exports
expect status 0
[ "$(grep -c '^EXPORT(' "$source/kernel/exports.def")" = "$(wc -l <"$work/out")" ] || fail "$(wc -l <"$work/out") lines"

finish
