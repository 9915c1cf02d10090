# nthost trace: every request with what belongs to it, as text, as JSON, for Perfetto; nthost run --trace.
. "$(dirname "$0")/lib.sh"

it "without a server"
run "$nthost" trace
expect status 1
expect err has "no kernel server at $work/nthost.sock"

start_server
for driver in LySharkDriver Mailbox Modes; do
    drvctl install "$driver" "$drivers/$driver.sys" >/dev/null && drvctl start "$driver" >/dev/null || fail "$driver does not start"
done

# trace FILE OPTIONS...: a viewer in the background, once it has the memory of the trace.
viewers=()
trace() {
    local file=$1
    shift
    "$nthost" trace --output "$file" "$@" 2>"$work/trace.err" </dev/null &
    viewers+=($!)
    until_true 10 grep -q nthost-trace "/proc/$!/maps" || fail "the viewer does not watch: $(cat "$work/trace.err")"
}
end_traces() {
    sleep 0.1
    kill -INT "${viewers[@]}"
    wait "${viewers[@]}"
    status=$?
    viewers=()
    expect status 0
}

it "the article's requests, with all that belongs to them"
trace "$work/text"
lyshark >/dev/null
end_traces
sed -E 's/^[0-9.]+ +lyshark [0-9]+\/[0-9]+ /TIME lyshark /; s/ +[0-9]+\.[0-9]{3} [um]s/ TOOK/; s/  +/ /g' "$work/text" >"$work/out"
expect out is <<'END'
TIME PROCESS/THREAD FUNCTION DEVICE MODE IN OUT STATUS INFORMATION TOOK COMPLETED BY
TIME lyshark IRP_MJ_CREATE \Device\LySharkDriver - 0 0 STATUS_SUCCESS 0 TOOK LySharkDriver
TIME lyshark IRP_MJ_READ \Device\LySharkDriver buffered 0 5 STATUS_SUCCESS 5 TOOK LySharkDriver at 0
TIME lyshark IRP_MJ_WRITE \Device\LySharkDriver buffered 13 0 STATUS_SUCCESS 13 TOOK LySharkDriver at 0
TIME lyshark IRP_MJ_CLEANUP \Device\LySharkDriver - 0 0 STATUS_SUCCESS 0 TOOK LySharkDriver
TIME lyshark IRP_MJ_CLOSE \Device\LySharkDriver - 0 0 STATUS_SUCCESS 0 TOOK LySharkDriver
END

it "several viewers at once: JSON with names of control codes, filters, a histogram"
trace "$work/all" --format text
trace "$work/json" --format json --header "$source/drivers/modes/modes.h" --major device_control
trace "$work/errors" --status error
trace "$work/reads" --major read --device ModesBuffered --process modes --driver modes
trace "$work/none" --slower-than 100s
trace "$work/steps" --histogram --driver Modes
modes >/dev/null
end_traces
python3 - "$work/json" <<'END' || fail "$(head -n 3 "$work/json")"
import json, sys
requests = [json.loads(line) for line in open(sys.argv[1])]
names = {request["control"]["name"] for request in requests}
assert names == {"IOCTL_MODES_SUM", "IOCTL_MODES_PUT", "IOCTL_MODES_GET", "IOCTL_MODES_FIND"}, names
for request in requests:
    control = request["control"]
    assert request["major"] == "IRP_MJ_DEVICE_CONTROL" and request["driver"] == "Modes", request
    if control["name"] == "IOCTL_MODES_PUT":
        assert control["code"] == "0x0022a005" and control["device_type_name"] == "FILE_DEVICE_UNKNOWN", request
        assert control["function"] == 0x801 and control["method"] == "METHOD_IN_DIRECT", request
        assert control["access"] == "FILE_WRITE_ACCESS" and request["mode"] == "in direct", request
