# nthost log: the debug view.
. "$(dirname "$0")/lib.sh"

start_server
talk() {
    drvctl install "$1" "$drivers/cli-$2.sys" >/dev/null && drvctl start "$1" >/dev/null
}
talk talks talks || fail "the driver does not start"

it "what a viewer must get right"
run "$nthost" log
expect status 0
texts "$work/out" >"$work/texts" && mv "$work/texts" "$work/out"
expect out has "UTF-8: 中文"
expect out has "GBK: 中文"
expect out has 'neither: \xff\xfe\xff'
expect out has 'control: \x1b[31mred\x07'
expect out has "no end"
grep -q '^two$' "$work/out" || fail "the second line stands below the text"
[ "$(grep -c '^long: 0\{506\}\.\.\.$' "$work/out")" = 1 ] || fail "512 bytes, and dots"
if grep -q "$(printf '\033')" "$work/out"; then fail "an escape character got through"; fi

it "--plain is the texts alone"
run "$nthost" log --plain --max-lines 1
expect out is <<'END'
UTF-8: 中文
END

it "--max-lines"
run "$nthost" log --max-lines 3
expect status 0
[ "$(wc -l <"$work/out")" = 3 ] || fail "$(wc -l <"$work/out") lines"

it "--wait-for what is there already ends at once, with that line as the last"
run "$nthost" log --wait-for "control:"
expect status 0
[ "$(wc -l <"$work/out")" = 4 ] || fail "$(wc -l <"$work/out") lines"

it "--wait-for finds converted text"
run "$nthost" log --wait-for "GBK: 中文" --duration 5
expect status 0

it "--wait-for what comes later"
"$nthost" log --wait-for "talks: unloaded" >"$work/out" 2>"$work/err" &
waiting=$!
sleep 0.2
kill -0 "$waiting" 2>/dev/null || fail "it did not wait"
drvctl stop talks >/dev/null
status=0
wait "$waiting" || status=$?
expect status 0
expect out has "talks: unloaded"

it "--wait-for in vain, bounded by --duration"
run "$nthost" log --wait-for nowhere --duration 1
expect status 1
expect err has 'no line with "nowhere" came'

it "--duration alone ends well"
run "$nthost" log -f --duration 1
expect status 0

it "--new begins with what comes next"
"$nthost" log -f --new --max-lines 1 >"$work/out" 2>"$work/err" &
waiting=$!
sleep 0.3
drvctl start talks >/dev/null
wait "$waiting"
expect out has "UTF-8: 中文"
[ "$(wc -l <"$work/out")" = 1 ] || fail "$(cat "$work/out")"

it "a log that ran over says how much is lost"
talk floods floods || fail "the driver does not start"
run "$nthost" log
expect status 0
head -n 1 "$work/out" | grep -qE 'lines are lost' || fail "$(head -n 1 "$work/out")"
expect out has "line 100000"
lost=$(head -n 1 "$work/out" | grep -oE '[0-9]+ lines' | cut -d' ' -f1)
first=$(sed -n 2p "$work/out" | cut -f1)
[ "$((lost + 1))" = "$first" ] || fail "$lost are lost, and the first number is $first"

it "a viewer that follows sees the flood in order"
"$nthost" log -f --new --plain >"$work/view" 2>/dev/null &
view=$!
sleep 0.3
drvctl stop floods >/dev/null && drvctl start floods >/dev/null
until_true 10 grep -q "line 100000" "$work/view" || fail "the end does not come"
awk '$1 == "line" { if ($2 <= last) exit 1; last = $2 }' "$work/view" || fail "out of order"

it "100,000 lines a second, and none is lost"
talk paced floods-paced || fail "the driver does not start"
"$nthost" log -f --new --plain --wait-for "lines in" >"$work/paced" 2>"$work/paced.err" &
paced=$!
sleep 0.3
drvctl stop paced >/dev/null && drvctl start paced >/dev/null
wait "$paced" || fail "the end does not come"
[ ! -s "$work/paced.err" ] || fail "$(cat "$work/paced.err")"
[ "$(grep -c '^line ' "$work/paced")" = 100000 ] || fail "$(grep -c '^line ' "$work/paced") lines came"
drvctl stop paced >/dev/null

it "--tail shows the last lines"
run "$nthost" log --tail 3 --include '^line [0-9]+$'
expect status 0
texts "$work/out" >"$work/texts" && mv "$work/texts" "$work/out"
expect out is <<'END'
line 99998
line 99999
line 100000
END

it "-f ends when the server ends, with the last words"
stop_server
status=0
wait "$view" || status=$?
expect status 0

