"""How cost grows with the work, and peak memory: the second part of what compare prints."""

import json
import os
import subprocess


def print_growth(folder, threads, seconds):
    """Time per node and per token as there are more of them, float."""
    done = subprocess.run([folder / "tests/benchmark/growth", f"--threads={threads}",
                           f"--benchmark_min_time={seconds}", "--benchmark_format=json"],
                          check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    times = {}
    for benchmark in json.loads(done.stdout)["benchmarks"]:
        name, size = benchmark["name"].split("/")[:2]
        times.setdefault(name, {})[int(size)] = benchmark["real_time"]  # nanoseconds
    print(f"\nAs the work grows (float, {threads} threads)\n")
    print("| layers | ns a node, forward and backward |\n|--:|--:|")
    for size, time in times["layers"].items():
        print(f"| {size:,} | {time / (2 * size):.0f} |")
    print("\n| tokens | µs a token, sequences of 16 | µs a token, one sequence |\n|--:|--:|--:|")
    for size, time in times["short_sequences"].items():
        print(f"| {size:,} | {time / size / 1e3:.2f} | {times['one_sequence'][size] / size / 1e3:.2f} |")


def peak_megabytes(command):
    """Of a process and what it waited for: its largest resident set."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return usage.ru_maxrss / 1024


def print_memory(folder, peers, workloads):
    """The largest resident set of a process that does nothing but one workload, float."""
    print("\nPeak memory of the process, MB (float)\n")
    print("| workload | Evenkeel | " + " | ".join(peer.name for peer in peers) + " |")
    print("|---|--:|" + "--:|" * len(peers))
    for name in workloads:
        ours = peak_megabytes([folder / "tests/benchmark/workloads_float", f"--benchmark_filter=^{name}(/|$)",
                               "--benchmark_min_time=0.1"])
        theirs = [peak_megabytes([*peer.command, "--precision", "float", "--threads", "2", "--seconds", "0.1",
                                  name]) for peer in peers]
        print(f"| {name} | " + " | ".join(f"{value:.0f}" for value in [ours, *theirs]) + " |")
