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
expect out has "line 20000"
lost=$(head -n 1 "$work/out" | grep -oE '[0-9]+ lines' | cut -d' ' -f1)
first=$(sed -n 2p "$work/out" | cut -f1)
[ "$((lost + 1))" = "$first" ] || fail "$lost are lost, and the first number is $first"

it "a viewer that follows sees the flood in order"
"$nthost" log -f --new --plain >"$work/view" 2>/dev/null &
view=$!
sleep 0.3
drvctl stop floods >/dev/null && drvctl start floods >/dev/null
until_true 10 grep -q "line 20000" "$work/view" || fail "the end does not come"
awk '$1 == "line" { if ($2 <= last) exit 1; last = $2 }' "$work/view" || fail "out of order"

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
