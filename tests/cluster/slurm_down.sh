#!/usr/bin/env bash
# Ends the jobs and the daemons that slurm_up.sh started with its files in FOLDER, and removes FOLDER.
# usage: tests/cluster/slurm_down.sh FOLDER
set -uo pipefail

if [[ $# -ne 1 || ! -f ${1:-}/slurm.conf ]]; then
  echo "usage: tests/cluster/slurm_down.sh FOLDER (made by slurm_up.sh)" >&2
  exit 2
fi
folder=$(cd "$1" && pwd -P)
export SLURM_CONF=$folder/slurm.conf

# In a container without an init, a daemon that ended stays as a zombie.
runs() { [[ -r /proc/$1/stat && $(sed 's/.*) //' "/proc/$1/stat" 2>/dev/null) != Z* ]]; }

# stop PID: asks, and after 5 s makes it.
stop() {
  kill -TERM "$1" 2>/dev/null
  for _ in {1..50}; do
    runs "$1" || return 0
    sleep 0.1
  done
  kill -KILL "$1" 2>/dev/null
}

# At most 10 s for the jobs; without a controller their steps are ended below.
if scontrol ping 2>/dev/null | grep -q UP; then
  scancel --user="$(id -un)" 2>/dev/null
  for _ in {1..50}; do
    [[ -z $(squeue --noheader 2>/dev/null) ]] && break
    sleep 0.2
  done
fi
for daemon in slurmd slurmctld munged; do
  if [[ -s $folder/$daemon.pid ]]; then stop "$(<"$folder/$daemon.pid")"; fi
done
# What a controller that was gone could not cancel: slurmstepd, then what it ran.
has() { grep -qzxE "$2" "/proc/$1/environ" 2>/dev/null; }
for pid in $(pgrep -f '^slurmstepd: ') $(pgrep .); do
  has "$pid" "SLURM_CONF=$SLURM_CONF" || continue
  if has "$pid" 'SLURM_JOB_ID=.*' || [[ $(<"/proc/$pid/comm") == slurmstepd ]]; then
    kill -KILL "$pid" 2>/dev/null
  fi
done
rm -rf "$folder"
