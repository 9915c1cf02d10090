# nthost run: files that are no drivers, drivers that do not start, drivers that leave something behind.
. "$(dirname "$0")/lib.sh"
lyshark=$drivers/LySharkDriver.sys

it "a file that is not there"
run "$nthost" run nowhere.sys -- lyshark
expect status 1
expect out empty
expect err has "nowhere.sys: No such file"

it "the program in the driver's place"
run "$nthost" run lyshark
expect status 1
expect err has "nthost run DRIVER.sys -- PROGRAM"

it "a program that is not there: the driver is unloaded"
run "$nthost" run "$lyshark" -- ./nowhere
expect status 1
expect err has "./nowhere: cannot be run: No such file"
expect err has "驱动卸载完毕..."

it "a program without ./ is told so"
run "$nthost" run "$lyshark" -- nowhere
expect status 1
expect err has "./PROGRAM"

it "a folder is no program"
run "$nthost" run "$lyshark" -- "$work"
expect status 1
expect err has "Permission denied"

for file in "$nthost" /dev/null "$work" "$source/README.md" "$build/bin/lyshark.exe"; do
    [ -e "$file" ] || continue
    it "no driver: $file"
    run "$nthost" run "$file" -- lyshark
    expect status 1
    expect out empty
    expect err has "nthost: "
    expect err has "lyshark was not run"
done

it "a driver cut off anywhere"
size=$(wc -c <"$lyshark")
for bytes in 0 1 63 64 200 511 512 1024 4096 $((size - 1)); do
    head -c "$bytes" "$lyshark" >"$work/cut.sys"
    run "$nthost" run "$work/cut.sys" -- lyshark
    expect status 1
    expect out empty
    expect err has "cut"
done

it "a driver of the same service name twice"
run "$nthost" run "$lyshark" "$lyshark" -- lyshark
expect status 1
expect err has "LySharkDriver"
expect err has "驱动卸载完毕..."

it "DriverEntry fails: its status has a name, the program is not run"
run "$nthost" run "$drivers/cli-fails.sys" -- lyshark
expect status 1
expect out empty
expect err has "fails: no such hardware"
expect err has "STATUS_NO_SUCH_DEVICE (0xC000000E)"
expect err has "lyshark was not run"

it "DriverEntry crashes: a bugcheck with the place"
run "$nthost" run "$drivers/cli-crashes.sys" -- lyshark
expect status 1
expect out empty
expect err has "crashes: now"
expect err has "bugcheck"
expect err has "cli-crashes"

it "missing imports: a warning names them, the driver starts"
run "$nthost" run "$drivers/cli-missing.sys"
expect status 0
expect err has "NoSuchRoutine"
expect err has "NthostTestMissing"
expect err has "missing: started"
expect err has "missing: unloaded"

it "missing imports: the first call stops the driver and says which"
run "$nthost" run "$drivers/cli-missing.sys" -- cli-hold '\\.\CliMissing'
expect status 1
expect out has "error "
expect err has "NoSuchRoutine of nosuch.sys, which does not exist here"

it "missing imports with --strict-imports: refused, as on Windows"
run "$nthost" run --strict-imports "$drivers/cli-missing.sys" -- lyshark
expect status 1
expect err has "STATUS_PROCEDURE_NOT_FOUND"
expect err has "NoSuchRoutine"
expect err lacks "missing: started"

it "--strict-imports has nothing against a driver whose imports exist"
run "$nthost" run --strict-imports "$lyshark" -- lyshark
expect status 0

it "--strict-imports in the program's own process"
run "$nthost" run --strict-imports --in-process "$drivers/cli-missing.sys" -- drvctl list
expect err has "STATUS_PROCEDURE_NOT_FOUND"
expect err lacks "missing: started"

it "what a driver leaves behind is named"
run "$nthost" run "$drivers/cli-leaves.sys"
expect status 1
expect err has 'the device \Device\CliLeaves was left behind'
expect err has 'the symbolic link \??\CliLeaves was left behind'
expect err has "pool with tag 'Leak' was left behind: 2 blocks, 150 bytes"

it "with a program its status counts all the same"
run "$nthost" run "$drivers/cli-leaves.sys" -- sh -c 'exit 3'
expect status 3
expect err has 'CliLeaves was left behind'

it "a driver without an unload routine"
run "$nthost" run "$drivers/cli-stays.sys"
expect status 1
expect err has "cli-stays: cannot be unloaded: it has no DriverUnload routine"

it "an unload routine that never returns: said after a while, the program's status counts"
run "$nthost" run "$drivers/cli-hangs.sys" -- sh -c 'exit 3'
expect status 3
expect err has "cli-hangs: DriverUnload has not returned after"

it "SIGTERM while DriverEntry waits ends it, and its folder is gone"
"$nthost" run "$drivers/cli-hangs-entry.sys" -- lyshark >"$work/out" 2>"$work/err" &
pid=$!
until_true 20 grep -q waiting "$work/err" || fail "it does not start"
kill -TERM "$pid"
status=0
wait "$pid" || status=$?
expect status 143

it "a debug view that nobody reads"
run sh -c "{ '$nthost' run '$lyshark' -- lyshark; echo status \$? >&3; } 3>'$work/status' 2>&1 >/dev/null | head -n 1"
grep -q "status 0" "$work/status" || fail "$(cat "$work/status")"

it "a log file that cannot be written"
run "$nthost" run --log "$work/no/where" "$lyshark" -- lyshark
expect status 1
expect err has "$work/no/where: cannot be written"

it "no folder of a run is left"
[ -z "$(find "$work" -mindepth 1 -maxdepth 1 -name 'nthost-*')" ] || fail "$(ls "$work")"

finish
