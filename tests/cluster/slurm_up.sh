#!/usr/bin/env bash
# Starts a Slurm of one node, this one, with all its files in FOLDER, which it makes; as root, without
# systemd, and with nothing in /etc. Jobs reach it by SLURM_CONF=FOLDER/slurm.conf.
# usage: tests/cluster/slurm_up.sh FOLDER [CPUS]   (CPUS it pretends to have, 4)
# Requires: slurmctld, slurmd, slurm-client and munge of Debian 12; slurm_down.sh FOLDER ends it.
set -euo pipefail

usage() { sed -n '2,5s/^# //p' "$0" >&2; exit 2; }
[[ $# -ge 1 && $# -le 2 ]] || usage
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
mkdir -p "$1"
folder=$(cd "$1" && pwd -P)
cpus=${2:-4}
node=$(hostname -s)

# A path of a socket is at most 107 bytes; slurmstepd's is FOLDER/spool/NODE_JOB.STEP.
if ((${#folder} + ${#node} > 70)); then
  echo "slurm_up.sh: $folder: too long for the paths of sockets below it" >&2
  exit 2
fi
if [[ -e $folder/slurm.conf ]]; then
  echo "slurm_up.sh: $folder: has a Slurm already; slurm_down.sh ends it" >&2
  exit 2
fi
if [[ $(id -u) -ne 0 ]]; then
  echo "slurm_up.sh: slurmd runs as root only" >&2
  exit 2
fi
for program in munged slurmctld slurmd sbatch scontrol; do
  command -v "$program" >/dev/null || { echo "slurm_up.sh: needs $program" >&2; exit 2; }
done

# Two ports that nobody listens on now.
free_ports() {
  python3 - <<'PYTHON'
import socket
held = [socket.socket() for _ in range(2)]
for s in held:
    s.bind(("127.0.0.1", 0))
print(*(s.getsockname()[1] for s in held))
PYTHON
}

write_config() {
  local ctld_port slurmd_port
  read -r ctld_port slurmd_port < <(free_ports)
  cat >"$folder/slurm.conf" <<CONF
ClusterName=fleetcast
SlurmctldHost=$node(127.0.0.1)
SlurmctldPort=$ctld_port
SlurmdPort=$slurmd_port
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$folder/munge/socket
CredType=cred/munge
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.pid
SlurmctldLogFile=$folder/slurmctld.log
SlurmdLogFile=$folder/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerType=sched/backfill
SchedulerParameters=batch_sched_delay=0,sched_min_interval=0,bf_interval=1
ReturnToService=2
KillWait=2
MailProg=/bin/true
# More CPUs than the machine has, so that several tasks run at once on any.
SlurmdParameters=config_overrides
NodeName=$node NodeAddr=127.0.0.1 CPUs=$cpus State=UNKNOWN
PartitionName=all Nodes=$node Default=YES MaxTime=INFINITE State=UP
CONF
}

start_munge() {
  install -d -m 0755 "$folder/munge"
  (umask 077 && head -c 128 /dev/urandom >"$folder/munge/key")
  # Its folder may be for root alone, as mktemp makes it; munged calls that an error.
  munged --force --socket="$folder/munge/socket" --key-file="$folder/munge/key" \
    --pid-file="$folder/munged.pid" --log-file="$folder/munge/log" --seed-file="$folder/munge/seed"
}

# At most 20 s.
wait_until_idle() {
  for _ in {1..100}; do
    [[ $(sinfo --noheader --format=%T 2>/dev/null) == idle ]] && return 0
    sleep 0.2
  done
  echo "slurm_up.sh: the node did not become idle; the ends of the logs:" >&2
  tail -n 5 "$folder"/slurm*.log >&2
  return 1
}

write_config
trap '"$here/slurm_down.sh" "$folder"' ERR
mkdir -p "$folder/state" "$folder/spool"
export SLURM_CONF=$folder/slurm.conf
start_munge
slurmctld
slurmd
wait_until_idle
