# nthost inspect: files as Microsoft's tools make them, debug information, signers, damage.
. "$(dirname "$0")/lib.sh"

it "control flow guard, a PDB file"
run "$nthost" inspect "$drivers/cli-cfguard.sys"
expect status 0
expect out has "GUARD_CF"
expect out has "/GS cookie: yes; control flow guard: yes"
expect out has "debug symbols   cli-cfguard.pdb"
run "$nthost" inspect --json "$drivers/cli-cfguard.sys"
expect out has '"pdb": "cli-cfguard.pdb"'
expect out has '"control_flow_guard": true'

it "guarded calls arrive"
run "$nthost" run "$drivers/cli-cfguard.sys"
expect status 0
expect err has "cfguard: 42 49"
expect err has "cfguard: unload"

it "without relocations: at its base"
run "$nthost" inspect "$drivers/cli-fixed.sys"
expect status 0
expect out has "RELOCS_STRIPPED"
expect out has "at its preferred base only (no relocations)"
run "$nthost" run "$drivers/cli-fixed.sys"
expect status 0
expect err has "cfguard: 42 49"

it "two of them at the same base: the second is refused, with the reason"
cp "$drivers/cli-fixed.sys" "$work/second.sys"
run "$nthost" run "$drivers/cli-fixed.sys" "$work/second.sys"
expect status 1
expect err has "0x690000000000"
expect err has "cfguard: unload"

it "DWARF, COFF symbols, names of sections in full"
run "$nthost" inspect "$drivers/debug-LySharkDriver.sys"
expect out has "debug symbols   DWARF, "
expect out has "COFF symbols"
expect out has "  .debug_info "
run "$nthost" inspect --json "$drivers/debug-LySharkDriver.sys"
expect out has '"dwarf": true'
expect out has '"signer": null'

if command -v osslsigncode >/dev/null && command -v openssl >/dev/null; then
    it "who signed it"
    openssl req -x509 -newkey rsa:2048 -nodes -subj "/O=Tests & Sons/CN=A Signer" -keyout "$work/key.pem" \
        -out "$work/certificate.pem" -days 2 2>/dev/null
    osslsigncode sign -h sha256 -certs "$work/certificate.pem" -key "$work/key.pem" -in "$drivers/LySharkDriver.sys" \
        -out "$work/signed.sys" >/dev/null 2>&1
    run "$nthost" inspect "$work/signed.sys"
    expect status 0
    expect out has "signature       CN=A Signer,O=Tests & Sons ("
    expect out has "not verified)"
    run "$nthost" inspect --json "$work/signed.sys"
    expect out has '"signer": "CN=A Signer,O=Tests & Sons"'
    set -- "$work/signed.sys"
else
    set --
fi

it "damaged anywhere: an answer, never a crash"
for file in "$@" "$drivers/cli-cfguard.sys" "$drivers/debug-LySharkDriver.sys"; do
    size=$(wc -c <"$file")
    for part in 1 2 3 4 5 6 7 8 9 10 11 12; do
        head -c $((size * part / 13)) "$file" >"$work/damaged.sys"
        run "$nthost" inspect "$work/damaged.sys"
        [ "$status" -le 2 ] || fail "cut after part $part of $file: status $status"
        cp "$file" "$work/damaged.sys"
        head -c 64 /dev/urandom | dd of="$work/damaged.sys" bs=1 seek=$((size * part / 13)) conv=notrunc 2>/dev/null
        run "$nthost" inspect --json "$work/damaged.sys"
        [ "$status" -le 2 ] || fail "overwritten at part $part of $file: status $status"
    done
done
finish
