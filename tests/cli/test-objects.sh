# nthost objects and nthost irps: what exists, who holds it, what is under way.
. "$(dirname "$0")/lib.sh"

it "without a server"
for command in objects irps; do
    run "$nthost" "$command"
    expect status 1
    expect out empty
    expect err has "no kernel server at $work/nthost.sock"
done

start_server
drvctl install Mailbox "$drivers/Mailbox.sys" >/dev/null && drvctl start Mailbox >/dev/null || fail "Mailbox does not start"

it "the namespace: directories, devices, links, drivers"
run "$nthost" objects
expect status 0
squeeze() { sed 's/  */ /g; s/ $//' "$work/out" >"$work/squeezed" && mv "$work/squeezed" "$work/out"; }
squeeze
expect out has '\Device Directory 0'
expect out has '\Device\Mailbox Device 0 Mailbox, buffered, 0 open'
expect out has '\Driver\Mailbox Driver 0 running, Mailbox.sys'
expect out has '\GLOBAL??\Mailbox SymbolicLink 0 -> \Device\Mailbox'

it "what stands below a path, in any case"
run "$nthost" objects '\device\'
expect out is <<'END'
PATH                     TYPE       HANDLES  DETAILS
\Device                  Directory  0
\Device\HarddiskVolume1  Device     0        NthostFs, neither, 0 open
\Device\Mailbox          Device     0        Mailbox, buffered, 0 open
END

it "objects of a type"
run "$nthost" objects --type driver
expect out is <<'END'
PATH                  TYPE    HANDLES  DETAILS
\Driver\Mailbox       Driver  0        running, Mailbox.sys
\FileSystem\NthostFs  Driver  0        running, a part of nthost
END

it "a path where nothing is"
run "$nthost" objects '\Dev'
expect status 1
expect err has 'there is nothing at \Dev'

it "no requests are under way"
run "$nthost" irps
expect status 0
expect out is <<'END'
IRP  FUNCTION  DRIVER  DEVICE  PROCESS  THREAD  AGE  CANCEL
END

it "why a driver does not unload: nothing holds it"
run "$nthost" objects --why mailbox
expect status 0
expect out is <<'END'
Mailbox: running
  nothing holds it; "drvctl stop Mailbox" unloads it
END

it "why: a driver that is not there"
run "$nthost" objects --why Nobody
expect status 1
expect err has 'no driver "Nobody" is loaded'

it "a read that waits: driver, device, process, cancel routine"
cli-use '\\.\Mailbox' read 200 >"$work/reader" 2>&1 &
reader=$!
pending() { "$nthost" irps --driver Mailbox | grep -q IRP_MJ_READ; }
until_true 10 pending || fail "the read does not pend"
run "$nthost" irps
squeeze
grep -qE "^0x[0-9a-f]+ IRP_MJ_READ Mailbox \\\\Device\\\\Mailbox $reader cli-use [0-9]+ [0-9]+\.[0-9]{3} s routine\$" "$work/out" || fail "$(cat "$work/out")"

it "irps: filters"
for filter in "--driver mailbox" "--device Mailbox" "--process $reader" "--process cli-use" "--major read"; do
    # shellcheck disable=SC2086
    run "$nthost" irps $filter
    [ "$(wc -l <"$work/out")" = 2 ] || fail "$filter: $(cat "$work/out")"
done
for filter in "--driver other" "--device Mail" "--process 1" "--major write" "--older-than 1000"; do
    # shellcheck disable=SC2086
    run "$nthost" irps $filter
    [ "$(wc -l <"$work/out")" = 1 ] || fail "$filter: $(cat "$work/out")"
done

it "irps --json"
run "$nthost" irps --json
python3 - "$work/out" "$reader" <<'END' || fail "$(cat "$work/out")"
import json, sys
[request] = json.load(open(sys.argv[1]))["requests"]
assert request["major"] == "IRP_MJ_READ" and request["driver"] == "Mailbox", request
assert request["device_name"] == "\\Device\\Mailbox" and request["process"] == int(sys.argv[2]), request
assert request["out_length"] == 200 and request["age_ns"] > 0, request
assert request["cancelable"] and not request["cancelled"] and request["state"] == "pending", request
END

it "who holds what"
run "$nthost" objects --handles --process cli-use
squeeze
grep -qE "^$reader cli-use 0x[0-9a-f]+ File 0x[0-9a-f]{8} \\\\Device\\\\Mailbox\$" "$work/out" || fail "$(cat "$work/out")"

it "why: the handle and the request"
run "$nthost" objects --why Mailbox
sed -i -E 's/thread [0-9]+/thread T/; s/handle 0x[0-9a-f]+/handle H/' "$work/out"
expect out is <<END
Mailbox: running
  process $reader (cli-use) has it open: handle H, \\Device\\Mailbox
  it has IRP_MJ_READ of process $reader (cli-use), thread T: pending
END

it "a driver that waits for its last close says so"
drvctl stop Mailbox >/dev/null 2>&1
run "$nthost" objects --why Mailbox
expect out has "Mailbox: waits for its devices to be closed"
kill -KILL "$reader"
wait "$reader" 2>/dev/null
gone() { ! "$nthost" objects --why Mailbox; }
until_true 10 gone || fail "the driver stays: $("$nthost" objects --why Mailbox)"

it "why: a device of another driver is attached above"
drvctl start Mailbox >/dev/null
drvctl install Above "$drivers/cli-above.sys" >/dev/null && drvctl start Above >/dev/null || fail "Above does not start"
run "$nthost" objects --why Mailbox
sed -i -E 's/0x[0-9a-f]+/ADDRESS/' "$work/out"
expect out is <<'END'
Mailbox: running
  ADDRESS of Above is attached above \Device\Mailbox
END
run "$nthost" objects --why Mailbox --json
python3 - "$work/out" <<'END' || fail "$(cat "$work/out")"
import json, sys
answer = json.load(open(sys.argv[1]))
assert answer["driver"] == "Mailbox" and answer["can_unload"] and answer["state"] == "running"
assert [holder["kind"] for holder in answer["holders"]] == ["attached"], answer
END

it "a device and the one above it, for programs"
run "$nthost" objects --json
python3 - "$work/out" <<'END' || fail "$(cat "$work/out")"
import json, sys
answer = json.load(open(sys.argv[1]))
devices = {device["driver"]: device for device in answer["devices"]}
assert devices["Mailbox"]["above"] == devices["Above"]["address"], devices
assert devices["Above"]["below"] == devices["Mailbox"]["address"] and devices["Above"]["name"] is None, devices
assert devices["Above"]["stack_size"] == 2, devices
END

it "a driver without DriverUnload"
drvctl install Stays "$drivers/cli-stays.sys" >/dev/null && drvctl start Stays >/dev/null
run "$nthost" objects --why Stays
expect out is <<'END'
Stays: running
  it has no DriverUnload: it cannot be unloaded
END

stop_server
finish
