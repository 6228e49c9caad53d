# Does what its first argument says. POSIX sh, nothing but built-ins where it matters.
what=$1
[ $# -gt 0 ] && shift
case $what in
  args) for word; do printf '%s\0' "$word"; done ;;
  count) echo $# ;;
  length) printf %s "$1" | wc -c | tr -d ' ' ;;
  exit) exit "$1" ;;
  die) kill -s "$1" $$; sleep 5 ;;
  trap) trap 'echo caught; exit 7' "$1"; echo ready; while :; do sleep 0.05; done ;;
  input) cat ;;
  folder) pwd ;;
  both) echo out; echo err >&2 ;;
  parent) echo "$PPID" ;;
  limit) ulimit -n ;;
  signals) grep -E '^Sig(Blk|Ign|Cgt):' /proc/self/status ;;
  descriptors) ls -1 /proc/self/fd | tr '\n' ' ' ;;
  *) echo "probe $what" ;;
esac
