# What people and programs get to read when a driver is stopped, and that everything else goes on.
. "$(dirname "$0")/lib.sh"
stops=$drivers/cli-stops.sys
reports=$work/state/nthost/bugchecks
export XDG_STATE_HOME=$work/state

# The one report in that folder, as FILE; reads it with python, which also says whether it is JSON.
report_has() { # FOLDER PYTHON-CONDITION
    python3 - "$1" "$2" >"$work/out" 2>"$work/err" <<'END' || fail "not so in the report: $2"
import glob, json, sys
files = glob.glob(sys.argv[1] + "/*.json")
assert len(files) == 1, files
r = json.load(open(files[0]))
print(json.dumps(r, indent=1))
assert eval(sys.argv[2])
END
}

it "KeBugCheckEx: the report has stop code, parameters, request, functions"
run "$nthost" run --bugchecks "$work/one/deep" "$stops" -- nthost write NthostStops b
expect status 1
expect err has "*** bugcheck MANUALLY_INITIATED_CRASH (0xE2) in cli-stops.sys+0x"
expect err has "(DispatchWrite+0x"
expect err has "***   1: 0x0000000000000011"
expect err has "***   4: 0x0000000000000044"
expect err has "***   in hand: IRP_MJ_WRITE of \\Device\\NthostStops (cli-stops), IRP 0x"
expect err has "***   stack: cli-stops.sys+0x"
expect err has "*** the report is kept in $work/one/deep/cli-stops.sys-"
expect err has "STATUS_DRIVER_INTERNAL_ERROR"

it "the same as JSON"
report_has "$work/one/deep" 'r["name"] == "MANUALLY_INITIATED_CRASH" and r["code"] == 0xE2'
report_has "$work/one/deep" '[p["value"] for p in r["parameters"]] == ["0x11", "0x22", "0x33", "0x44"]'
report_has "$work/one/deep" 'r["place"]["image"] == "cli-stops.sys" and r["place"]["function"] == "DispatchWrite"'
report_has "$work/one/deep" 'r["call"]["major"] == "IRP_MJ_WRITE" and r["call"]["device"] == "\\Device\\NthostStops"'
report_has "$work/one/deep" 'r["stack"][0]["function"] == "DispatchWrite" and r["call"]["process"] > 0'
report_has "$work/one/deep" 'r["messages"][-1] != "" and any("stops: b" in m for m in r["messages"])'

it "an unhandled access violation: registers and the function that faulted"
run "$nthost" run --bugchecks "$work/two" "$stops" -- nthost write NthostStops u
expect err has "*** bugcheck SYSTEM_SERVICE_EXCEPTION (0x3B) in cli-stops.sys+0x"
expect err has "***   1: 0x00000000C0000005  exception code"
expect err has "***   rax "
expect err has "(ReadUserAddress+0x"
if command -v llvm-symbolizer >/dev/null; then
    expect err has "stops.c:$(grep -n 'ULONG_PTR)0x10;' "$source/tests/cli/drivers/stops.c" | cut -d: -f1):"
    report_has "$work/two" '"stops.c:" in r["place"]["source"]'
fi
report_has "$work/two" 'r["registers"]["rip"].startswith("0x") and r["stack"][1]["function"] == "DispatchWrite"'

it "the same within __try: STATUS_ACCESS_VIOLATION is the caller's, no bugcheck"
run "$nthost" run "$stops" -- nthost write NthostStops g
expect status 1
expect err has "STATUS_ACCESS_VIOLATION"
expect err lacks "bugcheck"

it "a kernel address within __try is a bugcheck all the same"
run "$nthost" run "$stops" -- nthost write NthostStops n
expect err has "*** bugcheck PAGE_FAULT_IN_NONPAGED_AREA (0x50) in cli-stops.sys+0x"

it "a request completed twice"
run "$nthost" run "$stops" -- nthost write NthostStops l
expect err has "*** bugcheck MULTIPLE_IRP_COMPLETE_REQUESTS (0x44) in cli-stops.sys+0x"

it "in the program's own process"
run env NTHOST_GATE=inprocess NTHOST_DRIVERS="$stops" NTHOST_LOG=stderr NTHOST_BUGCHECKS="$work/three" \
    nthost write NthostStops k
expect err has "*** bugcheck MANUALLY_INITIATED_CRASH (0xE2) in cli-stops.sys+0x"
report_has "$work/three" 'r["call"]["during"] == "a dispatch routine"'

# ---- on a server, with another driver's client ------------------------------------------------------------------
"$nthost" server >"$work/server.out" 2>"$work/server.err" &
until_true 10 test -S "$work/nthost.sock" || fail "the server does not listen"
for driver in LySharkDriver cli-stops; do
    run drvctl install "$driver" "$drivers/$driver.sys"
    run drvctl start "$driver"
    expect status 0
done

# Reads again and again; its exit status is that of the first that failed.
other_client() {
    until [ -e "$work/enough" ]; do
        sleep 0.01
        lyshark >"$work/other.out" 2>&1 || return 1
    done
}
other_client &
other=$!

it "on a server: the stopped driver's client gets an error"
run nthost write NthostStops b
expect status 1
expect err has "the driver was stopped by a bugcheck"
report_has "$reports" 'r["call"]["driver"] == "cli-stops"'

it "and so do all that come later, at once"
run nthost write NthostStops x
expect status 1

it "the log has the report"
nthost log | grep -F '***' >"$work/out"
expect out has "*** bugcheck MANUALLY_INITIATED_CRASH (0xE2)"
expect out has "the kernel goes on"

it "the other driver's client has not noticed"
sleep 0.3
touch "$work/enough"
wait "$other" || fail "the other driver's client failed: $(cat "$work/other.out")"
run lyshark
expect status 0

it "the stopped driver can be started again in the same server"
run drvctl stop cli-stops
expect status 0
run drvctl start cli-stops
expect status 0
run nthost write NthostStops x
expect status 0

it "and stopped again"
run nthost write NthostStops u
expect status 1
run lyshark
expect status 0
run drvctl stop LySharkDriver
expect status 0
"$nthost" server --stop >/dev/null 2>&1 || fail "the server does not end"
wait
finish
