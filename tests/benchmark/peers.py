"""What Evenkeel is put beside: PyTorch from Python and from C++, in the setting that is fastest for each
workload; onnxruntime for what is only evaluated, dlib for the MLP, both with as many threads as we have."""

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


WORKLOADS = ["chain", "explosion", "mlp_small", "mlp", "layer_norm", "rms_norm", "batch_norm",
             "group_norm", "instance_norm", "batch_norm2d", "cnn", "gpt_small", "gpt",
             "gpt_wide", "gpt_forward", "resnet_forward", "attention_256", "attention_1024", "attention_4096"]
FORWARD = ["gpt_forward", "resnet_forward"]
ONNXRUNTIME = "onnxruntime-node@1.20.1"


class Setting:
    """All that may make a peer faster: "2+1 openmp jemalloc" is 2 threads of its own, 1 of OpenBLAS,
    OpenBLAS's OpenMP build, memory from jemalloc."""

    def __init__(self, own, blas, build, memory):
        self.own, self.blas, self.build, self.memory = own, blas, build, memory

    def __str__(self):
        return f"{self.own}+{self.blas} {self.build[0]} {self.memory[0]}"

    def environment(self, base):
        numbers = {"OMP_NUM_THREADS": str(max(self.own, self.blas)), "OPENBLAS_NUM_THREADS": str(self.blas)}
        return {**base, **numbers, **self.build[1], **self.memory[1]}


class Peer:
    """A program that is given a precision, threads and workloads, and prints milliseconds."""

    def __init__(self, name, command, workloads=None, precisions=("float", "double")):
        self.name, self.command, self.workloads, self.precisions = name, command, workloads, precisions

    def those_of(self, names, precision):
        """What it does of these workloads."""
        if precision not in self.precisions:
            return []
        return [name for name in names if self.workloads is None or name in self.workloads]

    def run(self, precision, setting, names, seconds, base):
        """name → milliseconds."""
        if not names:
            return {}
        done = subprocess.run([*self.command, "--precision", precision, "--threads", str(setting.own),
                               "--seconds", str(seconds), *names],
                              check=True, stdout=subprocess.PIPE, env=setting.environment(base))
        return json.loads(done.stdout)

    def best_settings(self, precision, threads, names, seconds, folder, base):
        """name → the fastest; this one has no choice."""
        setting = Setting(threads, threads, ("pthread", {}), ("glibc keeping memory", GLIBC))
        return dict.fromkeys(self.those_of(names, precision), setting)


class Torch(Peer):
    """PyTorch from one language."""

    def best_settings(self, precision, threads, names, seconds, folder, base):
        """name → the fastest: threads and OpenBLAS's build first, then where memory comes from."""
        names = self.those_of(names, precision)
        searched = sorted({SEARCHED_AS.get(name, name) for name in names})
        fastest = {}

        def try_all(settings_of):
            for setting, some in 2 * settings_of:  # twice, since the machine may be busy the first time
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
    here, found = pathlib.Path(__file__).parent, []
    for python in ["/usr/bin/python3", shutil.which("python3")]:
        if python and subprocess.run([python, "-c", "import torch"], capture_output=True).returncode == 0:
            found.append(Torch("PyTorch", [python, here / "peer.py"]))
            break
    programs = folder / "tests/benchmark"
    if (programs / "peer").exists():
        without = [name for name in WORKLOADS if name not in FORWARD]
        found.append(Torch("PyTorch from C++", [programs / "peer"], without))
    if (programs / "peer_dlib").exists():
        found.append(Peer("dlib", [programs / "peer_dlib"], ["mlp"], ["float"]))
    if found and found[0].name == "PyTorch" and shutil.which("npm"):
        networks = folder / "onnxruntime"
        if not (networks / "node_modules/onnxruntime-node").exists():
            networks.mkdir(exist_ok=True)
            subprocess.run(["npm", "install", "--silent", "--ignore-scripts", "--prefix", networks, ONNXRUNTIME], check=True)
            subprocess.run([*found[0].command, "--export", networks], check=True)
        found.append(Peer("onnxruntime", ["node", here / "peer_onnx.mjs", networks], FORWARD, ["float"]))
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
