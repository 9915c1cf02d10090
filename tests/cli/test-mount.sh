# nthost mount: devices as files for any program.
. "$(dirname "$0")/lib.sh"
folder=$work/devices
mkdir "$folder"
export PYTHONDONTWRITEBYTECODE=1

it "without a server"
run "$nthost" mount "$folder"
if [ ! -w /dev/fuse ] || grep -q "without libfuse3\|no /dev/fuse\|fusermount3 is missing" "$work/err"; then
    echo "skipped: no /dev/fuse to write to, or no libfuse3"
    exit 77
fi
expect status 1
expect err has "no kernel server at $work/nthost.sock"
run "$nthost" mount
expect status 2

mounted() { mountpoint -q "$folder"; }
unmounted() { ! mounted; }
gone() { ! kill -0 "$1" 2>/dev/null; }
start_mount() { # OPTIONS...: its process is $mount
    "$nthost" mount --foreground "$@" "$folder" >"$work/mount" 2>&1 </dev/null &
    mount=$!
    until_true 30 mounted || fail "it does not mount: $(cat "$work/mount")"
}
end_mount() { # with that signal; status 0, nothing left
    kill "-$1" "$mount"
    status=0
    wait "$mount" || status=$?
    [ "$status" = 0 ] || fail "it ended with status $status: $(cat "$work/mount")"
    unmounted || fail "still mounted"
}
unmount_all() { ! mounted || umount -l "$folder"; }
trap 'unmount_all; cleanup' EXIT

start_server
it "folders that are none, and the one that holds the server's socket"
run "$nthost" mount "$work/none"
expect status 1
expect err has "make the directory first"
run "$nthost" mount "$work/server"
expect status 1
expect err has "$work/server is no directory"
run "$nthost" mount "$work"
expect status 1
expect err has "would be hidden"

start_mount
if ! mounted && grep -q "ermission\|not permitted" "$work/mount"; then
    echo "skipped: mounting is not permitted"
    exit 77
fi

it "an empty folder where there are no devices"
run ls "$folder"
expect status 0
expect out empty

it "devices come with their drivers"
for driver in LySharkDriver Mailbox Modes; do
    drvctl install $driver "$drivers/$driver.sys" >/dev/null && drvctl start $driver >/dev/null || fail "$driver does not start"
done
run ls "$folder"
expect out is <<'END'
LySharkDriver
Mailbox
ModesBuffered
ModesDirect
ModesNeither
END

it "sizes are 0, the owner is who mounted, the mode is what the default descriptor allows"
run stat -c '%s %u %a %F' "$folder/LySharkDriver"
expect out is <<<"0 $(id -u) 666 regular empty file"

it "head, in any case"
for name in LySharkDriver lysharkdriver; do
    run head -c 5 "$folder/$name"
    expect status 0
    [ "$(cat "$work/out")" = hello ] || fail "not hello"
done

it "dd and the shell: one write is one request, one read another"
printf 'good morning' >"$folder/ModesDirect"
run dd if="$folder/ModesDirect" bs=512 count=1 status=none
[ "$(cat "$work/out")" = "good morning" ] || fail "other bytes"

it "Python: open(), fcntl.ioctl, twelve opens at a time"
run python3 "$source/tests/cli/use-mount.py" "$folder" "$source/examples/python"
expect status 0
expect out is <<<"0 failed"

it "names that are none"
run cat "$folder/None"
expect status 1
expect err has "No such file"
run touch "$folder/None"
expect status 1
run rm "$folder/Mailbox"
expect status 1
run chmod 600 "$folder/Mailbox"
expect status 1

pending() { "$nthost" irps | grep -q Mailbox; }
nothing_pends() { ! pending; }
it "a signal to a program whose read pends cancels the request"
cat "$folder/Mailbox" >"$work/letter" &
reader=$!
until_true 30 pending || fail "no request"
kill -TERM $reader # a shell without job control lets its children ignore SIGINT
until_true 30 nothing_pends || fail "still under way: $("$nthost" irps)"
until_true 30 gone $reader || fail "cat still waits"

it "offset and length of a read are the program's"
dd if="$folder/Mailbox" bs=300 skip=7 count=1 status=none >"$work/letter" &
reader=$!
until_true 30 pending || fail "no request"
run "$nthost" irps --json
expect out has '"offset": 2100'
expect out has '"out_length": 300'
kill $reader
until_true 30 nothing_pends || fail "still under way"

