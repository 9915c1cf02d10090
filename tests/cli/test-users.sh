# Who may do what: the server's user and root are administrators; others get in when the server is opened to them, and
# then devices' descriptors decide. Run by root, as two users who are neither.
. "$(dirname "$0")/lib.sh"
if [ "$(id -u)" != 0 ] || ! command -v setpriv >/dev/null; then
    echo "skipped: only root can be other users"
    exit 77
fi
# The build folder may be closed to others.
chmod 755 "$work"
place=$work/nthost
mkdir -p "$place/bin" "$place/lib"
cp "$build"/bin/{nthost,drvctl,cli-tries,cli-hold} "$place/bin"
cp -P "$build"/lib/libnthost.so* "$place/lib"
socket=$work/nthost.sock
owner=64001 member=64002 other=64003 group=64010
mkdir "$work/owner"
chown $owner "$work/owner"

as() { # USER COMMAND...: what run left is that user's
    local user=$1 groups=--clear-groups
    shift
    [ "$user" != $member ] || groups=--groups=$group
    run setpriv --reuid="$user" --regid="$user" $groups env HOME="$work/owner" XDG_STATE_HOME= XDG_RUNTIME_DIR= \
        PATH="$place/bin:$PATH" NTHOST_SERVER="$socket" NTHOST_SERVER_USER="${trusted-$owner}" "$@"
}
up() {
    as $owner nthost up --socket "$socket" "$@"
}
all_down() {
    as $owner nthost down
    expect status 0
}
socket=$work/owner/nthost.sock

it "by default the socket is the owner's, and root's"
up
expect status 0
[ "$(stat -c %a "$socket")" = 600 ] || fail "mode $(stat -c %a "$socket")"
as $owner nthost status
expect status 0
as $other nthost status
expect status 1
expect err has "Permission denied"
trusted='' run env NTHOST_SERVER="$socket" NTHOST_SERVER_USER=$owner nthost status
expect status 0

it "whom the file system lets through the server does not"
chmod 666 "$socket"
as $other nthost status
expect status 1
expect err has "not open to user $other"
as $other drvctl list
expect status 1
all_down

it "opening a server whose folder is closed makes no sense"
chmod 700 "$work/owner"
up --allow-users
expect status 1
expect err has "$work/owner is closed to them"
chmod 755 "$work/owner"

it "a group that does not exist"
up --group nosuchgroup
expect status 1
expect err has 'no group "nosuchgroup"'

it "--group: members get in, others do not"
run setpriv --reuid=$owner --regid=$owner --groups=$group env HOME="$work/owner" XDG_STATE_HOME= XDG_RUNTIME_DIR= \
    PATH="$place/bin:$PATH" nthost up --socket "$socket" --group $group
expect status 0
[ "$(stat -c '%a %g' "$socket")" = "660 $group" ] || fail "$(stat -c '%a %g' "$socket")"
as $member nthost status
expect status 0
as $other nthost status
expect status 1
chmod 666 "$socket"
as $other nthost status
expect status 1
expect err has "not open to user $other"
all_down

it "somebody else's server is used only by who says so"
up --allow-users
expect status 0
trusted='' as $other nthost status
expect status 1
expect err has "NTHOST_SERVER_USER=$owner"
trusted=$owner
as $other nthost status
expect status 0

it "the owner may do all"
cp "$drivers/cli-guarded.sys" "$drivers/LySharkDriver.sys" "$work/owner"
as $owner drvctl install Guarded "$work/owner/cli-guarded.sys"
expect status 0
as $owner drvctl start Guarded
expect status 0
as $owner cli-tries
sed -n 's/.*: //p' "$work/out" | sort -u >"$work/numbers"
[ "$(cat "$work/numbers")" = 0 ] || fail "not all of it worked"

it "another user: descriptors decide about devices, services can be looked at"
as $other cli-tries
expect out is <<'END2'
GuardedOpen to read: 0
GuardedOpen to write: 0
GuardedReaders to read: 0
GuardedReaders to write: 5
GuardedClosed to read: 5
GuardedClosed to write: 5
file to write: 5
file to read: 0
manager to create: 5
service to look: 0
service to start: 5
service to stop: 5
service to change: 5
service to delete: 5
END2
as $other nthost status
expect status 0
expect out has "Guarded"

for command in "install Mine $work/owner/LySharkDriver.sys" "start Guarded" "stop Guarded" "remove Guarded" \
    "config --start auto Guarded"; do
    it "another user: drvctl $command"
    # shellcheck disable=SC2086
    as $other drvctl $command
    expect status 1
    expect err has "(5)"
done

for command in log down objects irps; do
    it "another user: nthost $command"
    as $other nthost $command
    expect status 1
    expect err has "only the kernel server's user and root may ask for that"
done

it "another user cannot take all connections"
python=$(PATH=/usr/bin:/bin command -v python3) # one that others may run
if [ -n "$python" ]; then
    cat >"$work/flood.py" <<'END2'
import select, socket, sys
held, refused = [], 0
for _ in range(80):
    s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    s.connect(sys.argv[1])
    held.append(s)
while select.select(held[70:], [], [], 1)[0] and refused < 10:
    for s in held[70:]:
        if s in select.select([s], [], [], 0)[0]:
            refused += b"too many connections" in s.recv(4096)
print(f"refused: {refused > 0}", flush=True)
sys.stdin.read()
END2
    chmod 644 "$work/flood.py"
    mkfifo "$work/flood"
    setpriv --reuid=$other --regid=$other --clear-groups "$python" "$work/flood.py" "$socket" <"$work/flood" >"$work/flooded" &
    exec 9>"$work/flood"
    until_true 20 grep -q refused "$work/flooded" || fail "the flood does not come"
    as $owner nthost status
    expect status 0
    exec 9>&-
    wait $!
    grep -q "refused: True" "$work/flooded" || fail "all connections were taken"
    member_again() { NTHOST_SERVER=$socket setpriv --reuid=$other --regid=$other --clear-groups env NTHOST_SERVER_USER=$owner PATH="$place/bin" nthost status; }
    until_true 20 member_again || fail "connections are not given back"
fi

it "another user's handle to a service does not keep its owner from working"
as $owner drvctl query Guarded
expect out has "running"
as $owner drvctl stop Guarded
expect status 0
as $owner drvctl remove Guarded
expect status 0
run env NTHOST_SERVER="$socket" NTHOST_SERVER_USER=$owner nthost down
expect status 0

finish
