"""SLURM on one node, for as long as a test wants it: real daemons, on loopback, in one folder."""

import getpass
import os
import socket
import subprocess
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path

from patience import promised
from programs import need

# Without control groups, which a container may not have. More processors than there may be, so that
# jobs that ask for some are begun, and several at a time.
CONF = """
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
NodeName={host} NodeAddr=127.0.0.1 CPUs=8 RealMemory=64000 State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES State=UP
SlurmdParameters=config_overrides
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
SlurmctldPort={controller}
SlurmdPort={node}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CredType=cred/munge
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
JobAcctGatherType=jobacct_gather/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
ReturnToService=2
MailProg=/bin/true
SwitchType=switch/none
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
"""


@contextmanager
def slurm(folder):
    """Start it, and yield the environment in which its commands find it."""
    munged = need("munged", package="munge")
    controller, node = (need(name, package="slurm-wlm") for name in ("slurmctld", "slurmd"))
    folder.mkdir(mode=0o755)
    for name in ("state", "spool"):
        (folder / name).mkdir()
    key = folder / "munge.key"
    key.touch(mode=0o600)
    key.write_bytes(os.urandom(1024))
    ports = dict(zip(("controller", "node"), _free_ports(2), strict=True))
    host, user = socket.gethostname().partition(".")[0], getpass.getuser()
    conf = folder / "slurm.conf"
    conf.write_text(CONF.format(host=host, user=user, folder=folder, **ports))
    environment = {**os.environ, "SLURM_CONF": str(conf)}
    own = [f"--{name}={folder}/munge.{name.split('-')[0]}" for name in ("pid-file", "log-file")]
    own += [f"--seed-file={folder}/munge.seed", f"--key-file={key}"]
    own += [f"--socket={folder}/munge.socket"]
    with ExitStack() as started:
        for command in (
            [munged, "--foreground", "--force", *own],
            [controller, "-D"],
            [node, "-D", "-N", host],
        ):
            log = started.enter_context((folder / f"{Path(command[0]).name}.out").open("wb"))
            process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
            started.callback(_end, process)
            if command[0] == munged:
                with promised(30):
                    while not (folder / "munge.socket").exists():
                        assert process.poll() is None, (folder / "munged.out").read_text()
                        time.sleep(0.05)
        with promised(60):
            while "idle" not in _ask(["sinfo", "-h", "-o", "%t"], environment):
                time.sleep(0.2)
        yield environment


def wait_until_empty(environment):
    """Wait until no job is left in the queue."""
    while _ask(["squeue", "-h"], environment):
        time.sleep(0.5)


def _ask(command, environment):
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    return done.stdout.strip()


def _end(process):
    process.terminate()
    with promised(30):
        process.wait()


def _free_ports(n):
    with ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(n)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
