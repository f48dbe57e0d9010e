#!/usr/bin/env bash
# Sends a sweep to Slurm: a job array of SHARDS tasks, and a job that merges them into DB when all have
# ended well. Prints the numbers of both jobs. Once more with the same arguments computes what is missing.
# usage: submit.sh [OPTION OF sbatch]... SWEEP DB SHARDS [OPTION OF fleetcast sweep]...
# as in: submit.sh --partition=cpu --cpus-per-task=16 --time=4:00:00 million.yaml million.db 32
# SWEEP and DB are on a file system that all nodes see. Options of sbatch are written with `=`; those
# after SHARDS are passed to every shard. --array=1-32%8 runs eight at once, --array=3 one anew.
set -euo pipefail

options=()
while [[ ${1:-} == -* ]]; do
  options+=("$1")
  shift
done
if [[ $# -lt 3 || ! $3 =~ ^[1-9][0-9]*$ ]]; then
  sed -n -e 's/^# usage: /usage: /p' -e 's/^# as in: /as in: /p' "$0" >&2
  exit 2
fi
sweep=$1 db=$2 shards=$3
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)

array=$(sbatch --parsable "--array=1-$shards" "${options[@]}" "$here/sweep.sbatch" "$@")
# A federation answers JOB;CLUSTER.
array=${array%%;*}

# The merge runs once, on one CPU, whatever was asked for the shards.
merge_options=()
for option in "${options[@]}"; do
  case $option in
    --array=* | -a* | --cpus-per-task=* | -c*) ;;
    *) merge_options+=("$option") ;;
  esac
done
merge=$(sbatch --parsable "${merge_options[@]}" "--dependency=afterok:$array" --kill-on-invalid-dep=yes \
  "$here/merge.sbatch" "$db" "$shards")
echo "shards of $sweep: job $array; merge into $db: job ${merge%%;*}"
