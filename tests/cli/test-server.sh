# nthost server: starting, stopping, one at a time, what it survives; the three terminals of the article.
. "$(dirname "$0")/lib.sh"
lyshark=$drivers/LySharkDriver.sys

for command in log "server --status" "server --stop"; do
    it "nthost $command without a server"
    # shellcheck disable=SC2086
    run "$nthost" $command
    expect status 1
    expect out empty
    expect err has "no kernel server at $work/nthost.sock"
done

it "a program without a server: an error, and what to do"
run lyshark
expect status 1
expect err has "no kernel server at $work/nthost.sock"

it "the driver tool without a server"
run drvctl list
expect status 1
expect err has "cannot reach the service control manager"

start_server
it "it says where it listens"
grep -q "listening at $work/nthost.sock" "$work/server" || fail "$(cat "$work/server")"

it "only its user can connect"
[ "$(stat -c %a "$work/nthost.sock")" = 600 ] || [ "$(stat -c %a "$work")" = 700 ] || fail "$(stat -c '%a %n' "$work" "$work/nthost.sock")"

it "a second server at the same socket is refused, the first lives on"
run "$nthost" server
expect status 1
expect err has "$work/nthost.sock"
run "$nthost" server --status
expect status 0
expect out has "running: process $server"

it "driver tool, application and viewer are three programs"
"$nthost" log -f >"$work/view" 2>"$work/view.err" &
view=$!
run drvctl install LySharkDriver "$lyshark"
expect status 0
run drvctl start LySharkDriver
expect status 0
run lyshark
expect status 0
expect out has "读取字节: o"
run drvctl stop LySharkDriver
expect status 0
run drvctl remove LySharkDriver
expect status 0
until_true 10 grep -q 驱动卸载完毕 "$work/view" || fail "the viewer does not show it: $(cat "$work/view")"
texts "$work/view" >"$work/texts"
diff -u "$source/tests/conformance/lyshark/driver.txt" "$work/texts" >"$work/diff" || fail "the viewer: $(cat "$work/diff")"

it "a client that is killed gives its device back"
run drvctl install LySharkDriver "$lyshark"
run drvctl start LySharkDriver
sleep 60 | cli-hold '\\.\LySharkDriver' >"$work/held" &
holder=$!
until_true 10 grep -q open "$work/held" || fail "it does not open"
run lyshark
expect status 1
expect err has "(5)"
kill -KILL "$holder"
until_true 10 lyshark || fail "the device is still taken"
run drvctl stop LySharkDriver
expect status 0

it "a driver that is asked to stop while its device is open stops when it is closed"
run drvctl start LySharkDriver
mkfifo "$work/in"
cli-hold '\\.\LySharkDriver' <"$work/in" >"$work/held" &
holder=$!
exec 9>"$work/in"
until_true 10 grep -q open "$work/held" || fail "it does not open"
run drvctl stop LySharkDriver
run drvctl query LySharkDriver
expect out lacks "stopped"
exec 9>&-
wait "$holder"
stopped() { drvctl query LySharkDriver | grep -q "LySharkDriver: stopped"; }
until_true 10 stopped || fail "$(drvctl query LySharkDriver)"
run drvctl remove LySharkDriver
expect status 0

it "a killed client's memory stays for as long as a driver has it locked"
run drvctl install Late "$drivers/cli-late.sys"
run drvctl start Late
cli-pends >"$work/pends" &
waiter=$!
until_true 10 grep -q pending "$work/pends" || fail "it does not pend"
kill -KILL "$waiter"
wait "$waiter" 2>/dev/null
run timeout 20 "$nthost" log --wait-for "late: answered"
expect status 0
run "$nthost" log
expect out lacks "***"
no_client() { "$nthost" status | grep -q '^clients *0$'; }
until_true 10 no_client || fail "the client is still there: $("$nthost" status)"
stops() { drvctl stop Late; }
until_true 10 stops || fail "the driver does not stop"
run drvctl remove Late
expect status 0

it "a driver with missing imports says so in the log"
run drvctl install M "$drivers/cli-missing.sys"
run drvctl start M
run "$nthost" log
expect out has "NoSuchRoutine"
run drvctl stop M
run drvctl remove M

it "a driver file that is none: the tool says why, the server lives"
run drvctl install Bad "$nthost"
run drvctl start Bad
expect status 1
expect err has "Bad"
run drvctl remove Bad
run "$nthost" server --status
expect status 0

