#!/usr/bin/env python3
"""Times netpol beside its peers on the same input, whole processes, one after the other.

aerleon writes NetworkPolicy from terms of addresses and ports, so both get the same number of those. np-guard's
network-config-analyzer (nca) lists who reaches whom, so both get the same pods and policies: real ones, of the examples,
with the workloads in benches/sets, and generated ones. Both are taken from PyPI into a cache folder. Prints a table: CPU
seconds (user and system) and the peak of memory, the median of some runs; a peer that takes longer than LIMIT seconds is
stopped.

Usage: benches/peers.py [aerleon] [real] [nca]        after: cargo build --release --example generate --bin netpol
"""

import os
import pathlib
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import venv

LIMIT = 300
PACKAGES = ["aerleon==1.11.0", "network-config-analyzer==2.1.0"]
TERMS = [1_000, 10_000]
# Pods, namespaces, policies, pods of one workload.
CLUSTERS = [(100, 5, 20, 1), (200, 5, 40, 1), (400, 5, 80, 1), (10_000, 50, 5_000, 10)]

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILT = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release"
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache")) / "netpol" / "peers"


def main():
    wanted = sys.argv[1:] or ["aerleon", "real", "nca"]
    tools = install()
    with tempfile.TemporaryDirectory() as folder:
        print("| input | program | CPU s | peak MiB |\n| --- | --- | ---: | ---: |")
        if "aerleon" in wanted:
            for terms in TERMS:
                aerleon(tools, pathlib.Path(folder) / f"terms-{terms}", terms)
        if "real" in wanted:
            real(tools, pathlib.Path(folder), "boutique", boutique())
            real(tools, pathlib.Path(folder), "recipes", recipes())
        if "nca" in wanted:
            for size in CLUSTERS:
                nca(tools, pathlib.Path(folder) / f"cluster-{size[0]}", *size)


def install():
    """A virtual environment with the peers, made once."""
    if not (CACHE / "done").exists():
        venv.create(CACHE, with_pip=True, clear=True)
        subprocess.run([CACHE / "bin" / "pip", "install", "--quiet", *PACKAGES], check=True)
        (CACHE / "done").touch()
    return CACHE / "bin"


def aerleon(tools, folder, terms):
    for name in ("defs", "out"):
        (folder / name).mkdir(parents=True)
    net = lambda term: f"10.{term // 256 % 256}.{term % 256}.0/24"
    port = lambda term: 1024 + term * 13 % 40_000
    each = range(terms)
    (folder / "defs" / "all.yaml").write_text(
        "networks:\n"
        + "".join(f"  NET_{at}:\n    values:\n      - address: {net(at)}\n" for at in each)
        + "services:\n"
        + "".join(f"  PORT_{at}:\n    - protocol: tcp\n      port: {port(at)}\n" for at in each)
    )
    (folder / "policy.yaml").write_text(
        "filters:\n  - header:\n      targets:\n        k8s: INGRESS\n    terms:\n"
        + "".join(
            f"      - name: term-{at}\n        source-address: NET_{at}\n        destination-port: PORT_{at}\n"
            "        protocol: tcp\n        action: accept\n"
            for at in each
        )
    )
    (folder / "policy.netpol").write_text(
        "namespace shop\nisolate ingress pods\n"
        + "".join(f'@name("term-{at}") allow {net(at)} -> pods on tcp/{port(at)}\n' for at in each)
    )
    arguments = ["--base_directory", ".", "--policy_file", "policy.yaml", "--definitions_directory", "defs"]
    row(f"{terms:,} terms", "aerleon", [tools / "aclgen", *arguments, "--output_directory", "out"], folder, runs=1)
    row(f"{terms:,} terms", "netpol build", [BUILT / "netpol", "build", "policy.netpol", "-o", "-"], folder, runs=5)


def boutique():
    return build(ROOT / "examples" / "boutique" / "boutique.netpol", "default")


def recipes():
    """Each recipe in a namespace of its own, as they contradict each other."""
    files = sorted((ROOT / "examples" / "recipes").glob("*.netpol"))
    return "".join(build(file, f"recipe-{file.name.split('-')[0]}") for file in files)


def build(file, namespace):
    program = file.read_text().replace("\nnamespace default\n", "\n")
    command = [BUILT / "netpol", "build", "-", "-n", namespace, "-o", "-"]
    built = subprocess.run(command, input=program, text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
    return built.stdout


def real(tools, folder, name, policies):
    (folder / f"{name}.yaml").write_text(policies)
    cluster = ROOT / "benches" / "sets" / f"{name}.yaml"
    compare(tools, f"{name}, {policies.count('kind: NetworkPolicy')} policies", folder, f"{name}.yaml", cluster, runs=5)


def nca(tools, folder, pods, namespaces, policies, replicas):
    numbers = [str(number) for number in (pods, namespaces, policies, replicas, 1)]
    subprocess.run([BUILT / "examples" / "generate", "cluster", folder, *numbers], check=True)
    compare(tools, f"{pods:,} pods, {policies:,} policies", folder, "policies.yaml", "cluster.yaml", runs=1)


def compare(tools, what, folder, policies, cluster, runs):
    """nca and `netpol reach` on the same files."""
    arguments = ["--connectivity", policies, "-r", cluster, "--output_endpoints", "pods"]
    row(what, "nca", [tools / "nca", *arguments], folder, runs)
    row(what, "netpol reach", [BUILT / "netpol", "reach", policies, "--cluster", cluster], folder, runs=5)


def row(what, program, command, folder, runs):
    measured = [measure(command, folder) for _ in range(runs)]
    if None in measured:
        print(f"| {what} | {program} | over {LIMIT} | |", flush=True)
        return
    seconds, memory = (statistics.median(column) for column in zip(*measured))
    print(f"| {what} | {program} | {seconds:.3f} | {memory / 1024:.0f} |", flush=True)


def measure(command, folder):
    """CPU seconds and peak KiB of one run; None where it took too long."""
    # The child's own child, so that the usage of its parent counts nothing else.
    reading, writing = os.pipe()
    if (child := os.fork()) == 0:
        os.setpgid(0, 0)
        result = subprocess.run(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        os.write(writing, f"{result.returncode} {usage.ru_utime + usage.ru_stime} {usage.ru_maxrss}".encode())
        os._exit(0)
    os.close(writing)
    end = time.monotonic() + LIMIT
    while os.waitpid(child, os.WNOHANG) == (0, 0):
        if time.monotonic() > end:
            os.killpg(child, 9)
            os.waitpid(child, 0)
            os.close(reading)
            return None
        time.sleep(0.01)
    status, seconds, memory = os.read(reading, 100).split()
    os.close(reading)
    if int(status) != 0:
        sys.exit(f"failed: {' '.join(map(str, command))}")
    return float(seconds), int(memory)


main()