it "-f ends when the server is killed"
start_server
"$nthost" log -f >"$work/view" 2>&1 &
view=$!
sleep 0.3
kill -KILL "$server"
wait "$server" 2>/dev/null
until_true 10 sh -c "! kill -0 $view" || fail "it goes on"

start_server
talk talks talks || fail "the driver does not start"

it "--driver, --process, --component, --level"
for filter in "--driver cli-talks" "--driver CLI-TALKS.sys" "--component default" "--level info" "--level 3"; do
    # shellcheck disable=SC2086
    run "$nthost" log --tail 1 --include 'no end' $filter
    texts "$work/out" >"$work/texts" && mv "$work/texts" "$work/out"
    grep -qx "no end" "$work/out" || fail "$filter: $(cat "$work/out")"
done
for filter in "--driver talks" "--driver nthost" "--component IHVDRIVER" "--level error" "--process 1"; do
    # shellcheck disable=SC2086
    run "$nthost" log --include 'no end' $filter
    expect status 0
    [ ! -s "$work/out" ] || fail "$filter: $(cat "$work/out")"
done

it "--include, --exclude and -i, several of them"
run "$nthost" log --plain --driver cli-talks --tail 100 --include utf --include GBK --exclude 'BK' -i
expect out is <<'END'
UTF-8: 中文
END

it "an expression that is none"
run "$nthost" log --include '('
expect status 2
expect err has '"(" is no regular expression'

it "--long: driver, process, thread, level, component"
run "$nthost" log --long --tail 1 --include 'no end'
grep -qE "^[0-9]+	[0-9.]+	cli-talks.sys	4 System	[0-9]+	INFO	DEFAULT	no end\$" "$work/out" || fail "$(cat "$work/out")"

it "--format csv"
run "$nthost" log --format csv --tail 2 --driver cli-talks --include 'end|two'
head -n 1 "$work/out" | grep -qx 'number,seconds,date,driver,process,process_name,thread,level,component,text' || fail "$(cat "$work/out")"
python3 - "$work/out" <<'END' || fail "$(cat "$work/out")"
import csv, sys
rows = list(csv.DictReader(open(sys.argv[1], newline="")))
assert [row["text"] for row in rows[-2:]] == ["no end", "one\ntwo"] or len(rows) == 2, rows
assert rows[0]["driver"] == "cli-talks.sys" and rows[0]["process_name"] == "System" and rows[0]["level"] == "INFO", rows
END

it "--format json"
run "$nthost" log --format json --tail 4 --driver cli-talks
python3 - "$work/out" <<'END' || fail "$(cat "$work/out")"
import json, sys
rows = [json.loads(line) for line in open(sys.argv[1])]
assert len(rows) == 4, rows
assert all(a["number"] < b["number"] and a["time_ns"] <= b["time_ns"] for a, b in zip(rows, rows[1:])), rows
assert all(row["driver"] == "cli-talks.sys" and row["component"] == "DEFAULT" for row in rows), rows
END

it "--output saves what --open shows again"
run "$nthost" log --driver cli-talks
cp "$work/out" "$work/before"
run "$nthost" log --driver cli-talks --output "$work/saved"
expect status 0
expect out empty
run "$nthost" log --open "$work/saved"
expect status 0
cmp -s "$work/out" "$work/before" || fail "$(diff "$work/before" "$work/out")"
run "$nthost" log --open "$work/saved" --plain --include GBK --tail 1
expect out is <<'END'
GBK: 中文
END

it "--open what is no saved log"
run "$nthost" log --open "$source/README.md"
expect err has "is no saved log"
run "$nthost" log --open "$work/nowhere"
expect status 1
expect err has "$work/nowhere: cannot be read"

it "--output where nothing can be written"
run "$nthost" log --output "$work/no/such"
expect status 1
expect err has "cannot be written"

it "--timeout ends the waiting"
run "$nthost" log --wait-for nowhere --timeout 1
expect status 1
expect err has 'no line with "nowhere" came'

it "what does not go together"
for wrong in "--new --tail 1" "--open x --new" "--format xml" "--level loud" "--split"; do
    # shellcheck disable=SC2086
    run "$nthost" log $wrong
    [ "$status" = 2 ] || fail "$wrong: exit status $status"
done

stop_server

it "a program under nthost run can read the log of its kernel"
run "$nthost" run --quiet "$drivers/cli-talks.sys" -- "$nthost" log --plain --max-lines 1
expect status 0
expect out is <<'END'
UTF-8: 中文
END

it "a reader that goes away is no error"
run sh -c "'$nthost' run '$drivers/cli-talks.sys' -- '$nthost' log | head -n 1"
expect status 0

finish
