#!/bin/sh
# Ends the children of a parent that is gone, however it went. Reads `add PID` and `del PID` from a
# pipe that only the parent holds: the end of input is the parent's death, or its orderly end with
# nothing left. Every child leads a process group of its own, so the whole group is ended.
trap '' INT HUP TERM PIPE

pids=''
while read -r verb pid; do
  case $verb in
    add) pids="$pids $pid" ;;
    del)
      rest=''
      for each in $pids; do
        [ "$each" = "$pid" ] || rest="$rest $each"
      done
      pids=$rest
      ;;
  esac
done

for each in $pids; do kill -TERM "-$each" 2>/dev/null; done
waits=0
while [ -n "$pids" ] && [ "$waits" -lt 40 ]; do
  rest=''
  for each in $pids; do
    kill -0 "-$each" 2>/dev/null && rest="$rest $each"
  done
  pids=$rest
  [ -z "$pids" ] || sleep 0.2
  waits=$((waits + 1))
done
for each in $pids; do kill -KILL "-$each" 2>/dev/null; done
