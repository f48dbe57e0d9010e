#!/usr/bin/env bash
# A sweep as a Slurm job array gives what one process gives, though one shard is killed and one is told
# that its time is up. Starts a Slurm of its own; as root.
# usage: tests/cluster/slurm_sweep.sh FLEETCAST SWEEP   (a sweep of some seconds on four threads)
set -euo pipefail

[[ $# -eq 2 ]] || { sed -n 's/^# usage: /usage: /p' "$0" >&2; exit 2; }
[[ $(id -u) -eq 0 ]] || { echo "skipped: needs root" >&2; exit 77; }
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
FLEETCAST=$(realpath "$1")
export FLEETCAST
sweep=$(realpath "$2")
work=$(mktemp -d)
export SLURM_CONF=$work/slurm/slurm.conf
trap '"$here/slurm_down.sh" "$work/slurm"; rm -rf "$work"' EXIT

fail() {
  echo "slurm_sweep.sh: $1" >&2
  tail -n 20 "$work"/*.log "$work"/slurm/*.log >&2 || true
  exit 1
}

# until_true SECONDS COMMAND...
until_true() {
  local end=$((SECONDS + $1))
  shift
  until "$@"; do
    ((SECONDS < end)) || fail "still not: $*"
    sleep 0.1
  done
}

# The shell of a task has no --shard.
program_of() { pgrep -f -- " sweep .*$work/shards.db.* --shard $1/4"; }
restarts() { scontrol show job "${array}_$1" | grep -oP ' Restarts=\K\d+'; }
waits_for_restart() { [[ $(restarts "$1") == 1 && $(squeue -h -r -j "${array}_$1" -o %T) == PENDING ]]; }
ended() { [[ -z $(squeue -h -j "$1") ]]; }
state() { scontrol show job "$1" | grep -oP 'JobState=\K\w+' | head -n 1; }

"$here/slurm_up.sh" "$work/slurm"
cd "$work"
said=$("$here/../../sim/slurm/submit.sh" "$sweep" "$work/shards.db" 4)
array=$(grep -oP 'job \K\d+(?=; merge)' <<<"$said")
merge=$(grep -oP '\d+$' <<<"$said")

until_true 30 test -s shards.db.2
kill -9 "$(program_of 2)"
until_true 30 test -s shards.db.3
scancel --batch --signal=INT "${array}_3"
# Slurm starts a requeued job after two minutes. Here it may sooner, yet not in the second in which its
# credential was revoked: slurmd refuses that start, and the task fails.
for shard in 2 3; do
  until_true 30 waits_for_restart "$shard"
  scontrol update "jobid=${array}_$shard" StartTime=now+2
done

until_true 300 ended "$array"
until_true 60 ended "$merge"
[[ $(state "$merge") == COMPLETED ]] || fail "the merge is $(state "$merge")"

"$FLEETCAST" sweep "$sweep" --out one.db --threads 2 >/dev/null
"$FLEETCAST" export one.db --format csv -o one.csv
"$FLEETCAST" export shards.db --format csv -o shards.csv
cmp one.csv shards.csv || fail "the merged shards differ from one process"
echo "4 shards, one killed and one stopped, equal one process: $(wc -l <one.csv) lines"
