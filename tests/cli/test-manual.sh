# The manual page is true to --help: the same options, command by command, in both.
. "$(dirname "$0")/lib.sh"
page=$source/docs/man/nthost.1

# The options that a text begins lines with.
options() {
    grep -oE '^ +(-[a-z], )?--[a-z-]+' | grep -oE -- '--[a-z-]+|-[a-z]\b' | sort -u
}
# The options of a section of the page.
section() {
    awk -v name="$1" '/^\.SH /{ inside = ($0 == ".SH " name) } inside && /^\.TP/ { getline; print }' "$page" |
        sed 's/\\-/-/g' | grep -oE -- '--[a-z-]+|-[a-z]\b' | sort -u
}

for command in run server log inspect exports; do
    it "options of nthost $command"
    "$nthost" "$command" --help | options >"$work/help"
    section "NTHOST $(echo "$command" | tr a-z A-Z)" >"$work/manual"
    [ -s "$work/help" ] || fail "no options in --help"
    diff -u --label "--help" --label "the manual page" "$work/help" "$work/manual" >"$work/diff" || fail "$(cat "$work/diff")"
done

it "options without a command"
"$nthost" --help | options >"$work/help"
section "OPTIONS WITHOUT A COMMAND" >"$work/manual"
diff -u --label "--help" --label "the manual page" "$work/help" "$work/manual" >"$work/diff" || fail "$(cat "$work/diff")"

it "every command has its section"
"$nthost" --help | awk '/^  [a-z]/ && $1 != "nthost" { print $1 }' >"$work/commands"
while read -r command; do
    grep -q "^\.SH NTHOST $(echo "$command" | tr a-z A-Z)$" "$page" || fail "$command"
done <"$work/commands"

it "the version"
grep -q "\"$("$nthost" --version)\"" "$page" || fail "$(grep '^\.TH' "$page")"

it "it is well-formed"
if command -v mandoc >/dev/null; then
    run mandoc -T lint -W warning "$page"
    expect out empty
elif command -v groff >/dev/null; then
    run groff -ww -man -Tutf8 -z "$page"
    expect err empty
fi

finish