it "rubbish on the socket disturbs nobody"
if command -v python3 >/dev/null; then
    python3 - "$work/nthost.sock" <<'END'
import os, socket, sys
for kind in (socket.SOCK_SEQPACKET, socket.SOCK_STREAM):
    for size in (0, 1, 7, 64, 4096, 60000):
        s = socket.socket(socket.AF_UNIX, kind)
        try:
            s.connect(sys.argv[1])
            s.send(os.urandom(size))
        except OSError:
            pass
        s.close()
END
    run "$nthost" server --status
    expect status 0
fi

it "SIGTERM ends it, and the viewer with it; its socket is gone"
stop_server
expect status 0
status=0
wait "$view" || status=$?
expect status 0
[ ! -e "$work/nthost.sock" ] || fail "the socket is left"

it "a driver that does not let go holds it up; who asks again is not kept waiting"
start_server
drvctl install Hangs "$drivers/cli-hangs.sys" >/dev/null && drvctl start Hangs >/dev/null
kill "$server"
until_true 10 test ! -e "$work/nthost.sock" || fail "it still listens"
kill -0 "$server" 2>/dev/null || fail "it did not wait for the driver"
kill "$server"
status=0
wait "$server" 2>/dev/null || status=$?
expect status 143 # 128 + SIGTERM

it "a server that is killed leaves a stale socket: the next one takes its place"
start_server
kill -KILL "$server"
wait "$server" 2>/dev/null
[ -e "$work/nthost.sock" ] || fail "no stale socket to test with"
run "$nthost" server --status
expect status 1
start_server
run "$nthost" server --status
expect status 0
stop_server

it "drivers that run at the end are unloaded"
start_server
drvctl install LySharkDriver "$lyshark" >/dev/null && drvctl start LySharkDriver >/dev/null
"$nthost" log -f >"$work/last" &
view=$!
until_true 10 grep -q 驱动加载完成 "$work/last" || fail "the viewer is late"
stop_server
wait "$view"
grep -q 驱动卸载完毕 "$work/last" || fail "$(cat "$work/last")"

it "--background returns when it listens; --stop ends it and waits"
run "$nthost" server --background
expect status 0
expect out has "listening at $work/nthost.sock"
run "$nthost" server --status
expect status 0
run "$nthost" server --stop
expect status 0
run "$nthost" server --status
expect status 1
[ ! -e "$work/nthost.sock" ] || fail "the socket is left"

it "--background tells when it cannot"
run "$nthost" server --background --socket "$work/no/such/folder/s"
expect status 1
expect err has "$work/no/such/folder"

it "--socket, and NTHOST_SERVER for everybody else"
run "$nthost" server --background --socket "$work/other.sock"
expect status 0
NTHOST_SERVER=$work/other.sock run drvctl list
expect status 0
run "$nthost" log --socket "$work/other.sock"
expect status 0
run "$nthost" server --stop --socket "$work/other.sock"
expect status 0

it "a socket's path that is too long"
run "$nthost" server --socket "$work/$(printf 'x%.0s' $(seq 120))"
expect status 1
expect err has "too long"

it "--strict-imports holds for the driver tool's drivers"
run "$nthost" server --background --strict-imports
run drvctl install M "$drivers/cli-missing.sys"
run drvctl start M
expect status 1
expect err has "(127)"
run "$nthost" log
expect out has "STATUS_PROCEDURE_NOT_FOUND"
run "$nthost" server --stop

it "--registry keeps the services"
run "$nthost" server --background --registry "$work/hive.reg"
expect status 0
run drvctl install Kept "$lyshark"
run "$nthost" server --stop
expect status 0
[ -s "$work/hive.reg" ] || fail "no file"
run "$nthost" server --background --registry "$work/hive.reg"
run drvctl list
expect out has "Kept"
run drvctl start Kept
expect status 0
run "$nthost" server --stop

it "--registry with a file that is damaged: its line is named, nothing starts, nothing is overwritten"
printf 'Windows Registry Editor Version 5.00\n\n[HKEY_LOCAL_MACHINE\\Software\\x]\n"a"=what\n' >"$work/bad.reg"
cp "$work/bad.reg" "$work/bad.before"
run "$nthost" server --registry "$work/bad.reg"
expect status 1
expect err has "$work/bad.reg, line 4:"
cmp -s "$work/bad.reg" "$work/bad.before" || fail "the file was changed"

finish
