# Clients that are killed with requests pending: what becomes of the requests, of the driver and of the other clients.
. "$(dirname "$0")/lib.sh"

logged() { # COUNT TEXT
    [ "$("$nthost" log 2>/dev/null | grep -c "$2")" = "$1" ]
}

# A client that reads so many bytes and is killed once the driver says that it keeps the read.
kill_reader() { # BYTES TEXT
    cli-use '\\.\CliKeeps' read "$1" >"$work/killed" 2>&1 &
    client=$!
    until_true 20 logged 1 "$2" || fail "the driver has not got the read"
    kill -9 "$client"
    wait "$client" 2>/dev/null
}

start_server
run drvctl install cli-keeps "$drivers/cli-keeps.sys"
run drvctl start cli-keeps
expect status 0

it "a request with a cancel routine is cancelled, CLEANUP and CLOSE follow"
kill_reader 2 "keeps: kept, cancellable$"
until_true 20 logged 1 "keeps: close$" || fail "$("$nthost" log)"
logged 1 "keeps: cancelled$" || fail "it was not cancelled"
logged 1 "keeps: cleanup$" || fail "there was no cleanup"

it "a request without one is named with driver, device and age, and the file stays open for it"
kill_reader 1 "keeps: kept$"
until_true 20 logged 1 "cli-keeps keeps IRP_MJ_READ (IRP 0x[0-9a-f]*) of device 0x[0-9a-f]*, [0-9]* ms old, after its thread has ended; it has no cancel routine" ||
    fail "$("$nthost" log)"
until_true 20 logged 2 "keeps: cleanup$" || fail "there was no cleanup"
logged 1 "keeps: close$" || fail "it was closed under the driver's hands"

it "the driver and other clients go on"
run cli-use '\\.\CliKeeps' read 3
expect status 0

it "when the driver lets go of it, CLOSE follows, and the driver unloads"
run cli-use '\\.\CliKeeps' ioctl 0x222000 0
expect status 0
until_true 20 logged 4 "keeps: close$" || fail "$("$nthost" log)"
run drvctl stop cli-keeps
expect status 0
until_true 20 logged 1 "keeps: unloaded$" || fail "$("$nthost" log)"

stop_server
finish
