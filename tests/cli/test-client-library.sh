# libnthost-client.so: its names, what it needs, and programs of two languages that use it.
. "$(dirname "$0")/lib.sh"
export PYTHONDONTWRITEBYTECODE=1
library=$build/lib/libnthost-client.so.1
sed '/^#/d' "$source/client/exports.txt" >"$work/listed"

it "the list is in order, without a name twice"
LC_ALL=C sort -u "$work/listed" | diff -u "$work/listed" - >"$work/diff" || fail "$(cat "$work/diff")"

it "what the headers declare is what is listed"
grep -rhoE '^(WINBASEAPI|WINADVAPI).*[ *]WINAPI [A-Za-z_0-9]+\(' "$source/include/win32" | sed 's/.*WINAPI \(.*\)($/\1/' | LC_ALL=C sort -u >"$work/declared"
diff -u --label "client/exports.txt" --label "include/win32" "$work/listed" "$work/declared" >"$work/diff" || fail "$(cat "$work/diff")"

it "what is listed is what it exports, with the version of the interface"
nm -D --defined-only --with-symbol-versions "$library" | sed -n 's/.* T \(.*\)@@NTHOST_1$/\1/p' | LC_ALL=C sort >"$work/exported"
diff -u --label "client/exports.txt" --label "$library" "$work/listed" "$work/exported" >"$work/diff" || fail "$(cat "$work/diff")"

it "its name, and no library beside the C library"
readelf -d "$library" >"$work/out"
expect out has "Library soname: [libnthost-client.so.1]"
expect out lacks "Zydis"

it "no kernel in it"
nm "$library" >"$work/out"
for symbol in io_init nthost_boot IofCompleteRequest ldr_load_image ExAllocatePoolWithTag; do
    expect out lacks " $symbol"
done

it "a C program links with it alone"
cc -fshort-wchar -I"$source/include/win32" "$source/apps/lyshark/lyshark.c" -L"$build/lib" -lnthost-client -Wl,-rpath,"$build/lib" -o "$work/lyshark" 2>"$work/err" || {
    grep -q "__asan\|__tsan\|__ubsan" "$work/err" || fail "it does not link"
    echo "skipped: a library with sanitizers wants a program with sanitizers"
    finish
    exit
}

export NTHOST_CLIENT_LIBRARY=$library
it "without a server: what to do, and an error"
run "$work/lyshark"
expect status 1
expect err has "no kernel server at $work/nthost.sock"
run python3 "$source/examples/python/lyshark.py"
expect status 1
expect err has "lyshark.py: CreateFile \\\\.\\LySharkDriver: "

it "a kernel in the process is not to be had"
NTHOST_GATE=inprocess run "$work/lyshark"
expect status 1
expect err has "NTHOST_GATE=inprocess needs a kernel in the process"

start_server
for driver in LySharkDriver Modes; do
    drvctl install $driver "$drivers/$driver.sys" >/dev/null && drvctl start $driver >/dev/null || fail "$driver does not start"
done

it "the article's application on it"
run "$work/lyshark"
expect status 0
lyshark >"$work/expected"
diff "$work/expected" "$work/out" >"$work/diff" || fail "$(cat "$work/diff")"

it "in Python: the same"
run python3 "$source/examples/python/lyshark.py"
expect status 0
expect err empty
expect out is <<'END'
读取字节: h
读取字节: e
读取字节: l
读取字节: l
读取字节: o
写出字节数: 13
END

it "in Python: the three ways of reading and writing, the four methods, a warning's data"
run python3 "$source/examples/python/modes.py"
expect status 0
for name in ModesBuffered ModesDirect ModesNeither; do
    cat <<END
$name: the quick brown fox
  a smaller buffer: the quick, and there is more
  buffered: the sum of 3 bytes is 321
  in and out direct: the slow! brown fox
  neither: 3 times o, the first at 6
END
done >"$work/modes"
expect out is <"$work/modes"

it "in Python: errors have their number and text"
run python3 -c "
import sys; sys.path.insert(0, '$source/examples/python')
import nthost
try:
    nthost.Device(r'\\\\.\\None')
except nthost.Error as error:
    print(error.number, error)
"
expect out is <<'END'
2 CreateFile \\.\None: The system cannot find the file specified. (2)
END
stop_server

it "installed: the programs, the library, its links, headers, pkg-config; a program is built with them"
run cmake --install "$build" --prefix "$work/installed"
expect status 0
for program in nthost drvctl; do
    run env PATH="$work/installed/bin:$PATH" "$program" --help
    expect status 0
    [ -e "$work/installed/share/man/man1/$program.1" ] || fail "no manual page of $program"
done
[ -e "$work/installed/share/bash-completion/completions/drvctl" ] || fail "no completion"
if command -v pkg-config >/dev/null; then
    flags=$(PKG_CONFIG_PATH=$(dirname "$(find "$work/installed" -name nthost-client.pc)") pkg-config --define-variable=prefix="$work/installed" --cflags --libs nthost-client) || fail "pkg-config finds nothing"
    # shellcheck disable=SC2086
    cc "$source/apps/lyshark/lyshark.c" $flags -o "$work/built" 2>"$work/err" || fail "it does not build: $flags"
fi

finish
