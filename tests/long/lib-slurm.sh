# Sourced after tests/cli/lib.sh by the tests that need Slurm: a cluster of one
# node, with munge and Slurm's accounting, all of it in $TMP/slurm, started by
# hand and ended by pid.
#     slurm_start
# Then sbatch, squeue, sacct and scontrol speak to this cluster.
slurm_pids=

# slurm_daemon NAME COMMAND...: in the background, its output in NAME.out
slurm_daemon()
{
	local name=$1
	shift
	setsid "$@" >"$slurm/$name.out" 2>&1 &
	echo $! >"$slurm/$name.pid"
	slurm_pids="$! $slurm_pids"
}

# slurm_until WHAT COMMAND...: wait, 10 minutes at most, until the command succeeds
slurm_until()
{
	local what=$1 start=$SECONDS
	shift
	while ((SECONDS - start < 600)); do
		"$@" >"$slurm/until.out" 2>&1 && return
		sleep 0.2
	done
	cat "$slurm/until.out"
	tail -n 20 "$slurm"/*.out
	fail "$what is not ready after 10 minutes"
}

# slurm_stop: end all jobs and daemons. Nothing of theirs is needed afterwards, so
# what has not ended after some seconds is killed.
slurm_stop()
{
	local pid tries
	[ -n "$slurm_pids" ] || return 0
	timeout 2 scancel --user="$(id -un)" 2>/dev/null || :
	# shellcheck disable=SC2086
	kill $slurm_pids 2>/dev/null || :
	[ -z "${caught-}" ] || kill -KILL "$caught" 2>/dev/null || :
	for pid in $slurm_pids; do
		for ((tries = 0; tries < 20; tries++)); do
			[ -d "/proc/$pid" ] || break
			sleep 0.1
		done
		kill -KILL "$pid" 2>/dev/null || :
	done
	slurm_pids=
}

# free_ports N: that many TCP ports that no one listens on
free_ports()
{
	python3 - "$1" <<'PY'
import socket, sys
held = [socket.socket() for _ in range(int(sys.argv[1]))]
for s in held:
    s.bind(("127.0.0.1", 0))
print(*(s.getsockname()[1] for s in held))
PY
}

slurm_munge()
{
	mkdir -m 0755 "$slurm/munge"
	(umask 077 && head -c 128 /dev/urandom >"$slurm/munge/key")
	slurm_daemon munged munged --foreground --force \
		--key-file="$slurm/munge/key" --socket="$slurm/munge/socket" \
		--pid-file="$slurm/munge/pid" --log-file="$slurm/munge/log" \
		--seed-file="$slurm/munge/seed"
	slurm_until munged timeout 60 munge -n --socket="$slurm/munge/socket"
}

slurm_database()
{
	mariadb-install-db --no-defaults --user=root --datadir="$slurm/db" \
		--auth-root-authentication-method=socket --skip-test-db \
		>"$slurm/install-db.out" 2>&1 || fail "$(cat "$slurm/install-db.out")"
	slurm_daemon mariadbd mariadbd --no-defaults --user=root \
		--datadir="$slurm/db" --socket="$slurm/db.sock" \
		--port="$db_port" --bind-address=127.0.0.1 \
		--pid-file="$slurm/db.pid" \
		--innodb-buffer-pool-size=64M --innodb-lock-wait-timeout=900
	slurm_until mariadbd timeout 60 mariadb -S "$slurm/db.sock" -u root -e 'SELECT 1'
	# The server listens on this machine only, and dies with the test.
	mariadb -S "$slurm/db.sock" -u root -e "
		CREATE DATABASE slurm;
		CREATE USER 'slurm'@'127.0.0.1' IDENTIFIED BY 'slurm';
		CREATE USER 'slurm'@'localhost' IDENTIFIED BY 'slurm';
		GRANT ALL ON slurm.* TO 'slurm'@'127.0.0.1';
		GRANT ALL ON slurm.* TO 'slurm'@'localhost';"
}

slurm_configure()
{
	local host
	host=$(hostname -s)
	mkdir -p "$slurm/state" "$slurm/spool"
	# A requeued job waits until its first credential has expired, 2 minutes
	# by default.
	cat >"$slurm/slurm.conf" <<CONF
ClusterName=shvm
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$ctld_port
SlurmdPort=$slurmd_port
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$slurm/munge/socket,cred_expire=15
CredType=cred/munge
StateSaveLocation=$slurm/state
SlurmdSpoolDir=$slurm/spool
SlurmctldPidFile=$slurm/slurmctld.run
SlurmdPidFile=$slurm/slurmd.run
SlurmctldLogFile=$slurm/slurmctld.log
SlurmdLogFile=$slurm/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=1
AccountingStorageType=accounting_storage/slurmdbd
AccountingStorageHost=127.0.0.1
AccountingStoragePort=$dbd_port
AccountingStoragePass=$slurm/munge/socket
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=batch_sched_delay=0,sched_interval=2,bf_interval=2
JobRequeue=1
SlurmdTimeout=10
ReturnToService=2
NodeName=$host NodeAddr=127.0.0.1 CPUs=2 State=UNKNOWN
PartitionName=all Nodes=$host Default=YES MaxTime=60 State=UP
CONF
	cat >"$slurm/slurmdbd.conf" <<CONF
AuthType=auth/munge
AuthInfo=socket=$slurm/munge/socket
DbdHost=localhost
DbdAddr=127.0.0.1
DbdPort=$dbd_port
SlurmUser=root
StorageType=accounting_storage/mysql
StorageHost=127.0.0.1
StoragePort=$db_port
StorageUser=slurm
StoragePass=slurm
StorageLoc=slurm
LogFile=$slurm/slurmdbd.log
PidFile=$slurm/slurmdbd.run
CONF
	chmod 600 "$slurm/slurmdbd.conf"
	export SLURM_CONF=$slurm/slurm.conf
}


slurm_start()
{
	need munged mariadbd mariadb-install-db slurmdbd slurmctld slurmd sbatch \
		sacct python3
	[ "$(id -u)" = 0 ] || skip "slurmd needs root"
	slurm=$TMP/slurm
	mkdir -m 0755 "$slurm"
	read -r ctld_port slurmd_port dbd_port db_port <<<"$(free_ports 4)"
	trap slurm_stop EXIT
	slurm_munge
	slurm_database
	slurm_configure
	slurm_daemon slurmdbd slurmdbd -D
	slurm_until slurmdbd timeout 60 sacctmgr -n list cluster
	timeout 60 sacctmgr -i add cluster shvm >"$slurm/cluster.out" 2>&1 ||
		fail "$(cat "$slurm/cluster.out")"
	slurm_daemon slurmctld slurmctld -D -c
	slurm_until slurmctld timeout 60 scontrol ping
	slurm_daemon slurmd slurmd -D -c
	slurm_until "the node" timeout 60 sh -c "sinfo -h -o %T | grep -qx idle"
}
