# What drivers can do to processes: refuse them when they come, end them later; on a server and in one process.
. "$(dirname "$0")/lib.sh"
driver=$drivers/conformance-psnotify.sys

it "in one process: a program that a driver refuses gets no further"
NTHOST_GATE=inprocess NTHOST_DRIVERS=$driver run conformance-psnotify refuse
expect status 1
expect err has "a driver refuses this process: STATUS_VIRUS_INFECTED (0xC0000906)"

it "in one process: the driver ends it with its exit status"
NTHOST_GATE=inprocess NTHOST_DRIVERS=$driver run conformance-psnotify kill
expect status 7

start_server
run drvctl install psnotify "$driver"
run drvctl start psnotify
expect status 0

it "on a server: a program that a driver refuses gets no further"
run conformance-psnotify refuse
expect status 1
expect err has "a driver refuses this process: STATUS_VIRUS_INFECTED (0xC0000906)"

it "on a server: the driver kills it, the server and others live on"
run conformance-psnotify kill
expect status 137
run conformance-psnotify
expect status 0
expect out has "look: 1"

it "the driver was told of its end"
until_true 10 eval '"$nthost" log --plain | grep -q "process: ended"' || fail "$("$nthost" log)"

it "without /INTEGRITYCHECK the routine of Windows Vista is not for a driver"
run drvctl install unchecked "$drivers/cli-unchecked.sys"
run drvctl start unchecked
expect status 1
expect err has "(5)"

it "a driver that goes and leaves its routines behind is named, and nobody calls them"
run drvctl install forgets "$drivers/cli-forgets.sys"
run drvctl start forgets
expect status 0
run drvctl stop forgets
expect status 0
until_true 10 eval '"$nthost" log --plain | grep -q "forgets: is unloaded and has 2 routine"' || fail "$("$nthost" log)"
run conformance-psnotify
expect status 0

run drvctl stop psnotify
expect status 0
