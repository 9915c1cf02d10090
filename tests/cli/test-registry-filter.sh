# A driver that filters the registry has its say in what programs do to it.
. "$(dirname "$0")/lib.sh"

start_server
it "a service whose key the filter forbids cannot be installed"
run drvctl install filter "$drivers/conformance-cmfilter.sys"
expect status 0
run drvctl start filter
expect status 0
run drvctl install Forbidden "$drivers/LySharkDriver.sys"
expect status 1
expect err has "(5)"

it "others can, and it can once the filter is gone"
run drvctl install Allowed "$drivers/LySharkDriver.sys"
expect status 0
run drvctl stop filter
expect status 0
run drvctl install Forbidden "$drivers/LySharkDriver.sys"
expect status 0
