# Sourced by slurm.t: a whole Slurm on this machine (munged, slurmctld, slurmd) in a temporary folder, on free
# ports of 127.0.0.1, without root, systemd or cgroups, and gone again whatever happens to the test.
# shellcheck shell=bash disable=SC2034
S= # the folder
slurm_pids=()

slurm_there() {
    PATH=$PATH:/usr/sbin:/sbin
    local c
    for c in munged slurmctld slurmd sbatch squeue scontrol scancel; do
        command -v $c > /dev/null || { missing=$c; return 1; }
    done
}

# Two ports that nothing listens on.
free_ports() {
    perl -MIO::Socket::INET -e '
        my @s = map { IO::Socket::INET->new(Listen => 1, LocalAddr => "127.0.0.1", LocalPort => 0) or die } 1 .. 2;
        print join(" ", map { $_->sockport } @s), "\n"'
}

# A daemon in the foreground of a process group of its own, so that all of it can be ended by number.
daemon() { # name command...
    local name=$1
    shift
    setsid "$@" > "$S/$name.out" 2>&1 < /dev/null &
    slurm_pids+=($!)
}

# Ends what was started, by number, and waits until it is gone. Jobs first: their steps are processes of others.
slurm_stop() {
    local p i line
    [ -n "$S" ] || return 0
    if [ ${#slurm_pids[@]} -gt 0 ]; then
        timeout 20 scancel --user "$(id -un)" > /dev/null 2>&1
        for ((i = 0; i < 50; i++)); do
            [ -z "$(timeout 5 squeue -h -t running,completing 2> /dev/null)" ] && break
            sleep 0.2
        done
    fi
    for p in "${slurm_pids[@]}"; do kill -TERM "$p" 2> /dev/null; done
    for p in "${slurm_pids[@]}"; do
        for ((i = 0; i < 50; i++)); do kill -0 "$p" 2> /dev/null || break; sleep 0.1; done
        kill -KILL -- "-$p" 2> /dev/null
        wait "$p" 2> /dev/null
    done
    slurm_pids=()
    # Steps that outlived their daemon: only those whose command line names this folder.
    for p in /proc/[0-9]*; do
        line=$(tr '\0' ' ' 2> /dev/null < "$p/cmdline")
        case $line in *"$S/"*) kill -KILL "${p#/proc/}" 2> /dev/null ;; esac
    done
    rm -rf "$S"
    S=
    return 0
}

slurm_start() { # cpus
    local ports user i
    S=$(mktemp -d /tmp/echometer-slurm.XXXXXX)
    user=$(id -un)
    read -ra ports < <(free_ports)
    mkdir -p "$S/state" "$S/spool"
    chmod 755 "$S"
    (umask 077; dd if=/dev/urandom of="$S/munge.key" bs=64 count=2 2> /dev/null)
    cat > "$S/slurm.conf" << CONF
ClusterName=echometer
SlurmctldHost=$(hostname)(127.0.0.1)
SlurmctldPort=${ports[0]}
SlurmdPort=${ports[1]}
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
AuthType=auth/munge
AuthInfo=socket=$S/munge.socket,cred_expire=5
CredType=cred/munge
SlurmUser=$user
SlurmdUser=$user
SlurmctldPidFile=$S/slurmctld.pid
SlurmdPidFile=$S/slurmd.pid
SlurmctldLogFile=$S/slurmctld.log
SlurmdLogFile=$S/slurmd.log
StateSaveLocation=$S/state
SlurmdSpoolDir=$S/spool
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
SchedulerType=sched/builtin
SchedulerParameters=batch_sched_delay=0,sched_interval=1,sched_min_interval=100000,default_queue_depth=200
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SlurmdParameters=config_overrides
JobAcctGatherType=jobacct_gather/none
JobCompType=jobcomp/none
AccountingStorageType=accounting_storage/none
ReturnToService=2
KillWait=2
CompleteWait=0
MaxArraySize=1001
NodeName=node NodeHostname=$(hostname) NodeAddr=127.0.0.1 CPUs=$1 RealMemory=512 State=UNKNOWN
PartitionName=main Nodes=node Default=YES MaxTime=INFINITE State=UP OverSubscribe=NO
CONF
    printf 'CgroupAutomount=no\nConstrainCores=no\nConstrainRAMSpace=no\n' > "$S/cgroup.conf"
    export SLURM_CONF=$S/slurm.conf
    daemon munged munged --foreground --force --key-file="$S/munge.key" --socket="$S/munge.socket" \
        --pid-file="$S/munged.pid" --log-file="$S/munged.log" --seed-file="$S/munged.seed"
    for ((i = 0; i < 100; i++)); do [ -S "$S/munge.socket" ] && break; sleep 0.1; done
    daemon slurmctld slurmctld -D -c -f "$S/slurm.conf"
    daemon slurmd slurmd -D -N node -f "$S/slurm.conf"
    for ((i = 0; i < 450; i++)); do
        [ "$(timeout 5 sinfo -h -o %T 2> /dev/null)" = idle ] && return 0
        sleep 0.2
    done
    return 1
}
