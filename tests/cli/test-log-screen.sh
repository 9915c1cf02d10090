# nthost log --tui: the debug view in a whole terminal.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/tmux.sh"

start_server
for driver in Mailbox cli-talks; do
    drvctl install "$driver" "$drivers/$driver.sys" >/dev/null && drvctl start "$driver" >/dev/null || fail "$driver does not start"
done

# The screen as it is, with times replaced.
seen() {
    screen "$1" | sed -E 's/[0-9]+\.[0-9]{6}/T.TTTTTT/' >"$work/out"
}

it "without a terminal"
run "$nthost" log --tui
expect status 1
expect err has "the full screen needs a terminal"

it "the newest lines, and what goes on"
terminal view 60 12 "$nthost log --tui"
until_shown view "no end"
seen view
expect out is <<'END'
 all drivers: following
       1     T.TTTTTT Mailbox: started
       2     T.TTTTTT UTF-8: 中文
       3     T.TTTTTT GBK: 中文
       4     T.TTTTTT neither: \xff\xfe\xff
       5     T.TTTTTT control: \x1b[31mred\x07        tab
       6     T.TTTTTT one
                      two
       7     T.TTTTTT no end
       8     T.TTTTTT long: 00000000000000000000000000000000

 9 lines  F1 help  / search  space pause  s split  l long  q
END
drvctl stop Mailbox >/dev/null
until_shown view "10 lines"
drvctl start Mailbox >/dev/null
until_shown view "11 lines"
seen view
expect out has "Mailbox: started"
expect out lacks "       1     T.TTTTTT"

it "scrolling stands still while lines come, and says how many are below"
keys view Up
until_shown view "paused, 1 below"
drvctl stop Mailbox >/dev/null
until_shown view "paused, 2 below"
keys view Home
until_shown view "       1 "
keys view End
until_shown view "following"
until_gone view "       1 "

it "space pauses and follows again"
keys view Space
until_shown view "paused, 0 below"
drvctl start Mailbox >/dev/null
until_shown view "paused, 1 below"
keys view Space
until_shown view "following"

it "search upwards and downwards, and in vain"
keys view / 'started' Enter
until_shown view "paused"
keys view n
keys view n
until_shown view "       1 "
tm capture-pane -e -p -t view >"$work/out"
grep "Mailbox: started" "$work/out" | grep -qE "$(printf '\033')\[([0-9]+;)?7m" || fail "the line that was found is not marked"
keys view n
until_shown view "not found above"
keys view N
until_gone view "not found"
keys view / 'nowhere' Enter
until_shown view "not found above"
keys view / '(' Enter
until_shown view "is no regular expression"

it "filters: only, without, and none again"
keys view f 'UTF|GBK' Enter End
until_gone view "Mailbox: started"
until_shown view "GBK: 中文"
keys view x 'GBK' Enter
until_gone view "GBK: 中文"
until_shown view "UTF-8: 中文"
keys view x Enter
until_shown view "GBK: 中文"
keys view f Enter
until_shown view "Mailbox: started"

it "erasing what was typed, escape"
keys view f '中x' BSpace BSpace 'UTF' Enter
until_gone view "Mailbox: started"
keys view f Enter
until_shown view "Mailbox: started"
keys view / 'abc' Escape
until_gone view "/abc"

it "colour rules"
keys view h 'red:started' Enter
until_true 10 sh -c "TMUX_TMPDIR=$work tmux -L nthost capture-pane -e -p -t view | grep started | grep -q '$(printf '\033')\[31m'" || fail "no red line"

it "driver, process, level, component"
keys view l
until_shown view "cli-talks.sys"
until_shown view "System"
keys view l
until_gone view "System"

it "a part of the screen for each driver"
keys view s
until_shown view " Mailbox.sys: following"
until_shown view " cli-talks.sys: following"
keys view Tab Home
until_shown view "paused"
seen view
[ "$(grep -c 'following' "$work/out")" = 1 ] || fail "only the part that has the focus moves"
keys view s
until_shown view "all drivers"

it "another size"
tm resize-window -t view -x 40 -y 8
until_true 10 sh -c "[ \"\$(TMUX_TMPDIR=$work tmux -L nthost capture-pane -p -t view | wc -l)\" = 8 ]"
until_shown view "all drivers: following"
tm resize-window -t view -x 60 -y 12

it "saving what is shown"
keys view f GBK Enter
until_gone view "UTF-8"
keys view w "$work/saved" Enter
until_shown view "1 lines saved"
[ "$(cut -f3 "$work/saved")" = "GBK: 中文" ] || fail "$(cat "$work/saved")"
keys view f Enter

it "help"
keys view F1
until_shown view "nthost log: keys"
keys view q
until_shown view "all drivers"

it "clearing"
keys view c
until_shown view " 0 lines"

it "the server ends, the view stays; q gives the terminal back"
stop_server
until_shown view "the server has ended"
keys view q
until_shown view "ended: 0"

it "a saved log; options set the beginning"
start_server
drvctl install talks "$drivers/cli-talks.sys" >/dev/null && drvctl start talks >/dev/null
"$nthost" log --output "$work/log"
terminal file 110 10 "$nthost log --tui --open $work/log --long --include GBK"
until_shown file "GBK: 中文"
seen file
expect out has "cli-talks.sys"
expect out has "a file"
expect out lacks "UTF-8"

it "a flood: every line is kept or counted"
terminal flood 60 10 "$nthost log --tui --driver cli-floods-paced"
until_shown flood "all drivers: following"
drvctl install floods "$drivers/cli-floods-paced.sys" >/dev/null && drvctl start floods >/dev/null
until_shown flood "100009 lines"
seen flood
expect out lacks "lost"

stop_server
finish
