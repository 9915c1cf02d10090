# The article's three windows, as terminals: the driver tool, the application, the debug viewer. Everything that is typed and
# everything that appears.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/tmux.sh"
export XDG_STATE_HOME=$work/state HISTFILE=
cp "$drivers/LySharkDriver.sys" "$work/"
cd "$work" || exit 1


# prompts NAME COUNT: so many prompts stand there, the last of them empty.
prompts() {
    [ "$(screen "$1" | tail -n 1)" = '$' ] && [ "$(screen "$1" | grep -c '^\$')" = "$2" ]
}
# typed NAME COMMAND TEXT: types it into that terminal, and waits until the next prompt and the text appear.
typed() {
    local before
    before=$(screen "$1" | grep -c '^\$')
    keys "$1" "$2" Enter
    until_true 20 prompts "$1" $((before + 1)) || fail "terminal $1 has no prompt: $(screen "$1")"
    until_shown "$1" "$3"
}

for name in tool app; do
    terminal "$name" 90 30 "exec env PS1='\$ ' bash --noprofile --norc"
    until_true 20 prompts "$name" 1 || fail "terminal $name has no prompt"
done

# The whole screen, and with -S- what has left it at the top. Process numbers and this test's folder are replaced; of a viewer's line the time.
seen() {
    screen "$@" | sed -E "s#$work#HERE#g; s/process [0-9]+/process N/; s/^([0-9]+) +[0-9]+\.[0-9]{8} +/\1 T.TTTTTTTT /" >"$work/out"
}

it "up"
typed tool "nthost up" "registry"

it "a viewer, before there is anything to see"
terminal view 90 40 "nthost log -f"
watches() { # the viewer, which is the child of the pane's shell, has the log in its memory
    local shell viewer
    shell=$(tm display-message -p -t view '#{pane_pid}')
    viewer=$(cat /proc/[0-9]*/stat 2>/dev/null | awk -v shell="$shell" '$4 == shell { print $1; exit }')
    [ -n "$viewer" ] && grep -q nthost-log "/proc/$viewer/maps"
}
until_true 20 watches || fail "the viewer does not watch"

it "the application without the driver"
typed app lyshark "The driver is not running"

it "install"
typed tool "drvctl install LySharkDriver LySharkDriver.sys" "installed"
typed tool "drvctl query LySharkDriver" "stopped"

it "start: the viewer shows DriverEntry"
typed tool "drvctl start LySharkDriver" "started"
until_shown view "驱动加载完成"

it "run: the application's window and the driver's words"
keys app "clear; lyshark" Enter
until_shown app "读取字节: o"
until_true 20 prompts app 1
until_shown view "派遣函数 IRP_MJ_CLOSE 执行"

it "stop, remove"
typed tool "drvctl stop LySharkDriver" "LySharkDriver: stopped"
until_shown view "驱动卸载完毕"
typed tool "drvctl remove LySharkDriver" "removed"

it "down: the viewer ends with the server"
typed tool "nthost down; echo over" "
over"
until_shown view "ended: 0"

it "what stands in the driver tool's window"
seen tool
expect out is <<'END'
$ nthost up
nthost server: listening at HERE/nthost.sock (process N)
               registry HERE/state/nthost/registry.reg
$ drvctl install LySharkDriver LySharkDriver.sys
LySharkDriver: installed (HERE/LySharkDriver.sys)
$ drvctl query LySharkDriver
LySharkDriver: stopped
    last error: 1077
    file: \??\HERE/LySharkDriver.sys
    start: demand
    a failed start: normal
$ drvctl start LySharkDriver
LySharkDriver: started
$ drvctl stop LySharkDriver
LySharkDriver: stopped
$ drvctl remove LySharkDriver
LySharkDriver: removed
$ nthost down; echo over
over
$
END

it "what stands in the application's window"
seen app
{ grep -v '^exit status' "$source/tests/conformance/lyshark/app.txt" && echo '$'; } >"$work/expected.app"
expect out is <"$work/expected.app"

it "what stands in the viewer's window"
seen view -S-
awk '{ sub(/ +$/, ""); printf "%d T.TTTTTTTT %s\n", NR, $0 }' "$source/tests/conformance/lyshark/driver.txt" >"$work/expected.view"
grep -v "^ended: 0" "$work/out" | sed -e :a -e '/^\n*$/{$d;N;ba' -e '}' >"$work/shown" && mv "$work/shown" "$work/out"
expect out is <"$work/expected.view"

finish