statuses = {request["status"] for request in requests}
assert {"STATUS_SUCCESS", "STATUS_BUFFER_TOO_SMALL", "STATUS_ACCESS_VIOLATION"} <= statuses, statuses
END
grep -q STATUS_ACCESS_VIOLATION "$work/errors" || fail "--status error shows no error"
if grep -q STATUS_SUCCESS "$work/errors"; then fail "--status error shows successes"; fi
[ "$(grep -c IRP_MJ_READ "$work/reads")" -gt 3 ] || fail "$(cat "$work/reads")"
[ "$(grep -vc TIME "$work/reads")" = "$(grep -c 'IRP_MJ_READ .*ModesBuffered' "$work/reads")" ] || fail "$(cat "$work/reads")"
[ "$(wc -l <"$work/none")" = 1 ] || fail "$(cat "$work/none")"
grep -q '^IRP_MJ_READ \\Device\\ModesBuffered: [0-9]* requests, least .*, mean .*, most ' "$work/steps" || fail "$(cat "$work/steps")"
grep -qE '^  from +[0-9.]+ [num]s +[0-9]+ #+$' "$work/steps" || fail "$(cat "$work/steps")"

it "buffered, direct, neither"
for mode in buffered direct neither; do
    grep -qiE "IRP_MJ_READ +\\\\Device\\\\Modes$mode +$mode " "$work/all" || fail "$mode: $(cat "$work/all")"
done

it "a stack of devices: who completed it, what each device took; a request that was pended"
drvctl install Above "$drivers/cli-above.sys" >/dev/null && drvctl start Above >/dev/null || fail "Above does not start"
trace "$work/json" --format json --device Mailbox
trace "$work/text" --device '\Device\Mailbox'
trace "$work/perfetto" --format perfetto
cli-use '\\.\Mailbox' read 200 >"$work/read" &
reader=$!
until_true 10 sh -c "'$nthost' irps --driver Mailbox | grep -q IRP_MJ_READ" || fail "the read does not pend"
cli-use '\\.\Mailbox' write hello ioctl 0x222004 64 >/dev/null
wait "$reader"
end_traces
python3 - "$work/json" "$reader" <<'END' || fail "$(cat "$work/json")"
import json, sys
requests = [json.loads(line) for line in open(sys.argv[1])]
assert all([hop["driver"] for hop in request["hops"]] == ["Above", "Mailbox"] for request in requests), requests
[read] = [request for request in requests if request["major"] == "IRP_MJ_READ"]
[write] = [request for request in requests if request["major"] == "IRP_MJ_WRITE"]
assert read["pended"] and read["process"] == int(sys.argv[2]) and read["information"] == 112, read
assert read["completed_by"]["driver"] == "Mailbox" and read["completed_by"]["process"] == write["process"], read
assert [hop["location"] for hop in read["hops"]] == [0, 1] and [hop["level"] for hop in read["hops"]] == [0, 1], read
assert [hop["location"] for hop in write["hops"]] == [0, 0], write  # passed on without a location of its own
assert write["time_ns"] > read["time_ns"] and read["took_ns"] > 0 and not write["pended"], (read, write)
END
grep -qE 'IRP_MJ_READ .* pended, in cli-use [0-9]+/[0-9]+' "$work/text" || fail "$(cat "$work/text")"
grep -qE '^ +> \\Device\\Mailbox of Mailbox: STATUS_SUCCESS [0-9.]+ [um]s$' "$work/text" || fail "$(cat "$work/text")"

it "--format perfetto: slices within slices, tracks that begin and end, processes with names"
cat >"$work/check" <<'END'
import collections, json, sys
events = json.load(open(sys.argv[1]))["traceEvents"]
open_tracks = collections.Counter()
slices = collections.defaultdict(list)
for event in events:
    assert event["ph"] in "MXbe", event
    if event["ph"] == "X":
        slices[event["pid"], event["tid"]].append((round(event["ts"] * 1000), round((event["ts"] + event["dur"]) * 1000)))
    elif event["ph"] in "be":
        open_tracks[event["pid"], event["id"], event["name"]] += 1 if event["ph"] == "b" else -1
assert not +open_tracks and not -open_tracks, open_tracks
for of_thread in slices.values():
    for a in of_thread:
        for b in of_thread:
            assert a[1] <= b[0] or b[1] <= a[0] or (a[0] <= b[0] and b[1] <= a[1]) or (b[0] <= a[0] and a[1] <= b[1]), (a, b)
