# The volume C: is a directory, whatever the case of the names, and nothing outside of it.
. "$(dirname "$0")/lib.sh"
drive=$work/drive

it "a program opens a file in other case and reads it"
start_server --c-drive "$drive"
run cli-use 'C:\none' read 5
expect status 1
expect out is <<'END'
open: error 2
END
[ -d "$drive/Windows/System32/drivers" ] || fail "the drive has no Windows/System32/drivers"
mkdir "$drive/Some Folder"
printf 'hello' >"$drive/Some Folder/Hello.TXT"
run cli-use 'C:\SOME FOLDER\hello.txt' read 100 write world
expect status 0
expect out is <<'END'
read: 5 bytes
write: 5 bytes
END
[ "$(cat "$drive/Some Folder/Hello.TXT")" = helloworld ] || fail "$(cat "$drive/Some Folder/Hello.TXT")"

it "no symbolic link leads out"
printf 'secret' >"$work/secret"
mkdir "$work/outside"
printf 'secret' >"$work/outside/secret"
ln -s "$work/secret" "$drive/link"
ln -s "$work/outside" "$drive/folder"
run cli-use 'C:\link' read 6
expect status 1
expect out is <<'END'
open: error 5
END
run cli-use 'C:\folder\secret' read 6
expect status 1
grep -q 'open: error [35]$' "$work/out" || fail "$(cat "$work/out")"
run cli-use 'C:\..\secret' read 6
expect status 1
expect out is <<'END'
open: error 2
END

it "pipes and sockets are no files"
mkfifo "$drive/pipe"
run timeout 10 cli-use 'C:\pipe' read 6
expect status 1
expect out is <<'END'
open: error 5
END
stop_server

it "a drive that cannot be made is said in the log"
start_server --c-drive /proc/none/drive
run cli-use 'C:\x' read 1
expect status 1
run "$nthost" log
expect out has "C: cannot be opened: /proc/none/drive: No such file or directory; name a directory with --c-drive or NTHOST_C_DRIVE"
stop_server

it "NTHOST_C_DRIVE names it, too"
export NTHOST_C_DRIVE=$work/other
start_server
run cli-use 'C:\none' read 5
expect status 1
[ -d "$work/other/Windows" ] || fail "$work/other was not made"
stop_server

finish
