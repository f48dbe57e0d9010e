#!/usr/bin/env bash
# A sweep on four MPI ranks gives what one process gives: undisturbed, with a rank killed that the job
# survives, and with a rank killed that ends the job, after a rerun.
# usage: tests/cluster/mpi_sweep.sh FLEETCAST SWEEP   (a sweep of some seconds on three ranks)
set -euo pipefail

[[ $# -eq 2 ]] || { sed -n 's/^# usage: /usage: /p' "$0" >&2; exit 2; }
FLEETCAST=$(realpath "$1")
sweep=$(realpath "$2")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1

fail() {
  echo "mpi_sweep.sh: $1" >&2
  tail -n 20 ./*.log >&2 || true
  exit 1
}

"$FLEETCAST" sweep "$sweep" --out one.db --threads 2 >/dev/null
"$FLEETCAST" export one.db --format csv -o one.csv

# equals_one NAME: after a rerun, which computes what is missing.
equals_one() {
  "$FLEETCAST" sweep "$sweep" --out "$1.db" >"$1.rerun.log"
  "$FLEETCAST" export "$1.db" --format csv -o "$1.csv"
  cmp one.csv "$1.csv" || fail "the results of $1 differ from one process"
}

# has_results DB: more than empty tables, so every rank has begun.
has_results() { [[ -e $1 && $(stat -c %s "$1") -gt 1000000 ]]; }

# on_ranks NAME OPTION...: four ranks; one that computes is killed once there are results.
on_ranks() {
  local name=$1
  shift
  timeout 300 mpirun --oversubscribe --bind-to none -n 4 "$@" "$FLEETCAST" sweep "$sweep" \
    --out "$name.db" >"$name.log" 2>&1 &
  local job=$!
  if [[ $name != calm ]]; then
    until has_results "$name.db"; do sleep 0.01; done
    pkill -9 -n -f "fleetcast.* --out $name.db" || fail "$name ended before a rank could be killed"
  fi
  wait "$job"
}

on_ranks calm || fail "four ranks exit with $?"
on_ranks survivor --enable-recovery || fail "a job that recovers exits with $?"
grep -q "points are in survivor.db" survivor.log || fail "the writer did not end its job"
if on_ranks aborted; then fail "a job whose rank was killed exits with 0"; fi
for name in calm survivor aborted; do equals_one "$name"; done
echo "4 ranks, with none and one killed, equal one process: $(wc -l <one.csv) lines"
