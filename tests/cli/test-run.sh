# nthost run: the driver, the program, what both print, and what is said when something is wrong.
. "$(dirname "$0")/lib.sh"

it "the mission in one command: the program's output on stdout, the driver's on stderr"
run "$nthost" run "$drivers/LySharkDriver.sys" -- lyshark
expect status 0
expect out is <<'END'
读取字节: h
读取字节: e
读取字节: l
读取字节: l
读取字节: o
END
texts "$work/err" >"$work/texts"
diff -u "$source/tests/conformance/lyshark/driver.txt" "$work/texts" >"$work/diff" || fail "the debug view: $(cat "$work/diff")"
awk -F'\t' '$1 != NR || $2 !~ /^[0-9]+\.[0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9]$/ || $2 < last { exit 1 } { last = $2 }' "$work/err" ||
    fail "numbers from 1 on, times with 8 decimals that never fall"

it "in the program's own process it prints the same"
run "$nthost" run --in-process "$drivers/LySharkDriver.sys" -- lyshark
expect status 0
expect out has "读取字节: o"
texts "$work/err" >"$work/texts"
diff -u "$source/tests/conformance/lyshark/driver.txt" "$work/texts" >"$work/diff" || fail "the debug view: $(cat "$work/diff")"

it "--quiet shows the program's output alone"
run "$nthost" run --quiet "$drivers/LySharkDriver.sys" -- lyshark
expect status 0
expect err empty

it "--log puts the debug view into a file"
run "$nthost" run --log "$work/view" "$drivers/LySharkDriver.sys" -- lyshark
expect status 0
expect err empty
[ "$(wc -l <"$work/view")" = 35 ] || fail "35 lines, not $(wc -l <"$work/view")"

it "without a program the driver is started and unloaded"
run "$nthost" run "$drivers/LySharkDriver.sys"
expect status 0
expect err has "驱动加载完成..."
expect err has "驱动卸载完毕..."

it "--name gives the service its name"
run "$nthost" run --name Other "$drivers/LySharkDriver.sys" -- drvctl query Other
expect status 0
expect out has "Other: running"

it "several drivers"
run "$nthost" run "$drivers/LySharkDriver.sys" "$drivers/cli-talks.sys" -- drvctl list
expect status 0
expect out has "LySharkDriver            running"
expect out has "cli-talks                running"

it "no driver at all: the program starts them itself"
run "$nthost" run -- drvctl list
expect status 0
expect out empty

it "a driver that the program started and did not stop is unloaded at the end"
run "$nthost" run -- sh -c "drvctl install L $drivers/LySharkDriver.sys && drvctl start L"
expect status 0
expect err has "驱动卸载完毕..."

it "the program's status is passed on"
run "$nthost" run "$drivers/LySharkDriver.sys" -- sh -c 'exit 7'
expect status 7

it "a program that a signal ended gives 128 + its number"
# shellcheck disable=SC2016
run "$nthost" run "$drivers/LySharkDriver.sys" -- sh -c 'kill -KILL $$'
expect status 137

it "the program gets its arguments, options among them"
run "$nthost" run --quiet "$drivers/LySharkDriver.sys" -- printf '%s|' --help a 'b c'
expect status 0
printf -- '--help|a|b c|' | cmp -s - "$work/out" || fail "arguments"

it "SIGTERM goes to the program, the drivers are unloaded, the folder is gone"
"$nthost" run "$drivers/LySharkDriver.sys" -- sh -c 'trap "exit 9" TERM; echo ready; while :; do sleep 0.05; done' >"$work/out" 2>"$work/err" &
pid=$!
until_true 20 grep -q ready "$work/out" || fail "it does not start"
kill -TERM "$pid"
status=0
wait "$pid" || status=$?
expect status 9
expect err has "驱动卸载完毕..."
[ -z "$(find "$work" -mindepth 1 -maxdepth 1 -name 'nthost-*')" ] || fail "a folder is left: $(ls "$work")"

it "a second open of the exclusive device is refused with error 5"
run "$nthost" run --quiet "$drivers/LySharkDriver.sys" -- sh -c "sleep 0.3 | cli-hold '\\\\.\\LySharkDriver' & sleep 0.1; cli-hold '\\\\.\\LySharkDriver'; wait"
expect out is <<'END'
open
error 5
END

it "programs that stay behind are named and disconnected"
run "$nthost" run "$drivers/LySharkDriver.sys" -- sh -c "sleep 20 | cli-hold '\\\\.\\LySharkDriver' >$work/held & until grep -q open $work/held; do sleep 0.02; done"
expect status 0
expect err has "1 more program uses the drivers; disconnecting"
expect err has "驱动卸载完毕..."

finish
