# shellcheck shell=bash
# What the checks of the documentation share. Sourced; $1 is the source folder, $2 the build folder.
set -euo pipefail
export LC_ALL=C.UTF-8
root=$(cd "$1" && pwd)
# shellcheck disable=SC2034 # for the checks
build=$2
failed=0

fail() { # PLACE WHAT
    printf '%s: %s\n' "$1" "$2" >&2
    # shellcheck disable=SC2034
    failed=1
}

# The project's pages, as paths below the root.
pages() {
    (cd "$root" && find . -name '*.md' -not -path './build/*' -not -path './.git/*' | sed 's|^\./||' | sort)
}

# The lines of a page's code blocks, as LINE:TEXT; a prompt ("$ ") and the indentation are taken off. A block is what
# stands between fences, or is indented by four spaces after an empty line.
code() {
    awk '
    /^ *```/ { fenced = !fenced; next }
    !fenced && !/^    / { indented = 0 }
    !fenced && /^    / && (before == "" || indented) { indented = 1 }
    { before = $0 }
    fenced || indented { line = $0; sub(/^ *([$] )?/, "", line); print NR ":" line }' "$root/$1"
}
