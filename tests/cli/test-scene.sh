# The mission's scene, as "make run" plays it: everything in the document's order.
. "$(dirname "$0")/lib.sh"

it "the scene"
run "$source/scripts/run-scene" "$build"
expect status 0
expect err empty
sed -E 's/\t[0-9]+\.[0-9]{8}\t/\t/; s/process [0-9]+/process N/; s#/[^ )]*/##g' "$work/out" >"$work/seen"
{
    cat <<'END'
nthost      | nthost server: listening at nthost.sock (process N)
$ drvctl install LySharkDriver LySharkDriver.sys
driver tool | LySharkDriver: installed (LySharkDriver.sys)
$ drvctl start LySharkDriver
driver tool | LySharkDriver: started
END
    view=$source/tests/conformance/lyshark/driver.txt
    awk 'NR <= 30 { printf "debug view  | %d\t%s\n", NR, $0 }' "$view"
    cat <<'END'
$ lyshark
application | 读取字节: h
application | 读取字节: e
application | 读取字节: l
application | 读取字节: l
application | 读取字节: o
END
    awk 'NR > 30 && NR <= 34 { printf "debug view  | %d\t%s\n", NR, $0 }' "$view"
    cat <<'END'
$ drvctl stop LySharkDriver
driver tool | LySharkDriver: stopped
END
    awk 'NR == 35 { printf "debug view  | %d\t%s\n", NR, $0 }' "$view"
    cat <<'END'
$ drvctl remove LySharkDriver
driver tool | LySharkDriver: removed
END
} >"$work/expected"
diff -u "$work/expected" "$work/seen" >"$work/diff" || fail "$(cat "$work/diff")"

it "a step that fails makes the scene fail, and nothing is left running"
mkdir "$work/broken" "$work/broken/bin" "$work/broken/drivers"
ln -s "$build"/bin/nthost "$build"/bin/drvctl "$work/broken/bin/"
ln -s "$build/drivers/LySharkDriver.sys" "$work/broken/drivers/"
printf '#!/bin/sh\necho no; exit 4\n' >"$work/broken/bin/lyshark"
chmod +x "$work/broken/bin/lyshark"
TMPDIR=$work run "$source/scripts/run-scene" "$work/broken"
expect status 1
expect err has '"lyshark" failed with status 4'
expect out has "LySharkDriver: removed"
[ -z "$(find "$work" -maxdepth 1 -name 'tmp.*')" ] || fail "a folder is left"

finish
