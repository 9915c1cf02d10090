#!/usr/bin/env bash
# gdb on a running driver: a breakpoint by name, a line, variables, the stack into the application; in one process and on
# a server. Needs gdb and the right to trace; exit status 77 without.
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/../cli/lib.sh"
driver=$drivers/debug-LySharkDriver.sys
export NTHOST_LOG=/dev/null ASAN_OPTIONS=${ASAN_OPTIONS:-}:detect_leaks=0 DEBUGINFOD_URLS= # no leak check under ptrace

command -v gdb >/dev/null || { echo "gdb is missing: scripts/install-packages test"; exit 77; }
gdb -batch -ex run --args true 2>&1 | grep -q 'exited normally' || { echo "gdb may not trace here"; exit 77; }

# Stop in DispatchRead, look around, go on; NEXT are the commands that let the program run.
script() { # FIRST NEXT
    cat <<END
set pagination off
set confirm off
$1
source $source/scripts/nthost-gdb.py
break DispatchRead
$2
printf "major %d\n", stack->MajorFunction
next
next
printf "wanted %d\n", wanted
backtrace
nthost-drivers
delete
END
}

expect_the_stop() {
    expect out has "DispatchRead (device="
    expect out has "lyshark.c:64"
    expect out has "major 3"
    expect out has "wanted 5"
    expect out has " in io_dispatch ("
    expect out has "  $driver"
}

it "in the program's own process"
script "" "run
next" >"$work/inprocess.gdb"
echo "continue" >>"$work/inprocess.gdb"
run env NTHOST_GATE=inprocess NTHOST_DRIVERS="$driver" gdb -batch -x "$work/inprocess.gdb" "$build/bin/lyshark"
expect_the_stop
expect out has "main ("
expect out has "exited normally"

it "on a server, attached while it runs"
"$nthost" server >"$work/server.out" 2>&1 &
server=$!
until_true 10 test -S "$work/nthost.sock" || fail "the server does not listen"
run drvctl install debug-LySharkDriver "$driver"
run drvctl start debug-LySharkDriver
expect status 0
script "attach $server" "continue
next" >"$work/server.gdb"
printf 'detach\n' >>"$work/server.gdb"
(until_true 20 grep -q 'Breakpoint 1 at' "$work/out"; exec lyshark >"$work/lyshark.out" 2>&1) &
client=$!
run gdb -batch -x "$work/server.gdb"
expect_the_stop
wait "$client" || fail "the client failed: $(cat "$work/lyshark.out")"
"$nthost" server --stop >/dev/null 2>&1 || fail "the server does not end"
finish
