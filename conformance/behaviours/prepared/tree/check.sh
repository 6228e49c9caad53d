# A setup command that fails while the caller says so.
[ -z "$FAIL" ] || { echo "told to fail"; exit 3; }
[ "$(pwd)" = "$FLAVOR_WORKENV" ] || exit 4
[ -f "$FLAVOR_WORKENV/initial.txt" ] || exit 5
[ -z "$(cat)" ] || exit 6
