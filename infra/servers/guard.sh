#!/bin/sh
# Ends the children of a parent that is gone, however it went. Reads `first PID`, `last PID` and
# `forget PID` from a pipe that only the parent holds: the end of input is the parent's death, or its
# orderly end with nothing left. Those that are to end last are the servers that the others need to
# take their leave. Every child leads a process group of its own, so the whole group is ended.
trap '' INT HUP TERM PIPE

# Prints the words of $1 without the word $2.
without() {
  for each in $1; do
    [ "$each" = "$2" ] || printf '%s ' "$each"
  done
}

# Sends SIGTERM to the groups $1, and SIGKILL to what is left of them after 5 s.
end() {
  left=$1
  for each in $left; do kill -TERM "-$each" 2>/dev/null; done
  waits=0
  while [ -n "$left" ] && [ "$waits" -lt 50 ]; do
    for each in $left; do
      kill -0 "-$each" 2>/dev/null || left=$(without "$left" "$each")
    done
    [ -z "$left" ] || sleep 0.1
    waits=$((waits + 1))
  done
  for each in $left; do kill -KILL "-$each" 2>/dev/null; done
}

first=''
last=''
while read -r verb pid; do
  case $verb in
    first) first="$first $pid" ;;
    last) last="$last $pid" ;;
    forget)
      first=$(without "$first" "$pid")
      last=$(without "$last" "$pid")
      ;;
  esac
done

end "$first"
end "$last"
