# nthost devices, read, write and ioctl: any device from the shell, by every spelling of its name.
. "$(dirname "$0")/lib.sh"
header=$source/drivers/modes/modes.h

for command in devices "read X" "write X text" "ioctl X 0x222003"; do
    it "nthost $command without a server"
    # shellcheck disable=SC2086
    run "$nthost" $command
    expect status 1
    expect out empty
    expect err has "no kernel server at $work/nthost.sock"
done

start_server
it "no devices yet"
run "$nthost" devices
expect status 0
expect out empty
run "$nthost" read Nothing
expect status 1
expect err is <<'END'
nthost: read: Nothing: cannot be opened: The system cannot find the file specified.
        ERROR_FILE_NOT_FOUND (2), STATUS_OBJECT_NAME_NOT_FOUND (0xC0000034)
        there are no devices: has the driver been started? "drvctl list" shows it
END

for driver in LySharkDriver Mailbox Modes; do
    drvctl install $driver "$drivers/$driver.sys" >/dev/null && drvctl start $driver >/dev/null || fail "$driver does not start"
done
it "the list of devices: links that lead to one, in order of name"
run "$nthost" devices
expect status 0
expect out is <<'END'
LySharkDriver	\Device\LySharkDriver
Mailbox	\Device\Mailbox
ModesBuffered	\Device\ModesBuffered
ModesDirect	\Device\ModesDirect
ModesNeither	\Device\ModesNeither
END
run "$nthost" devices --names
expect out is <<'END'
LySharkDriver
Mailbox
ModesBuffered
ModesDirect
ModesNeither
END

it "a name that is none: the devices there are"
run "$nthost" read Mailbocks
expect status 1
expect err has "devices here: LySharkDriver, Mailbox, ModesBuffered, ModesDirect, ModesNeither"

for name in LySharkDriver lysharkdriver '\\.\LySharkDriver' '\\?\LySharkDriver' //./LySharkDriver '\Device\LySharkDriver' /Device/LySharkDriver; do
    it "read from $name"
    run "$nthost" read "$name" -n 5
    expect status 0
    expect err empty
    expect out is <<'END'
00000000  68 65 6c 6c 6f                                    |hello|
END
done

it "the forms of what was read"
run "$nthost" read LySharkDriver -n 5 --text
expect out is <<'END'
hello
END
run "$nthost" read LySharkDriver -n 5 --raw
[ "$(cat "$work/out")" = hello ] && [ "$(stat -c %s "$work/out")" = 5 ] || fail "not the five bytes"
run "$nthost" read LySharkDriver --bytes 0x5 --output "$work/read"
expect out empty
[ "$(cat "$work/read")" = hello ] && [ "$(stat -c %s "$work/read")" = 5 ] || fail "not the five bytes in the file"
run "$nthost" read LySharkDriver -n 5 --output "$work/no/such/folder"
expect status 1
expect err has "No such file"

for device in ModesBuffered ModesDirect ModesNeither; do
    it "$device: write text, hexadecimal, a file, standard input; each comes back"
    run "$nthost" write $device "größer"
    expect status 0
    expect out is <<<"8 of 8 bytes"
    run "$nthost" read $device --text
    expect out is <<<"größer"
    for hex in "00 ff 10" 00ff10 "0x00, 0xFF, 0x10"; do
        run "$nthost" write $device --hex "$hex"
        expect out is <<<"3 of 3 bytes"
        run "$nthost" read $device
        expect out is <<<"00000000  00 ff 10                                          |...|"
    done
    head -c 300 /dev/urandom >"$work/bytes"
    run "$nthost" write $device --file "$work/bytes"
    expect status 0
    run "$nthost" read $device -n 300 --raw
    cmp -s "$work/bytes" "$work/out" || fail "other bytes came back"
    head -c 77 "$work/bytes" | "$nthost" write $device - >"$work/out" || fail "writing standard input fails"
    run "$nthost" read $device --raw
    head -c 77 "$work/bytes" | cmp -s - "$work/out" || fail "other bytes came back"
done

it "a warning brings its bytes and is an error all the same"
run "$nthost" write ModesBuffered "hello there"
run "$nthost" read ModesBuffered -n 5 --text
expect status 1
expect out is <<<"hello"
expect err has "ERROR_MORE_DATA (234), STATUS_BUFFER_OVERFLOW (0x80000005)"

it "text for a terminal carries no control characters"
run "$nthost" write ModesBuffered --hex "1b 5b 41 ff"
run "$nthost" read ModesBuffered --text
expect out is <<<'\x1b[A\xff'

