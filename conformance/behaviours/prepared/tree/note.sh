# Writes its arguments to the log, one line a call; of paths the last component.
for word; do printf '[%s]' "${word##*/}"; done >>"$FLAVOR_WORKENV/log"
echo >>"$FLAVOR_WORKENV/log"
