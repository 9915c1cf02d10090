# nthost up, status, down: a server whose services are there again, whatever ended it.
. "$(dirname "$0")/lib.sh"
lyshark=$drivers/LySharkDriver.sys
mailbox=$drivers/Mailbox.sys
export XDG_STATE_HOME=$work/state
registry=$XDG_STATE_HOME/nthost/registry.reg

json() { # EXPRESSION over `s`, the status: printed
    "$nthost" status --json | python3 -c "import json, sys; s = json.load(sys.stdin); print($1)"
}
driver() { # NAME MEMBER
    json "[d['$2'] for d in s['drivers'] if d['name'] == '$1'][0]"
}
is() { # WHAT EXPECTED GOT
    [ "$2" = "$3" ] || fail "$1: expected $2, got $3"
}
kill_server() {
    kill -KILL "$(json "s['pid']")"
    gone() { ! "$nthost" status; }
    until_true 10 gone || fail "it survives SIGKILL"
}
registry_text() { iconv -f UTF-16 -t UTF-8 "$registry" | tr -d '\r'; }

it "without a server: status says so, down has nothing to do"
run "$nthost" status
expect status 1
expect out empty
expect err has "no kernel server at $work/nthost.sock"
run "$nthost" down
expect status 0
expect err empty

it "up returns when it is up and says where; the second time it is up already"
run "$nthost" up
expect status 0
expect out has "listening at $work/nthost.sock"
expect out has "$registry"
run "$nthost" up
expect status 0
expect out has "up already"

it "status shows what there is to know"
run "$nthost" status
expect status 0
expect out has "$("$nthost" --version)"
expect out has "$work/nthost.sock"
expect out has "$registry"
expect out has "drivers    none"
is clients 0 "$(json "s['clients']")"

it "drvctl installs with a start type, dependencies and what a failure means; query shows them"
run drvctl install --start auto --depend Lower --error severe --group Top Upper "$lyshark"
expect status 0
run drvctl install Lower "$mailbox"
expect status 0
run drvctl query Upper
expect out has "start: auto"
expect out has "a failed start: severe"
expect out has "group: Top"
expect out has "depends on: Lower"
is "Upper depends" Lower "$(json "s['drivers'][1]['depends'][0]")"

it "an option that drvctl does not know, a value that it does not know, a value that is missing"
run drvctl install --frob x A "$lyshark"
expect status 2
expect err has "--frob"
run drvctl config --start now Upper
expect status 2
expect err has "boot system auto demand disabled"
run drvctl config Upper --start
expect status 2

it "starting starts first what it depends on; stopping that is refused meanwhile"
run drvctl start Upper
expect status 0
is Lower running "$(driver Lower state)"
run drvctl stop Lower
expect status 1
expect err has "(1051)"

it "what was acknowledged survives kill -9 of the server: services are there, the automatic ones run"
kill_server
run "$nthost" up
expect status 0
is Upper running "$(driver Upper state)"
is Lower running "$(driver Lower state)"
is Lower demand "$(driver Lower start)"
run lyshark
expect status 0

it "a change is in the file before drvctl ends"
run drvctl config --start disabled Lower
kill_server
registry_text >"$work/text"
grep -A3 -F '\Services\Lower]' "$work/text" | grep -q '"Start"=dword:00000004' || fail "$(cat "$work/text")"

it "a driver that does not start is named with its reason; severe: status 1, and the server is up"
run "$nthost" up
expect status 1
expect err has "Upper did not start"
expect err has "(1068)"
is Upper stopped "$(driver Upper state)"
is "Upper's error" 1068 "$(driver Upper last_error)"
run drvctl start Lower
expect status 1
expect err has "(1058)"

it "normal: a message; ignore: not even that"
run drvctl config --error normal Upper
run "$nthost" down
expect status 0
run "$nthost" up
expect status 0
expect err has "Upper did not start"
run "$nthost" log
expect out has "Upper: did not start"
run drvctl config --error ignore Upper
run "$nthost" down
run "$nthost" up
expect status 0
expect err empty

it "critical: the server does not go on; --safe starts it for repairs"
run drvctl config --error critical Upper
run "$nthost" down
run "$nthost" up
expect status 1
expect err has "--safe"
run "$nthost" status
expect status 1
run "$nthost" up --safe
expect status 0
is Upper stopped "$(driver Upper state)"
run drvctl config --depend '' --start demand Upper
expect status 0
run drvctl query Upper
expect out lacks "depends on"

it "a service cannot wait for itself"
run drvctl config --depend Upper Lower
expect status 0
run drvctl config --depend Lower Upper
expect status 1
expect err has "(1059)"
run drvctl install --depend Nobody Third "$drivers/Modes.sys"
expect status 0
run drvctl start Third
expect status 1
expect err has "(1075)"

it "a circle in a file that was written by hand is reported, and the server is up"
run "$nthost" down
registry_text >"$work/text"
printf '\n[HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet001\\Services\\Upper]\n"Start"=dword:00000002\n"ErrorControl"=dword:00000001\n"DependOnService"=hex(7):4c,00,6f,00,77,00,65,00,72,00,00,00,00,00\n' >>"$work/text"
printf '\n[HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet001\\Services\\Lower]\n"Start"=dword:00000003\n' >>"$work/text"
cp "$work/text" "$registry"
run "$nthost" up
expect status 0
expect err has "Upper did not start"
expect err has "(1059)"
run "$nthost" down

it "one registry, one server"
run "$nthost" up --safe
expect status 0
run "$nthost" up --safe --socket "$work/other.sock"
expect status 1
expect err has "$registry"
expect err has "another kernel server"

it "a client learns at once that the server is gone, and the next server serves new ones"
run drvctl install Held "$mailbox"
run drvctl start Held
for end in "kill -KILL $(json "s['pid']")" "$nthost down"; do
    cli-waits >"$work/waits" &
    waiter=$!
    until_true 10 grep -q waiting "$work/waits" || fail "it does not wait"
    sleep 0.2
    $end
    ended() { ! kill -0 "$waiter"; }
    until_true 10 ended || fail "it hangs"
    wait "$waiter"
    grep -q "event: failed" "$work/waits" || fail "$(cat "$work/waits")"
    grep -q "letter: failed" "$work/waits" || fail "$(cat "$work/waits")"
    run "$nthost" up --safe
    expect status 0
    run drvctl start Held
    expect status 0
done
run mailbox
expect status 0
run "$nthost" down
expect status 0

it "a damaged registry is named with its line and the fix, and left alone"
printf 'Windows Registry Editor Version 5.00\n\n[HKEY_LOCAL_MACHINE\\Software\\x]\n"a"=what\n' >"$registry"
cp "$registry" "$work/before"
run "$nthost" up
expect status 1
expect err has "$registry, line 4:"
expect err has "repair that line, or move the file away"
cmp -s "$registry" "$work/before" || fail "the file was changed"

it "the file is its owner's, and nothing else is left behind"
rm "$registry"
run "$nthost" up
run "$nthost" down
is mode 600 "$(stat -c %a "$registry")"
is files "registry.reg server.log" "$(cd "$XDG_STATE_HOME/nthost" && echo ./* | sed 's|\./||g')"

it "no place for the registry"
HOME='' XDG_STATE_HOME='' run "$nthost" up
expect status 1
expect err has "--registry FILE.reg"

finish