named = {event["pid"]: event["args"]["name"] for event in events if event["ph"] == "M"}
assert {event["pid"] for event in events} == set(named), named
assert sys.argv[2] in named.values(), named
print(sum(event["ph"] == "X" for event in events), sum(event["ph"] == "b" for event in events))
END
run python3 "$work/check" "$work/perfetto" cli-use
expect status 0
read -r slices tracks <"$work/out"
[ "$slices" -gt 4 ] && [ "$tracks" = 2 ] || fail "$slices slices, $tracks tracks"

it "what is under way at the end"
trace "$work/text" --driver Mailbox
cli-use '\\.\Mailbox' read 200 >/dev/null &
reader=$!
until_true 10 sh -c "'$nthost' irps --driver Mailbox | grep -q IRP_MJ_READ" || fail "the read does not pend"
end_traces
grep -q 'IRP_MJ_READ .* UNDER WAY' "$work/text" || fail "$(cat "$work/text")"
kill -KILL "$reader"
wait "$reader" 2>/dev/null

it "fast I/O, and a request whose driver was stopped"
drvctl install Odd "$drivers/cli-odd.sys" >/dev/null && drvctl start Odd >/dev/null || fail "Odd does not start"
trace "$work/text" --driver Odd --major device_control --header "$source/tests/cli/drivers/odd.c"
cli-use '\\.\Odd' ioctl 0x222400 0 ioctl 0x222404 0 >/dev/null
end_traces
grep -qE 'STATUS_SUCCESS .* Odd, fast I/O  IOCTL_ODD_FAST 0x00222400' "$work/text" || fail "$(cat "$work/text")"
grep -qE ' ABANDONED .* IOCTL_ODD_CRASH 0x00222404' "$work/text" || fail "$(cat "$work/text")"

it "a viewer that is too slow is told how many records it missed, and goes on"
trace "$work/text" --process cli-use --device ModesBuffered
kill -STOP "${viewers[0]}"
cli-use '\\.\ModesBuffered' reads 100000 5 >/dev/null
kill -CONT "${viewers[0]}"
until_true 20 grep -q CLOSE "$work/text" || fail "the last request does not come"
end_traces
lost=$(sed -n 's/^\*\*\* \([0-9]*\) records are lost.*/\1/p' "$work/text")
# A request leaves two records, each of them is lost or shown; others' requests are few.
shown=$(grep -c IRP_MJ_ "$work/text")
total=$((lost + 2 * shown))
[ "$lost" -gt 60000 ] && [ "$total" -ge 200000 ] && [ "$total" -le 200100 ] || fail "$lost lost, $shown shown"

it "--max-requests, --duration"
trace "$work/text" --max-requests 2 --process lyshark
lyshark >/dev/null
status=0
wait "${viewers[0]}" || status=$?
viewers=()
expect status 0
[ "$(wc -l <"$work/text")" = 3 ] || fail "$(cat "$work/text")"
run "$nthost" trace --duration 1
expect status 0

it "what makes no sense"
for wrong in "--format xml" "--slower-than soon" "--status odd" "--max-requests 0" "--histogram --format json"; do
    # shellcheck disable=SC2086
    run "$nthost" trace $wrong
    [ "$status" = 2 ] || fail "$wrong: exit status $status"
done
run "$nthost" trace --header "$work/no.h"
expect status 1
expect err has "$work/no.h"
run "$nthost" trace --output "$work/no/such"
expect status 1
expect err has "cannot be written"

it "a viewer ends with its server"
trace "$work/text"
stop_server
status=0
wait "${viewers[0]}" || status=$?
viewers=()
expect status 0

it "nthost run --trace"
run "$nthost" run --quiet --trace "$work/run.json" "$drivers/LySharkDriver.sys" -- lyshark
expect status 0
run python3 "$work/check" "$work/run.json" lyshark
expect status 0
expect out is <<'END'
5 0
END
run "$nthost" run --trace "$work/no/such" "$drivers/LySharkDriver.sys" -- lyshark
expect status 1
expect err has "cannot be written"
run "$nthost" run --in-process --trace x "$drivers/LySharkDriver.sys" -- lyshark
expect status 2

finish
