# shellcheck shell=bash
# What the tests of the tools share. Sourced with the build folder and the source folder as arguments.
#
#     it "the fact that is tested"
#     run PROGRAM ARGUMENTS...       leaves $status, $work/out and $work/err
#     expect status 0                compared with what run left
#     expect out is <<'END' ... END  the whole output;  "err is" likewise; "out empty"
#     expect out has TEXT            a part of it;  "out lacks TEXT"
#     finish                         the test's exit status
set -u
build=$1
# shellcheck disable=SC2034 # for the tests
source=$2
nthost=$build/bin/nthost
# shellcheck disable=SC2034
drivers=$build/drivers
# A short path: the socket's must fit into 107 bytes.
work=$(mktemp -d /tmp/nthost-cli.XXXXXX)
export PATH=$build/bin:$PATH LC_ALL=C.UTF-8
unset NTHOST_SERVER NTHOST_GATE NTHOST_DRIVERS NTHOST_LOG NTHOST_LOG_FORMAT NTHOST_STRICT_IMPORTS
export XDG_RUNTIME_DIR=$work
failed=0 cases=0 fact='' status=0

cleanup() {
    local pid
    for pid in $(jobs -p); do
        kill "$pid" 2>/dev/null || true
    done
    wait
    rm -rf "$work"
}
trap cleanup EXIT

it() {
    fact=$1
    cases=$((cases + 1))
}

fail() {
    failed=$((failed + 1))
    printf 'FAILED: %s\n    %s\n' "$fact" "$1"
    if [ -s "$work/out" ]; then sed 's/^/    out: /' "$work/out" | tail -n 50; fi
    if [ -s "$work/err" ]; then sed 's/^/    err: /' "$work/err" | tail -n 50; fi
}

run() {
    status=0
    timeout -k 5 60 "$@" >"$work/out" 2>"$work/err" </dev/null || status=$?
}

expect() {
    local what=$1 how=${2:-} text=${3:-}
    case $what in
    status) [ "$status" = "$how" ] || fail "expected exit status $how, got $status" ;;
    out | err)
        case $how in
        is)
            cat >"$work/expected"
            diff -u --label expected --label "$what" "$work/expected" "$work/$what" >"$work/diff" || {
                fail "$what is not as expected:"
                sed 's/^/    /' "$work/diff"
            }
            ;;
        has) grep -qF -- "$text" "$work/$what" || fail "expected in $what: $text" ;;
        lacks) ! grep -qF -- "$text" "$work/$what" || fail "not expected in $what: $text" ;;
        empty) [ ! -s "$work/$what" ] || fail "expected nothing in $what" ;;
        *) fail "the test says: expect $*" ;;
        esac
        ;;
    *) fail "the test says: expect $*" ;;
    esac
}

# until_true SECONDS COMMAND...: tries it until it succeeds.
until_true() {
    local tries=$(($1 * 50))
    shift
    until "$@" >/dev/null 2>&1; do
        tries=$((tries - 1))
        [ "$tries" -gt 0 ] || return 1
        sleep 0.02
    done
}

# The debug view's numbers and times taken off: what is left can be compared.
texts() {
    cut -f3- "$1"
}

start_server() { # ARGUMENTS...: at the default socket
    "$nthost" server "$@" >"$work/server" 2>&1 </dev/null &
    server=$!
    until_true 20 "$nthost" server --status || fail "the server does not start: $(cat "$work/server")"
}

stop_server() {
    status=0
    kill "$server" && wait "$server" || status=$?
    [ "$status" = 0 ] || fail "the server ended with status $status: $(cat "$work/server")"
}

finish() {
    printf '%d cases, %d failed\n' "$cases" "$failed"
    [ "$failed" = 0 ]
}