it "a driver that goes takes its files along"
run drvctl stop Modes
run ls "$folder"
expect out is <<'END'
LySharkDriver
Mailbox
END
run cat "$folder/ModesDirect"
expect err has "No such file"

it "SIGTERM with a read that pends: the reader gets an error, all is unmounted, the driver unloads"
cat "$folder/Mailbox" >"$work/letter" 2>"$work/cat" &
reader=$!
until_true 30 pending || fail "no request"
end_mount TERM
until_true 30 gone $reader || fail "cat still waits"
run drvctl stop Mailbox
run drvctl query Mailbox
expect out has "stopped"

it "SIGINT, too"
start_mount
end_mount INT

it "in the background: returns when it is mounted, ends when it is unmounted"
run "$nthost" mount "$folder"
expect status 0
mounted || fail "not mounted"
run head -c 5 "$folder/LySharkDriver"
[ "$(cat "$work/out")" = hello ] || fail "not hello"
umount "$folder" || fail "cannot be unmounted"
no_clients() { "$nthost" server --status | grep -q " 0 programs use it"; }
until_true 30 no_clients || fail "it still runs: $("$nthost" server --status)"

it "the security descriptor's bits; other users only with --allow-other"
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
    drvctl install Secure "$drivers/conformance-secure.sys" >/dev/null && drvctl start Secure >/dev/null || fail "no Secure"
    chmod 755 "$work"
    as_nobody() { setpriv --reuid 65534 --regid 65534 --clear-groups "$@"; }
    start_mount
    as_nobody cat "$folder/NthostReaders" >"$work/out" 2>"$work/err"
    expect err has "Permission denied"
    run stat -c '%a %n' "$folder/LySharkDriver" "$folder/NthostNobody" "$folder/NthostReaders"
    expect out is <<END
666 $folder/LySharkDriver
0 $folder/NthostNobody
444 $folder/NthostReaders
END
    run cat "$folder/NthostNobody"
    expect err has "Permission denied"
    end_mount TERM
    start_mount --allow-other
    as_nobody head -c 5 "$folder/LySharkDriver" >"$work/out" 2>"$work/err"
    [ "$(cat "$work/out")" = hello ] || fail "not hello"
    as_nobody bash -c "echo x >'$folder/NthostReaders'" >"$work/out" 2>"$work/err"
    expect err has "Permission denied"
    end_mount TERM
    drvctl stop Secure >/dev/null
fi

it "a user mounts the server of somebody else: the owner's bits are a user's"
# /dev/fuse is everybody's on most machines, not on all
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null && as_nobody test -w /dev/fuse; then
    stop_server
    start_server --allow-users
    drvctl install Guarded "$drivers/cli-guarded.sys" >/dev/null && drvctl start Guarded >/dev/null || fail "no Guarded"
    cp "$nthost" "$work" && mkdir "$work/theirs" && chown 65534 "$work/theirs"
    as_user() { as_nobody env NTHOST_SERVER="$work/nthost.sock" NTHOST_SERVER_USER=0 "$@" >"$work/out" 2>"$work/err"; }
    as_user "$work/nthost" mount "$work/theirs" || fail "it does not mount"
    as_user stat -c '%a %u %n' "$work"/theirs/Guarded{Closed,Open,Readers} # root itself is kept out
    expect out is <<END
0 65534 $work/theirs/GuardedClosed
666 65534 $work/theirs/GuardedOpen
444 65534 $work/theirs/GuardedReaders
END
    as_user cat "$work/theirs/GuardedClosed"
    expect err has "Permission denied"
    as_user fusermount3 -u "$work/theirs" || fail "it is not unmounted"
fi

it "the end of the server is the end of the mount"
start_mount
stop_server
status=0
wait "$mount" || status=$?
expect status 0
unmounted || fail "still mounted"
grep -q "the kernel server has ended" "$work/mount" || fail "$(cat "$work/mount")"

it "the death of the server, with a read that pends, too"
start_server
drvctl install Mailbox "$drivers/Mailbox.sys" >/dev/null && drvctl start Mailbox >/dev/null || fail "Mailbox does not start"
start_mount
cat "$folder/Mailbox" >"$work/letter" 2>"$work/cat" &
reader=$!
until_true 30 pending || fail "no request"
kill -KILL "$server"
wait "$server" 2>/dev/null
until_true 30 gone $reader || fail "cat still waits"
until_true 30 gone "$mount" || fail "the mount still lives"
unmounted || fail "still mounted"

finish
