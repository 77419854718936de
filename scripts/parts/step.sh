# Output, timing and signal handling of the set-up.
# shellcheck shell=bash disable=SC2154

child=

say() { printf 'set-up: %s\n' "$*"; }

fail() {
  printf 'set-up: %s\n' "$@" >&2
  exit 1
}

# step NAME COMMAND...: runs it with its output going to the log, and says how long it took. With `advice` set, a
# failure ends with it.
step() {
  local name=$1 began=$SECONDS status=0
  shift
  printf '\n== %s\n' "$name" >>"$log"
  # In a process group of its own, so that stopping it stops all that it started.
  set -m
  "$@" >>"$log" 2>&1 </dev/null &
  child=$!
  set +m
  show_progress "$name" "$began"
  wait "$child" || status=$?
  child=
  [ "$status" -eq 0 ] || step_failed "$name" "$status"
  printf '%sset-up: %-44s %4d s\n' "$line_start" "$name" $((SECONDS - began))
}

if [ -t 1 ]; then line_start=$'\r'; else line_start=; fi

show_progress() {
  if [ -z "$line_start" ]; then
    say "$1 ..."
    return
  fi
  while kill -0 "$child" 2>/dev/null; do
    printf '\rset-up: %-44s %4d s' "$1" $((SECONDS - $2))
    sleep 0.2
  done
}

step_failed() {
  [ -z "$line_start" ] || echo
  {
    echo "set-up: '$1' failed (exit code $2). The end of its output:"
    awk '/^== / { words = ""; next } { words = words "    " $0 "\n" } END { printf "%s", words }' "$log" | tail -n 25
    echo "set-up: all of them are in $log"
    [ -z "${advice:-}" ] || echo "set-up: $advice"
  } >&2
  exit 1
}

# A signal ends the step that runs, within 5 s, and then the set-up; another signal meanwhile changes nothing.
stop() {
  local tenths=0
  trap '' INT TERM HUP
  if [ -n "$child" ]; then
    kill -TERM -- "-$child" 2>/dev/null || true
    while kill -0 -- "-$child" 2>/dev/null && [ $((tenths += 1)) -le 50 ]; do sleep 0.1; done
    kill -KILL -- "-$child" 2>/dev/null || true
  fi
  [ -z "$line_start" ] || echo
  exit "$1"
}
trap 'stop "${stop_code:-129}"' HUP
trap 'stop "${stop_code:-130}"' INT
trap 'stop "${stop_code:-143}"' TERM

# One set-up at a time in this folder. Without flock (macOS) two at once are not prevented.
wait_for_turn() {
  command -v flock >/dev/null || return 0
  exec 9>.tickql/setup.lock
  flock -n 9 && return 0
  say "another set-up is at work in this folder: waiting for it"
  # Beside this shell, which would hear no signal while it runs a command itself.
  set -m
  flock 9 &
  child=$!
  set +m
  wait "$child"
  child=
}

end_turn() { exec 9>&-; }

# The content hash of files, whatever their dates.
hash_of() {
  if command -v sha256sum >/dev/null; then cat -- "$@" | sha256sum; else cat -- "$@" | shasum -a 256; fi | cut -c 1-64
}

stamped() { [ -f "$1" ] && [ "$(cat "$1")" = "$2" ]; }
