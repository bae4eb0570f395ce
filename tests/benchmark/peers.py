"""PyTorch, from Python and from C++, in the setting that is fastest for each workload."""

import json
import os
import pathlib
import shutil
import subprocess

# A workload too slow to be tried in every setting takes that of the same work in small.
SEARCHED_AS = {"attention_4096": "attention_1024"}
# Freed memory stays with the process, as it does in our programs.
GLIBC = {"MALLOC_TRIM_THRESHOLD_": str(2047 << 20), "MALLOC_MMAP_THRESHOLD_": str(32 << 20),
         "MALLOC_TOP_PAD_": str(16 << 20)}


class Setting:
    """All that may make PyTorch faster: "2+1 openmp jemalloc" is 2 threads of its own, 1 of OpenBLAS,
    OpenBLAS's OpenMP build, memory from jemalloc."""

    def __init__(self, own, blas, build, memory):
        self.own, self.blas, self.build, self.memory = own, blas, build, memory

    def __str__(self):
        return f"{self.own}+{self.blas} {self.build[0]} {self.memory[0]}"

    def environment(self, base):
        numbers = {"OMP_NUM_THREADS": str(max(self.own, self.blas)), "OPENBLAS_NUM_THREADS": str(self.blas)}
        return {**base, **numbers, **self.build[1], **self.memory[1]}


class Peer:
    """PyTorch from one language."""

    def __init__(self, language, command):
        self.language, self.command = language, command

    def run(self, precision, setting, names, seconds, base):
        """name → milliseconds."""
        done = subprocess.run([*self.command, "--precision", precision, "--threads", str(setting.own),
                               "--seconds", str(seconds), *names],
                              check=True, stdout=subprocess.PIPE, env=setting.environment(base))
        return json.loads(done.stdout)

    def best_settings(self, precision, threads, names, seconds, folder, base):
        """name → the fastest: threads and OpenBLAS's build first, then where memory comes from."""
        searched = sorted({SEARCHED_AS.get(name, name) for name in names})
        fastest = {}

        def try_all(settings_of):
            for setting, some in settings_of:
                for name, time in self.run(precision, setting, some, seconds, base).items():
                    if name not in fastest or time < fastest[name][0]:
                        fastest[name] = (time, setting)

        memories = memory_settings()
        counts = sorted({1, threads})
        try_all([(Setting(own, blas, build, memories[0]), searched)
                 for own in counts for blas in counts for build in blas_builds(folder)])
        first = {name: setting for name, (_, setting) in fastest.items()}
        try_all([(Setting(one.own, one.blas, one.build, memory), [n for n in searched if first[n] is one])
                 for one in set(first.values()) for memory in memories[1:]])
        return {name: fastest[SEARCHED_AS.get(name, name)][1] for name in names}


def find_peers(folder):
    found = []
    for python in ["/usr/bin/python3", shutil.which("python3")]:
        if python and subprocess.run([python, "-c", "import torch"], capture_output=True).returncode == 0:
            found.append(Peer("Python", [python, pathlib.Path(__file__).parent / "peer.py"]))
            break
    if (folder / "tests/benchmark/peer").exists():
        found.append(Peer("C++", [folder / "tests/benchmark/peer"]))
    return found


def blas_builds(folder):
    """OpenBLAS as installed, and Debian's OpenMP build of it, unpacked beside our build."""
    unpacked = folder / "openblas-openmp"
    if not unpacked.exists() and shutil.which("apt-get") and shutil.which("dpkg-deb"):
        subprocess.run(["apt-get", "-q", "download", "libopenblas0-openmp"], cwd=folder, capture_output=True)
        for package in folder.glob("libopenblas0-openmp_*.deb"):
            subprocess.run(["dpkg-deb", "-x", package, unpacked], check=True)
    openmp = next((file.parent for file in unpacked.rglob("openblas-openmp/libblas.so.3")), None)
    return [("pthread", {})] + ([("openmp", {"LD_LIBRARY_PATH": str(openmp)})] if openmp else [])


def memory_settings():
    """The C library's allocator as it is, told to keep memory, and jemalloc where it is installed."""
    known = subprocess.run(["ldconfig", "-p"], capture_output=True, text=True).stdout if shutil.which("ldconfig") else ""
    settings = [("glibc", {}), ("glibc keeping memory", GLIBC)]
    for line in known.splitlines():
        if "libjemalloc.so.2" in line:
            settings.append(("jemalloc", {"LD_PRELOAD": line.split()[-1]}))
            break
    return settings


def as_a_user_has_it():
    """The environment without what sets OpenBLAS's kernels, and whether that is another one."""
    chosen = {"OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"}
    return {name: value for name, value in os.environ.items() if name not in chosen}, bool(chosen & set(os.environ))
