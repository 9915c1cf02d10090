# The manual pages are true to --help: one page a command, the same options in both.
. "$(dirname "$0")/lib.sh"
pages=$source/docs/man

# The options that --help begins lines with.
help_options() {
    grep -oE '^ +(-[a-zA-Z], )?--?[a-zA-Z][a-z-]*' | grep -oE -- '--[a-z-]+|-[a-zA-Z]\b' | sort -u
}
# The options that a page has entries for.
page_options() {
    awk '/^\.TP/ { getline; print }' "$1" | sed 's/\\-/-/g' | grep -oE -- '(^| )"?(--[a-z-]+|-[a-zA-Z]\b)' |
        grep -oE -- '-.*' | sort -u
}
same() {
    diff -u --label "--help" --label "$(basename "$1")" "$work/help" "$work/manual" >"$work/diff" || fail "$(cat "$work/diff")"
}

# Every name of the table of commands, whatever its --help says.
sed -n '/tool_commands\[\] = {/,/^};/ s/^ *{"\([a-z-]*\)".*/\1/p' "$source/tools/nthost/main.c" >"$work/commands"
it "the table of commands was found"
grep -qx run "$work/commands" || fail "no \"run\" in the table of tools/nthost/main.c"

while read -r command; do
    page=$pages/nthost-$command.1
    it "nthost $command has a page with its options"
    if [ ! -f "$page" ]; then
        fail "there is no docs/man/nthost-$command.1"
        continue
    fi
    "$nthost" "$command" --help | help_options >"$work/help"
    [ -s "$work/help" ] || fail "no options in --help"
    page_options "$page" >"$work/manual"
    same "$page"
    it "the overview names nthost $command"
    grep -qF "nthost\\-$command (1)" "$pages/nthost.1" || fail "no \".BR nthost\\-$command (1)\" in nthost.1"
done <"$work/commands"

it "every page of a command has its command"
for page in "$pages"/nthost-*.1; do
    command=$(basename "$page" .1)
    grep -qx "${command#nthost-}" "$work/commands" || fail "there is no command for $(basename "$page")"
done

it "options without a command"
"$nthost" --help | help_options >"$work/help"
page_options "$pages/nthost.1" >"$work/manual"
same nthost.1

it "the driver tool: commands and options"
drvctl --help | sed -n 's/^ *drvctl \([a-z]*\) .*/\1/p' | sort >"$work/help"
awk '/^\.SH /{ inside = ($2 == "COMMANDS") } inside && /^\.TP/ { getline; print $2 }' "$pages/drvctl.1" | sort >"$work/manual"
same drvctl.1
drvctl --help | grep -oE -- '--[a-z-]+' | sort -u >"$work/help"
page_options "$pages/drvctl.1" >"$work/manual"
same drvctl.1

for page in "$pages"/*.1; do
    it "$(basename "$page"): the version, and well-formed"
    grep -q "\"$("$nthost" --version)\"" "$page" || fail "$(grep '^\.TH' "$page")"
    if command -v mandoc >/dev/null; then
        run mandoc -T lint -W warning "$page"
        expect out empty
    elif command -v groff >/dev/null; then
        run groff -ww -man -Tutf8 -z "$page"
        expect err empty
    fi
done

finish