it "control codes by number, by name, as an expression, by parts"
run "$nthost" write ModesBuffered hello
for code in 0x226000 2252800 "CTL_CODE(FILE_DEVICE_UNKNOWN, 0x800, METHOD_BUFFERED, FILE_READ_ACCESS)" \
    "--function 0x800 --check read" "--type FILE_DEVICE_UNKNOWN --function 2048 --method buffered --check read" \
    "IOCTL_MODES_SUM --header $header"; do
    case $code in CTL*) words=("$code") ;; *) read -ra words <<<"$code" ;; esac
    run "$nthost" ioctl ModesBuffered "${words[@]}" --in-hex "00000000 05000000"
    expect status 0
    expect err empty
    expect out is <<<"00000000  05 00 00 00 14 02 00 00                           |........|"
done

it "the four methods"
run "$nthost" write ModesDirect x
run "$nthost" ioctl ModesDirect IOCTL_MODES_PUT --header "$header" --in-hex 00000000 --data "fox and dog"
expect status 0
expect out is <<<"11 of 11 bytes"
printf '\4\0\0\0' >"$work/place"
run "$nthost" ioctl ModesDirect IOCTL_MODES_GET --header "$header" --in-file "$work/place" --text
expect out is <<<"and dog"
run "$nthost" ioctl ModesDirect IOCTL_MODES_GET --header "$header" --in-file "$work/place" --out-size 3 --raw
[ "$(cat "$work/out")" = and ] || fail "not the three bytes"
run "$nthost" ioctl ModesDirect IOCTL_MODES_FIND --header "$header" --in "d"
expect out is <<<"00000000  06 00 00 00 02 00 00 00                           |........|"

it "a code that fails is named with its parts"
run "$nthost" ioctl ModesDirect IOCTL_MODES_FIND --header "$header" --in "cat"
expect status 1
expect err is <<'END'
nthost: ioctl: ModesDirect: IOCTL_MODES_FIND, 0x22600f (FILE_DEVICE_UNKNOWN (0x22), function 0x803, METHOD_NEITHER, FILE_READ_ACCESS) fails: Element not found.
        ERROR_NOT_FOUND (1168), STATUS_NOT_FOUND (0xC0000225)
END
run "$nthost" ioctl ModesDirect 0x22999c
expect status 1
expect err has "STATUS_INVALID_DEVICE_REQUEST (0xC0000010)"
expect err has "the driver does not know this request"

it "--access decides what the handle may do"
run "$nthost" read ModesBuffered --access write
expect status 1
expect err has "ERROR_ACCESS_DENIED (5), STATUS_ACCESS_DENIED (0xC0000022)"

it "a request that pends is cancelled when its time is up, and the device is free again"
run "$nthost" read Mailbox --timeout 1
expect status 1
expect err has "STATUS_IO_TIMEOUT"
run "$nthost" ioctl Mailbox IOCTL_MAILBOX_STATE --header "$source/drivers/mailbox/mailbox.h"
expect out has "00000010  01 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00"

it "a read that pends ends when something comes"
"$nthost" read Mailbox -n 300 --offset 0x834 >"$work/letter" &
reader=$!
pends() { "$nthost" ioctl Mailbox 0x222004 | grep -q "^00000010 .* 01 00 00 00 00 00 00 00  |"; }
until_true 30 pends || fail "no read pends"
run "$nthost" irps --json
expect out has '"offset": 2100'
expect out has '"out_length": 300'
run "$nthost" write Mailbox "good morning"
wait $reader || fail "the reader fails"
grep -q "good morning" "$work/letter" || fail "$(cat "$work/letter")"

it "command lines that make no sense"
for line in "read" "read a b" "read a -n x" "read a --offset -1" "read a --access all" "read a --nonsense" "write a" "write a b c" \
    "write a b --hex 00" "write a --file x --hex 00" "ioctl a" "ioctl a IOCTL_X" "ioctl a 0x22 b" "ioctl a --function 0x1000" \
    "ioctl a --function 1 --method none" "ioctl a --function 1 --check none" "ioctl a 1 --in a --in-hex 00" "devices x"; do
    # shellcheck disable=SC2086
    run "$nthost" $line
    [ "$status" = 2 ] || fail "nthost $line: exit status $status"
    [ ! -s "$work/out" ] || fail "nthost $line: output"
done
run "$nthost" write a --hex "0g"
expect status 1
expect err has "not hexadecimal at \"0g\""
run "$nthost" ioctl a X --header "$work/none.h"
expect status 1
expect err has "$work/none.h: No such file"

it "another server"
run "$nthost" devices --socket "$work/other.sock"
expect status 1
expect err has "$work/other.sock"
stop_server

it "in a kernel of its own"
run "$nthost" run --quiet "$drivers/LySharkDriver.sys" -- "$nthost" read LySharkDriver -n 5 --text
expect status 0
expect out is <<<"hello"

finish
