#!/usr/bin/env python3
"""Measures the kernels, collectives and training steps of your own GPUs with PyTorch, and writes
what `fleetcast validate` and `fleetcast calibrate` read. README.md beside this file says how.

Without PyTorch or a GPU it says what is missing (exit code 3); --list shows what would be measured.
Exit codes: 0 measured, 1 the GPU failed, 2 wrong input, 3 nothing to measure on, 130 Ctrl-C.
"""
import argparse
import collections
import contextlib
import csv
import datetime
import functools
import gc
import io
import itertools
import json
import math
import os
import random
import re
import signal
import statistics
import subprocess
import sys
import threading
import time
import warnings
import zlib

# --------------------------------------------------------------------------------------------------
# What is written: the columns of fleetcast's kernel tables, times in us, GB = 1e9 bytes.

GEMM_COLUMNS = "gpu,dtype,m,n,k,time_us,tflops,source"
ATTENTION_COLUMNS = ("gpu,dtype,direction,batch,heads,kv_heads,head_dim,seq,causal,time_us,tflops,"
                     "source")
# File of each table ({} is the GPU), and its columns. Times at settled clocks have files of their
# own: what fleetcast predicts for a table is a burst.
TABLES = {
    "gemm": ("gemm_{}.csv", GEMM_COLUMNS),
    "gemm sustained": ("gemm_sustained_{}.csv", GEMM_COLUMNS),
    "grouped": ("grouped_gemm_{}.csv", GEMM_COLUMNS),
    "attention": ("attention_{}.csv", ATTENTION_COLUMNS),
    "attention sustained": ("attention_sustained_{}.csv", ATTENTION_COLUMNS),
    "memory": ("memory_{}.csv",
               "gpu,op,dtype,direction,rows,cols,bytes,time_us,GBps,frac_peak,source"),
    "training": ("training_{}.yaml", ""),
    "collectives": ("collectives.csv", "system,collective,ranks,nodes,link,bytes,time_us,"
                    "algbw_GBps,busbw_GBps,source"),
    "skipped": ("skipped.csv", "measurement,reason"),
}
# Shares of the time; collectives stand alone, under torchrun.
KINDS = {"gemm": 0.35, "grouped": 0.05, "attention": 0.20, "memory": 0.10, "training": 0.30,
         "collectives": 1.00}
STACK = "pytorch 2025"  # configs/stacks/pytorch-2025.yaml
SEED = 20250101

# One GPU of configs/gpus: how PyTorch names it, the gpu column, its system in configs/clusters, the
# system column of collectives, peak of HBM in TB/s (datasheets, as configs/gpus), scale-up link.
Known = collections.namedtuple("Known", "pattern label cluster system hbm link")
KNOWN_GPUS = [
    Known(r"GB300", "GB300", "gb300-nvl72", "GB300", 8.0, "NVLink5 900GB/s/dir"),
    Known(r"GB200", "GB200", "gb200-nvl72", "GB200", 8.0, "NVLink5 900GB/s/dir"),
    Known(r"GH200", "GH200", "gh200-nvl32", "GH200", 4.9, "NVLink4 450GB/s/dir"),
    Known(r"B300", "B300-SXM", "b300", "B300-SXM", 7.7, "NVLink5 900GB/s/dir"),
    Known(r"B200", "B200-SXM", "b200", "B200-SXM", 7.7, "NVLink5 900GB/s/dir"),
    Known(r"B100", "B100-SXM", "b100", "B100-SXM", 8.0, "NVLink5 900GB/s/dir"),
    Known(r"H200(?! NVL)", "H200-SXM", "h200", "H200-SXM", 4.8, "NVLink4 450GB/s/dir"),
    Known(r"H800(?! PCIe)", "H800-SXM5", "h800", "H800", 3.35, "NVLink4 200GB/s/dir"),
    Known(r"H20\b", "H20", "h20", "H20", 4.0, "NVLink4 450GB/s/dir"),
    Known(r"H100 PCIe", "H100-PCIe", "h100-80gb-pcie", "H100-PCIe", 2.0, "PCIe 5.0 x16"),
    Known(r"H100(?! NVL)", "H100-SXM5-80GB", "h100-80gb-sxm", "H100-SXM5", 3.35,
          "NVLink4 450GB/s/dir"),
    Known(r"A100-SXM4-80GB", "A100-SXM4-80GB", "a100-80gb-sxm", "A100-SXM4", 2.039,
          "NVLink3 300GB/s/dir"),
    Known(r"A100-SXM4-40GB", "A100-SXM4-40GB", "a100-40gb-sxm", "A100-SXM4", 1.555,
          "NVLink3 300GB/s/dir"),
    Known(r"V100-SXM2-32GB", "V100-SXM2-32GB", "v100-32gb-sxm2", "V100-SXM2", 0.9,
          "NVLink2 150GB/s/dir"),
    Known(r"MI300X", "MI300X", "mi300x", "MI300X", 5.3, "xGMI 448GB/s/dir"),
    Known(r"MI325X", "MI325X", "mi325x", "MI325X", 6.0, "xGMI 448GB/s/dir"),
    Known(r"MI355X", "MI355X", "mi355x", "MI355X", 8.0, "xGMI 538GB/s/dir"),
]

# What every row says of where it was measured.
Facts = collections.namedtuple("Facts", "label cluster system hbm link source")
# Result of one kernel measurement.
Timing = collections.namedtuple("Timing", "us note")


class Skip(Exception):
    """One measurement that cannot be had. `for_all`: nor can the others of its feature, or of all
    features that begin with this text."""

    def __init__(self, reason, for_all=False):
        super().__init__(reason)
        self.for_all = for_all


class GpuLost(Exception):
    """The process cannot use its GPU any more."""


def slug(text):
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def known_gpu(name):
    """The table's row for a GPU as PyTorch or the gpu column names it; a bare one otherwise."""
    for known in KNOWN_GPUS:
        if name == known.label or re.search(known.pattern, name):
            return known
    label = re.sub(r"^(NVIDIA|AMD|Tesla) ", "", name).strip().replace(" ", "-")
    return Known("", label, slug(label), label, 0.0, "not known")


# --------------------------------------------------------------------------------------------------
# What is measured. Each kind is an ordered list: any beginning of it covers the space, so what the
# time does not reach is only denser.

Task = collections.namedtuple("Task", "kind key params seconds feature")


def merged(lists):
    """[(weight, tasks)] as one list in which each list advances in proportion to its weight."""
    places = [((i + 1) / weight, order, i, task) for order, (weight, tasks) in enumerate(lists)
              for i, task in enumerate(tasks)]
    return [place[3] for place in sorted(places, key=lambda place: place[:3])]


def shuffled(items, seed):
    items = list(items)
    random.Random(seed).shuffle(items)
    return items


# hidden size: MLP width, as in Llama 3.2 1B and 3B, 3.1 8B, Llama 2 13B, Mixtral 8x22B, Llama 3.1
# 70B, GPT-3 175B, Llama 3.1 405B.
WIDTHS = {2048: 8192, 3072: 8192, 4096: 14336, 5120: 13824, 6144: 16384, 8192: 28672, 12288: 49152,
          16384: 53248}
EXPERTS = [(2048, 768), (4096, 1536), (7168, 2048), (4096, 14336), (5120, 8192)]
MOST_FLOP = 4e13


def linear_shapes(m, hidden, tp):
    """(m, n, k) of a layer's linears and the logits at this tensor-parallel degree."""
    ffn = WIDTHS[hidden]
    return [(m, (hidden + 2048) // tp, hidden), (m, hidden, hidden // tp),
            (m, 2 * ffn // tp, hidden), (m, hidden, ffn // tp), (m, 128256 // tp, hidden)]


def gemm_shapes():
    """Forward (m, n, k): tokens, outputs, inputs; first the most usual ones, then the rest."""
    core = [s for m, hidden, tp in itertools.product((4096, 8192), (4096, 8192), (1, 8))
            for s in linear_shapes(m, hidden, tp)]
    grid = [s for m, hidden, tp in itertools.product((1024, 2048, 4096, 8192, 16384, 32768), WIDTHS,
                                                     (1, 2, 4, 8))
            for s in linear_shapes(m, hidden, tp)]
    small = [(m, n, k) for m in (16, 64, 128, 256, 512) for n, k in
             ((1024, 1024), (4096, 1024), (4096, 4096), (8192, 2048), (2048, 8192))]
    experts = [s for m in (128, 512, 2048, 8192) for hidden, ffn in EXPERTS
               for s in ((m, 2 * ffn, hidden), (m, hidden, ffn))]
    draw = random.Random(SEED)
    odd = [tuple(max(1, round(2 ** draw.uniform(low, high) / 64)) * 64
                 for low, high in ((8, 15), (8, 14), (8, 14))) for _ in range(200)]
    rest = merged([(4, shuffled(grid, 1)), (1, shuffled(small, 2)), (1, shuffled(experts, 3)),
                   (1, odd)])
    seen = dict.fromkeys(shuffled(core, 4) + rest)
    return [s for s in seen if 2.0 * s[0] * s[1] * s[2] <= MOST_FLOP]


# Pass: layout of A and B (row-major; T = read transposed), and its (m, n, k) from the forward one.
PASSES = {
    "fwd": ("NT", lambda m, n, k: (m, n, k)),
    "dgrad": ("NN", lambda m, n, k: (m, k, n)),
    "wgrad": ("TN", lambda m, n, k: (n, k, m)),
}
# FLOP/s to plan with when nothing is measured yet, and weight in the order of measurements.
GEMM_DTYPES = {"bf16": (4e14, 4), "fp16": (4e14, 0.5), "fp8": (8e14, 2.5), "mxfp8": (1.6e15, 1),
               "nvfp4": (2.5e15, 1)}


def gemm_task(dtype, direction, shape, mode):
    m, n, k = PASSES[direction][1](*shape)
    # fp8 and narrower kernels take A row-major and B column-major: other layouts are transposed
    # copies made by the cast before, so the GEMM is always this one.
    layout = PASSES[direction][0] if dtype in ("bf16", "fp16") else "NT"
    at_work = 2.0 * m * n * k / GEMM_DTYPES[dtype][0]
    return Task("gemm", f"gemm {dtype} {direction} {layout} {m}x{n}x{k} {mode}",
                {"dtype": dtype, "pass": direction, "layout": layout, "m": m, "n": n, "k": k,
                 "mode": mode},
                1.5 if mode == "sustained" else 0.08 + 20 * at_work, f"gemm {dtype}")


def gemm_tasks():
    lists = []
    shapes = gemm_shapes()
    for dtype, (_, weight) in GEMM_DTYPES.items():
        passes = itertools.cycle(PASSES)
        bursts = [gemm_task(dtype, next(passes), shape, "burst") for shape in shapes]
        lasting = [s for s in shapes if 2.0 * s[0] * s[1] * s[2] >= 2e11]
        sustained = [gemm_task(dtype, next(passes), shape, "sustained") for shape in lasting]
        lists += [(weight, bursts), (weight / 15, sustained)]
    return list({task.key: task for task in merged(lists)}.values())


def grouped_tasks():
    grid = [(experts, m, n, k) for experts in (4, 8, 16, 32) for m in (128, 512, 2048)
            for hidden, ffn in EXPERTS[:4] for n, k in ((2 * ffn, hidden), (hidden, ffn))]
    return [Task("grouped", f"grouped bf16 {how} {e} x {m}x{n}x{k}",
                 {"how": how, "experts": e, "m": m, "n": n, "k": k}, 0.15, f"grouped {how}")
            for e, m, n, k in shuffled(grid, 5) if 2.0 * e * m * n * k <= MOST_FLOP
            for how in ("grouped_mm", "loop")]


# (heads, kv heads, head size, value size)
HEADS = [(32, 8, 128, 128), (8, 1, 128, 128), (32, 32, 128, 128), (64, 8, 128, 128),
         (32, 8, 64, 64), (16, 16, 64, 64), (16, 16, 256, 256), (16, 8, 256, 256),
         (16, 16, 192, 128),
         (64, 64, 192, 128)]
BACKENDS = ("cudnn", "flash", "flash_attn", "flash_attn_3")


def attention_shapes():
    for (heads, kv, d, dv), s in itertools.product(HEADS, (512, 1024, 2048, 4096, 8192, 16384,
                                                           32768)):
        causals = (1, 0) if s in (2048, 8192) and heads == 32 else (1,)
        for batch, causal in itertools.product(sorted({1, max(1, 16384 // s)}), causals):
            for direction in ("fwd", "bwd"):
                yield {"direction": direction, "batch": batch, "heads": heads, "kv": kv, "d": d,
                       "dv": dv, "seq": s, "causal": causal}


def attention_task(shape, backend, mode):
    p = {**shape, "backend": backend, "mode": mode}
    key = (f"attention {backend} {p['direction']} b{p['batch']} h{p['heads']}/{p['kv']} "
           f"d{p['d']}/{p['dv']} s{p['seq']}{' causal' if p['causal'] else ''} {mode}")
    seconds = 1.5 if mode == "sustained" else 0.1 + 20 * attention_flop(p) / 3e14
    return Task("attention", key, p, seconds,
                f"attention {backend} d{p['d']}/{p['dv']} {p['direction']}")


def attention_tasks():
    lists = []
    shapes = shuffled((p for p in attention_shapes() if attention_flop(p) <= 1.5 * MOST_FLOP), 6)
    lasting = [p for p in shapes if attention_flop(p) >= 1e12]
    for backend in BACKENDS:
        weight = 2 if backend == "cudnn" else 1
        lists += [(weight, [attention_task(p, backend, "burst") for p in shapes]),
                  (weight / 15, [attention_task(p, backend, "sustained") for p in lasting])]
    return merged(lists)


def attention_flop(p):
    """Scores and their product with the values; half when causal; backward 2.5 times forward."""
    flop = 2.0 * p["batch"] * p["heads"] * p["seq"] ** 2 * (p["d"] + p["dv"])
    return flop * (0.5 if p["causal"] else 1.0) * (2.5 if p["direction"] == "bwd" else 1.0)


# op: dtype column and, by direction, bytes an element: inputs read once, outputs written once.
MEMORY_OPS = {
    "copy": ("bf16", {"fwd": 4}), "residual_add": ("bf16", {"fwd": 6}),
    "rms_norm": ("bf16", {"fwd": 4, "bwd": 6}), "layer_norm": ("bf16", {"fwd": 4, "bwd": 6}),
    "silu_mul": ("bf16", {"fwd": 6, "bwd": 10}), "gelu": ("bf16", {"fwd": 4, "bwd": 6}),
    "softmax": ("bf16", {"fwd": 4, "bwd": 6}), "cross_entropy": ("bf16", {"fwd": 2, "bwd": 4}),
    "rotary": ("bf16", {"fwd": 4, "bwd": 4}), "permute": ("bf16", {"fwd": 4}),
    "unpermute": ("bf16", {"fwd": 4}), "fp8_quant_static": ("bf16->fp8", {"fwd": 3}),
    "fp8_quant_dynamic": ("bf16->fp8", {"fwd": 5}), "adam": ("fp32", {"fwd": 28}),
    "grad_norm": ("fp32", {"fwd": 4}),
}
COLS = {"cross_entropy": (32000, 128256), "silu_mul": (2048, 7168, 14336), "gelu": (8192, 16384),
        "adam": (1 << 20, 1 << 23, 1 << 26, 1 << 28),
        "grad_norm": (1 << 20, 1 << 23, 1 << 26, 1 << 28)}


def memory_tasks(compiled):
    backends = ("pytorch", "transformer_engine") + (("torch_compile",) if compiled else ())
    tasks = []
    for backend, (op, (dtype, by)) in itertools.product(backends, MEMORY_OPS.items()):
        if backend != "pytorch" and op in ("copy", "adam", "grad_norm", "permute", "unpermute"):
            continue
        if backend == "transformer_engine" and op not in ("rms_norm", "layer_norm"):
            continue
        rows = (1,) if op in ("adam", "grad_norm") else (256, 1024, 4096, 8192, 32768)
        for r, c, direction in itertools.product(rows, COLS.get(op, (2048, 4096, 8192)), by):
            size = r * c * by[direction]
            if size > 8e9:
                continue
            tasks.append(Task("memory", f"memory {op} {backend} {direction} {r}x{c}",
                              {"op": op, "dtype": dtype, "backend": backend, "direction": direction,
                               "rows": r, "cols": c, "bytes": size}, 0.08 + 60 * size / 1e12,
                              f"memory {op} {backend}"))
    return shuffled(tasks, 7)


# name: the model as fleetcast's rows state it.
MODELS = {
    "llama-1.5b": {"layers": 16, "hidden": 2048, "ffn_hidden": 8192, "heads": 32, "kv_heads": 8,
                   "vocab": 128256, "gated": True},
    "llama-8b-8l": {"layers": 8, "hidden": 4096, "ffn_hidden": 14336, "heads": 32, "kv_heads": 8,
                    "vocab": 32000, "gated": True},
    "llama-8b-16l": {"layers": 16, "hidden": 4096, "ffn_hidden": 14336, "heads": 32, "kv_heads": 8,
                     "vocab": 128256, "gated": True},
    "gpt-1.4b": {"layers": 24, "hidden": 2048, "ffn_hidden": 8192, "heads": 16, "kv_heads": 16,
                 "vocab": 51200, "gated": False, "activation": "gelu"},
    "moe-16x2": {"layers": 8, "hidden": 2048, "ffn_hidden": 2048, "heads": 16, "kv_heads": 4,
                 "vocab": 32000, "gated": True, "experts": 16, "top_k": 2, "moe_ffn_hidden": 2048},
    "moe-64x8": {"layers": 6, "hidden": 2048, "ffn_hidden": 768, "heads": 16, "kv_heads": 4,
                 "vocab": 32000, "gated": True, "experts": 64, "top_k": 8, "moe_ffn_hidden": 768},
}
# model, seq, micro-batch, micro-batches a step, recompute
RUNS = [
    ("llama-1.5b", 4096, 2, 4, "none"), ("llama-8b-8l", 4096, 1, 4, "none"),
    ("moe-16x2", 4096, 2, 4, "none"), ("llama-8b-8l", 4096, 2, 4, "full"),
    ("moe-64x8", 4096, 1, 4, "none"), ("gpt-1.4b", 2048, 4, 2, "none"),
    ("llama-8b-16l", 4096, 1, 8, "full"), ("llama-1.5b", 8192, 1, 2, "none"),
    ("llama-8b-8l", 8192, 1, 2, "full"), ("llama-1.5b", 2048, 1, 1, "none"),
    ("llama-8b-8l", 2048, 4, 8, "none"), ("moe-16x2", 4096, 4, 2, "full"),
]


def training_tasks(compiled):
    tasks = []
    recipes = [("bf16", False), ("fp8-current", False), ("mxfp8", False)]
    recipes += [("bf16", True)] if compiled else []
    for precision, is_compiled in recipes:
        for model, seq, micro, accumulate, recompute in RUNS:
            if precision != "bf16" and "experts" in MODELS[model]:
                continue
            p = {"model": model, "seq": seq, "micro_batch": micro, "accumulate": accumulate,
                 "recompute": recompute, "precision": precision, "compiled": is_compiled}
            key = (f"{model}-s{seq}-mb{micro}-gb{micro * accumulate}-{precision}-{recompute}"
                   f"{'-compiled' if is_compiled else ''}")
            tasks.append((precision, is_compiled, Task("training", key, p, 20.0,
                                                       f"training {precision}")))
    return merged([(3 if recipe == ("bf16", False) else 1,
                    [t for a, b, t in tasks if (a, b) == recipe]) for recipe in recipes])


COLLECTIVES = ("all_reduce", "all_gather", "reduce_scatter", "alltoall", "send_recv")
# nccl-tests, doc/PERFORMANCE.md: bus bandwidth over algorithm bandwidth at n ranks.
BUS = {"all_reduce": lambda n: 2 * (n - 1) / n, "all_gather": lambda n: (n - 1) / n,
       "reduce_scatter": lambda n: (n - 1) / n, "alltoall": lambda n: (n - 1) / n,
       "send_recv": lambda n: 1.0}


def collective_tasks():
    coarse = [1 << p for p in range(10, 34, 3)]
    fine = [1 << p for p in range(10, 34) if 1 << p not in coarse]
    return [Task("collectives", f"{op} {size}", {"op": op, "bytes": size},
                 0.05 + 60 * size / 2e11, f"collective {op}")
            for sizes in (coarse, fine) for size in sizes for op in COLLECTIVES]


def tasks_of(kind, compiled):
    if kind == "gemm":
        return gemm_tasks()
    if kind == "grouped":
        return grouped_tasks()
    if kind == "attention":
        return attention_tasks()
    if kind == "memory":
        return memory_tasks(compiled)
    if kind == "training":
        return training_tasks(compiled)
    return collective_tasks()


def shares_of(kinds):
    total = sum(KINDS[kind] for kind in kinds)
    return {kind: KINDS[kind] / total for kind in kinds}


def table_of(task):
    return f"{task.kind} sustained" if task.params.get("mode") == "sustained" else task.kind


# --------------------------------------------------------------------------------------------------
# Rows.

def number(value):
    return f"{value:.6g}"


def gemm_row(p, timing, facts):
    flop = 2.0 * p["m"] * p["n"] * p["k"]
    return {"gpu": facts.label, "dtype": p["dtype"], "m": p["m"], "n": p["n"], "k": p["k"],
            "time_us": number(timing.us), "tflops": number(flop / timing.us / 1e6),
            "source": f"{facts.source}; {p['mode']} {p['pass']} {p['layout']}; {timing.note}"}


def grouped_row(p, timing, facts):
    """m: rows of all experts together."""
    rows = p["experts"] * p["m"]
    flop = 2.0 * rows * p["n"] * p["k"]
    how = "torch._grouped_mm" if p["how"] == "grouped_mm" else "loop of torch.mm"
    return {"gpu": facts.label, "dtype": "bf16_grouped", "m": rows, "n": p["n"], "k": p["k"],
            "time_us": number(timing.us), "tflops": number(flop / timing.us / 1e6),
            "source": f"{facts.source}; experts={p['experts']} of {p['m']} rows, {how}; "
                      f"{timing.note}"}


def attention_row(p, timing, facts):
    value = "" if p["d"] == p["dv"] else f" dv={p['dv']}"
    return {"gpu": facts.label, "dtype": "bf16", "direction": p["direction"], "batch": p["batch"],
            "heads": p["heads"], "kv_heads": p["kv"], "head_dim": p["d"], "seq": p["seq"],
            "causal": p["causal"], "time_us": number(timing.us),
            "tflops": number(attention_flop(p) / timing.us / 1e6),
            "source": f"{facts.source}; backend={p['backend']}{value}; "
                      f"{p['mode']}; {timing.note}"}


def memory_row(p, timing, facts):
    rate = p["bytes"] / timing.us / 1e3
    share = rate / (facts.hbm * 1e3) if facts.hbm else 0.0
    return {"gpu": facts.label, "op": p["op"], "dtype": p["dtype"], "direction": p["direction"],
            "rows": p["rows"], "cols": p["cols"], "bytes": p["bytes"],
            "time_us": number(timing.us), "GBps": number(rate), "frac_peak": f"{share:.4f}",
            "source": f"{facts.source}; backend={p['backend']}; {timing.note}"}


def collective_row(p, timing, facts, ranks, nodes):
    rate = p["bytes"] / timing.us / 1e3
    return {"system": facts.system, "collective": p["op"], "ranks": ranks, "nodes": nodes,
            "link": facts.link, "bytes": p["bytes"], "time_us": number(timing.us),
            "algbw_GBps": number(rate), "busbw_GBps": number(rate * BUS[p["op"]](ranks)),
            "source": f"{facts.source}; {timing.note}"}


def training_row(task, result, facts, date):
    """A row of measurements, as fleetcast's sim/config/measurement.cpp reads it."""
    p = task.params
    model = MODELS[p["model"]]
    sequences = p["micro_batch"] * p["accumulate"]
    knobs = {"fp32_grad_accumulation": True, "framework": result["framework"]}
    if p["compiled"]:
        knobs["fused_kernels"] = True
    if "experts" in model:
        knobs["moe_force_balance"] = True
        knobs["moe_grouped_gemm"] = result["grouped"]
    measured = {"step_time_s": float(number(result["step_time_s"])),
                "memory_gib_peak": float(number(result["allocated_gib"])),
                "memory_gib_reserved": float(number(result["reserved_gib"])),
                "tokens_per_s_per_gpu": float(number(sequences * p["seq"] / result["step_time_s"]))}
    return {"id": f"measured-{slug(facts.label)}-{task.key}", "source": f"{facts.source}; "
            f"{result['note']}", "date": date, "system": facts.cluster, "gpus": 1,
            "model": p["model"], "stack": STACK, "seq_len": p["seq"], "global_batch": sequences,
            "micro_batch": p["micro_batch"], "precision": p["precision"], "tp": 1, "pp": 1, "cp": 1,
            "ep": 1, "dp": 1, "sequence_parallel": False, "recompute": p["recompute"],
            "knobs": knobs, "measured": measured}


def row_of(task, result, facts, world, date):
    if task.kind == "training":
        return training_row(task, result, facts, date)
    if task.kind == "collectives":
        return collective_row(task.params, result, facts, world.size, world.nodes)
    build = {"gemm": gemm_row, "grouped": grouped_row, "attention": attention_row,
             "memory": memory_row}[task.kind]
    # A result may correct what was asked for, such as key and value heads that had to be expanded.
    params, timing = result if isinstance(result[0], dict) else (task.params, result)
    return build(params, timing, facts)


# --------------------------------------------------------------------------------------------------
# Files.

def write_whole(path, text):
    """The whole file or none of it."""
    temporary = f"{path}.{os.getpid()}.tmp"
    with open(temporary, "w", encoding="utf-8", newline="") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)


def csv_text(table, rows):
    out = io.StringIO()
    writer = csv.DictWriter(out, TABLES[table][1].split(","), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def yaml_text(rows):
    """One line a model and a row: JSON, which is YAML's flow style."""
    models = {row["model"]: MODELS[row["model"]] for row in rows}
    lines = ["# Measured with bench/device/measure.py.", "models:"]
    lines += [f"  {name}: {json.dumps(model)}" for name, model in sorted(models.items())]
    lines += ["measurements:"] + [f"- {json.dumps(row)}" for row in rows]
    return "\n".join(lines) + "\n"


def write_tables(out, label, journal):
    """All files of what the journal holds; their names."""
    names = []
    for table, (pattern, _) in TABLES.items():
        rows = [entry["row"] for entry in journal.entries if entry["table"] == table]
        if not rows:
            continue
        names.append(pattern.format(slug(label)))
        text = yaml_text(rows) if table == "training" else csv_text(table, rows)
        write_whole(os.path.join(out, names[-1]), text)
    return names


class Journal:
    """One line a measurement, flushed at once, so that an interrupted run loses none."""

    def __init__(self, path, identity, resume):
        self.entries, self.done = [], set()
        if os.path.exists(path) and os.path.getsize(path) > 0:
            if not resume:
                raise SystemExit(fail(2, f"{path}: holds measurements already: --resume continues "
                                         "them, --out DIR begins elsewhere"))
            self._read(path, identity)
        self.file = open(path, "a", encoding="utf-8")
        if self.file.tell() == 0:
            self._append({"gpu": identity})

    def _read(self, path, identity):
        with open(path, encoding="utf-8") as file:
            text = file.read()
        whole = text[:text.rfind("\n") + 1]  # a line cut off in the middle is measured again
        if whole != text:
            write_whole(path, whole)
        lines = [json.loads(line) for line in whole.splitlines() if line.strip()]
        if lines and lines[0].get("gpu") != identity:
            raise SystemExit(fail(2, f"{path}: is of {lines[0].get('gpu')}, this is {identity}: "
                                     "--out DIR begins elsewhere"))
        self.entries = [line for line in lines if "key" in line]
        self.done = {line["key"] for line in self.entries}

    def _append(self, entry):
        self.file.write(json.dumps(entry) + "\n")
        self.file.flush()
        os.fsync(self.file.fileno())

    def add(self, task, row):
        self._add(table_of(task), task, row)

    def skip(self, task, reason):
        self._add("skipped", task, {"measurement": task.key, "reason": reason})

    def _add(self, table, task, row):
        entry = {"table": table, "key": task.key, "row": row}
        self._append(entry)
        self.entries.append(entry)
        self.done.add(task.key)


class NoJournal:
    """Of the ranks that only take part."""

    def __init__(self, done):
        self.entries, self.done = [], set(done)

    def add(self, task, row):
        self.done.add(task.key)

    def skip(self, task, reason):
        self.done.add(task.key)


def fail(code, text):
    print(f"measure.py: {text}", file=sys.stderr)
    return code


# --------------------------------------------------------------------------------------------------
# The GPU's own clock and power, by NVML where pynvml is there, else by nvidia-smi.

class Telemetry:
    QUERY = "clocks.sm,power.draw,temperature.gpu"

    def __init__(self, which):
        self.which = which  # index or UUID, as nvidia-smi -i takes it
        self.nvml = None
        with contextlib.suppress(Exception):
            import pynvml
            pynvml.nvmlInit()
            find = (pynvml.nvmlDeviceGetHandleByUUID if which.startswith("GPU-")
                    else lambda text: pynvml.nvmlDeviceGetHandleByIndex(int(text)))
            self.nvml, self.handle = pynvml, find(which)

    def ask(self, query):
        """Values as nvidia-smi prints them; [] where it does not answer."""
        command = ["nvidia-smi", "-i", self.which, f"--query-gpu={query}",
                   "--format=csv,noheader,nounits"]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True)
        except (OSError, subprocess.SubprocessError):
            return []
        return [value.strip() for value in done.stdout.strip().split(",")]

    def sample(self):
        """(SM clock in MHz, power in W), or None."""
        if self.nvml is not None:
            with contextlib.suppress(Exception):
                clock = self.nvml.nvmlDeviceGetClockInfo(self.handle, self.nvml.NVML_CLOCK_SM)
                return float(clock), self.nvml.nvmlDeviceGetPowerUsage(self.handle) / 1000.0
        values = self.ask("clocks.sm,power.draw")
        try:
            return float(values[0]), float(values[1])
        except (IndexError, ValueError):
            return None

    def about(self):
        """(driver, "clocks ...") for the source of every row."""
        values = self.ask("driver_version,clocks.max.sm,clocks.max.mem,power.limit")
        if len(values) != 4:
            return "not known", "clocks not read"
        return values[0], f"clocks up to SM {values[1]} MHz, memory {values[2]} MHz, {values[3]} W"


class Watch:
    """Clock and power, read beside the measurement so that the GPU never waits for it."""

    def __init__(self, telemetry):
        self.telemetry, self.samples, self.done = telemetry, [], threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)

    def _run(self):
        while not self.done.wait(0.1):
            self.samples.append(self.telemetry.sample())

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *error):
        self.done.set()
        self.thread.join(15)

    def text(self):
        """", SM 1700-1750 MHz, 690 W" over the second half, or ""."""
        seen = [s for s in self.samples[len(self.samples) // 2:] if s is not None]
        if not seen:
            return ""
        return f", SM {span([s[0] for s in seen], 'MHz')}, {span([s[1] for s in seen], 'W')}"


def has_settled(times):
    return len(times) >= 3 and max(times[-3:]) < 1.01 * min(times[-3:])


def span(values, unit):
    low, high = round(min(values)), round(max(values))
    return f"{low} {unit}" if low == high else f"{low}-{high} {unit}"


# --------------------------------------------------------------------------------------------------
# Made-up times, so that everything but the GPU can be tried.

class FakeDevice:
    """Times of a chip of 600 TFLOP/s and 3 TB/s that launches in 3 us: never data."""

    name = "made-up times"
    world = collections.namedtuple("World", "rank size nodes")(0, 8, 1)

    def measure(self, task):
        p = task.params
        note = "MADE-UP TIMES of --fake-times"
        if task.kind == "training":
            model = MODELS[p["model"]]
            weights = model["layers"] * model["hidden"] * model["ffn_hidden"] * 4
            tokens = p["seq"] * p["micro_batch"] * p["accumulate"]
            return {"step_time_s": 6.0 * weights * tokens / 3e14, "allocated_gib": 40.0,
                    "reserved_gib": 44.0, "framework": "none", "grouped": True, "note": note}
        if task.kind in ("memory", "collectives"):
            return Timing(3.0 + p["bytes"] / 3e6, note)
        if task.kind == "attention":
            return Timing(3.0 + attention_flop(p) / 6e8, note)
        return Timing(3.0 + 2.0 * p.get("experts", 1) * p["m"] * p["n"] * p["k"] / 6e8, note)

    def go(self, wanted):
        return wanted

    def is_out_of_memory(self, error):
        return False

    def is_alive(self):
        return True

    def recover(self):
        pass


# --------------------------------------------------------------------------------------------------
# One GPU, by PyTorch.

World = collections.namedtuple("World", "rank size nodes")


class Device:
    """Measures tasks on the GPU of this process. `target` is where tensors live."""

    target = "cuda"

    def __init__(self, torch, args):
        self.torch, self.args = torch, args
        local = int(os.environ.get("LOCAL_RANK", "0"))
        size = int(os.environ.get("WORLD_SIZE", "1"))
        nodes = max(1, size // int(os.environ.get("LOCAL_WORLD_SIZE", str(size))))
        self.world = World(int(os.environ.get("RANK", "0")), size, nodes)
        torch.cuda.set_device(local)
        self.properties = torch.cuda.get_device_properties(local)
        self.name = self.properties.name
        self.capability = torch.cuda.get_device_capability(local)
        self.version = tuple(int(n) for n in re.findall(r"\d+", torch.__version__)[:2])
        self.l2 = getattr(self.properties, "L2_cache_size", 0) or 64 << 20
        self.telemetry = Telemetry(self._which(local))
        self.te = self._import("transformer_engine.pytorch")
        self._scratch = None

    def _which(self, local):
        uuid = str(getattr(self.properties, "uuid", ""))
        if uuid:
            return uuid if uuid.startswith("GPU-") else f"GPU-{uuid}"
        visible = [v for v in os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",") if v]
        return visible[local] if local < len(visible) else str(local)

    @staticmethod
    def _import(name):
        try:
            return __import__(name, fromlist=["_"])
        except Exception:  # a broken installation is as good as none
            return None

    # ---- time

    def _span(self, calls, runs, launch=0.0):
        """Microseconds of a run, calls in turn; the GPU is kept busy until all are launched, at
        `launch` seconds each."""
        torch = self.torch
        start, stop = self._event(), self._event()
        sleep = getattr(torch.cuda, "_sleep", None)
        if sleep is not None:
            sleep(int(min(0.05, 1.5 * runs * launch) * 2e9) + 1)  # cycles, of 2 GHz at most
        start.record()
        for i in range(runs):
            calls[i % len(calls)]()
        stop.record()
        stop.synchronize()
        return 1e3 * start.elapsed_time(stop) / runs

    def _event(self):
        return self.torch.cuda.Event(enable_timing=True)

    def _launch_time(self, calls):
        """Seconds the host needs for one call."""
        self.torch.cuda.synchronize()
        began = time.perf_counter()
        for call in calls[:4]:
            call()
        took = (time.perf_counter() - began) / len(calls[:4])
        self.torch.cuda.synchronize()
        return took

    def _flushed(self, call, runs):
        """Microseconds of a run with L2 filled with something else before each."""
        torch = self.torch
        if self._scratch is None:
            self._scratch = torch.empty(2 * self.l2, dtype=torch.int8, device=self.target)
        pairs = []
        for _ in range(runs):
            self._scratch.zero_()
            start, stop = self._event(), self._event()
            start.record()
            call()
            stop.record()
            pairs.append((start, stop))
        torch.cuda.synchronize()
        return statistics.median(1e3 * start.elapsed_time(stop) for start, stop in pairs)

    def burst(self, calls):
        """A few runs after idling, three times: clocks stay where an idle chip has them."""
        for call in (calls * 3)[:max(3, len(calls))]:
            call()
        launch = self._launch_time(calls)
        guess = max(1.0, self._span(calls, 2, launch))
        runs = min(50, max(3, round(3000.0 / guess)))
        times = []
        for _ in range(3 if guess < 1e5 else 1):
            self.torch.cuda.synchronize()
            time.sleep(0.02)
            if self.args.l2 == "flush":
                times.append(self._flushed(calls[0], runs))
            else:
                times.append(self._span(calls, runs, launch))
        cache = {"flush": "L2 flushed", "warm": "L2 warm",
                 "rotate": f"{len(calls)} operand sets in turn"}[self.args.l2]
        return Timing(statistics.median(times), f"{runs} runs after idle, {cache}")

    def sustained(self, calls):
        """Back to back for a second and more, until three stretches of 0.1 s agree within 1 %."""
        torch, seconds = self.torch, self.args.sustained
        for call in calls:
            call()
        torch.cuda.synchronize()
        stretch = max(1, round(1e5 / max(1.0, self._span(calls, 2))))
        began = time.monotonic()
        marks, times, took = [self._mark()], [], 0.0
        with Watch(self.telemetry) as watch:
            while took < 4 * seconds and not (took >= seconds and has_settled(times)):
                for i in range(stretch):
                    calls[i % len(calls)]()
                marks.append(self._mark())
                if len(marks) > 2:  # waits for the stretch before while this one runs
                    marks[-2].synchronize()
                    times.append(1e3 * marks[-3].elapsed_time(marks[-2]) / stretch)
                took = time.monotonic() - began
            torch.cuda.synchronize()
        last = times[-3:] or [1e3 * marks[-2].elapsed_time(marks[-1]) / stretch]
        return Timing(statistics.median(last), f"{took:.1f} s{watch.text()}")

    def _mark(self):
        event = self._event()
        event.record()
        return event

    def timed(self, make, operand_bytes, mode="burst"):
        """Times make()'s call; several of them in turn where their operands would stay in L2."""
        sets = 1
        if self.args.l2 == "rotate":
            sets = max(1, min(16, math.ceil(2 * self.l2 / max(1, operand_bytes))))
        calls = [make() for _ in range(sets)]
        return self.sustained(calls) if mode == "sustained" else self.burst(calls)

    # ---- operands

    def randn(self, *shape, dtype=None):
        torch = self.torch
        return torch.randn(*shape, device=self.target, dtype=dtype or torch.bfloat16)

    def dtype(self, name):
        """A dtype of this PyTorch build, or nothing to measure."""
        found = getattr(self.torch, name, None)
        if found is None:
            raise Skip(f"torch {self.torch.__version__} has no {name}", for_all=True)
        return found

    def needs(self, major, minor, what):
        if getattr(self.torch.version, "hip", None) is None and self.capability < (major, minor):
            raise Skip(f"{what} needs compute capability {major}.{minor}, this is "
                       f"{self.capability[0]}.{self.capability[1]}", for_all=True)

    @property
    def fp8(self):
        arch = getattr(self.properties, "gcnArchName", "")
        return self.dtype("float8_e4m3fnuz" if arch.startswith("gfx94") else "float8_e4m3fn")

    # ---- GEMM

    def gemm(self, p):
        make = {"bf16": self._plain_gemm, "fp16": self._plain_gemm, "fp8": self._fp8_gemm,
                "mxfp8": self._block_gemm, "nvfp4": self._block_gemm}[p["dtype"]]
        width = {"bf16": 2, "fp16": 2, "fp8": 1, "mxfp8": 1, "nvfp4": 0.5}[p["dtype"]]
        return self.timed(lambda: make(p), width * (p["m"] + p["n"]) * p["k"], p["mode"])

    def _operand(self, rows, cols, is_transposed, dtype):
        if is_transposed:
            return self.randn(cols, rows, dtype=dtype).t()
        return self.randn(rows, cols, dtype=dtype)

    def _plain_gemm(self, p):
        torch = self.torch
        dtype = torch.bfloat16 if p["dtype"] == "bf16" else torch.float16
        a = self._operand(p["m"], p["k"], p["layout"][0] == "T", dtype)
        b = self._operand(p["k"], p["n"], p["layout"][1] == "T", dtype)
        out = torch.empty(p["m"], p["n"], device=self.target, dtype=dtype)
        return functools.partial(torch.mm, a, b, out=out)

    def _scaled_mm(self, a, b, scale_a, scale_b, fast):
        return functools.partial(self.torch._scaled_mm, a, b.t(), scale_a=scale_a, scale_b=scale_b,
                                 out_dtype=self.torch.bfloat16, use_fast_accum=fast)

    def _fp8_gemm(self, p):
        self.needs(8, 9, "fp8")
        torch = self.torch
        a = self.randn(p["m"], p["k"]).to(self.fp8)
        b = self.randn(p["n"], p["k"]).to(self.fp8)
        one = torch.ones((), device=self.target, dtype=torch.float32)
        # As training does: fast accumulation forward, full accumulation backward.
        return self._scaled_mm(a, b, one, one, p["pass"] == "fwd")

    def _block_gemm(self, p):
        """Scales of 32 (mxfp8) or 16 (nvfp4) elements, in the 128 x 4 tiles that cuBLASLt wants."""
        self.needs(10, 0, p["dtype"])
        torch = self.torch
        is_fp4 = p["dtype"] == "nvfp4"
        if is_fp4:
            packed = self.dtype("float4_e2m1fn_x2")
            a, b = (torch.randint(0, 256, (rows, p["k"] // 2), device=self.target,
                                  dtype=torch.uint8).view(packed) for rows in (p["m"], p["n"]))
        else:
            a, b = (self.randn(rows, p["k"]).to(self.fp8) for rows in (p["m"], p["n"]))
        block = 16 if is_fp4 else 32

        def scales(rows):
            count = 128 * math.ceil(rows / 128) * 4 * math.ceil(p["k"] / block / 4)
            if is_fp4:
                return torch.ones(count, device=self.target).to(torch.float8_e4m3fn)
            one = torch.full((count,), 127, device=self.target, dtype=torch.uint8)  # 2^0
            return one.view(self.dtype("float8_e8m0fnu"))

        return self._scaled_mm(a, b, scales(p["m"]), scales(p["n"]), False)

    def grouped(self, p):
        e, m, n, k = p["experts"], p["m"], p["n"], p["k"]
        return self.timed(lambda: self._grouped_call(p["how"], e, m, n, k),
                          2.0 * e * (m + n) * k)

    def _grouped_call(self, how, e, m, n, k):
        torch = self.torch
        x, w = self.randn(e * m, k), self.randn(e, n, k)
        if how == "grouped_mm":
            if not hasattr(torch, "_grouped_mm"):
                raise Skip(f"torch {torch.__version__} has no _grouped_mm", for_all=True)
            ends = torch.arange(1, e + 1, device=self.target, dtype=torch.int32) * m
            return functools.partial(torch._grouped_mm, x, w.transpose(-2, -1), offs=ends)
        out = torch.empty(e * m, n, device=self.target, dtype=torch.bfloat16)

        def loop():
            for i in range(e):
                torch.mm(x[i * m:(i + 1) * m], w[i].t(), out=out[i * m:(i + 1) * m])

        return loop

    # ---- attention

    def attention(self, p):
        try:
            return dict(p), self._attention(p)
        except (RuntimeError, TypeError) as error:
            if p["kv"] == p["heads"] or self.is_out_of_memory(error) or not self.is_alive():
                raise
        # Kernels without grouped queries are given as many key and value heads as queries.
        expanded = dict(p, kv=p["heads"])
        timing = self._attention(expanded)
        return expanded, Timing(timing.us, f"{timing.note}, {p['kv']} key heads expanded")

    def _attention(self, p):
        size = 2 * p["batch"] * p["seq"] * (p["heads"] * (p["d"] + p["dv"]) +
                                            p["kv"] * (p["d"] + p["dv"]))
        try:
            return self.timed(lambda: self._attention_call(p), size, p["mode"])
        except RuntimeError as error:
            no_kernel = re.search("No available kernel|No viable backend", str(error))
            if p["kv"] != p["heads"] or not no_kernel:
                raise
        raise Skip(f"{p['backend']} has no kernel for heads of {p['d']}/{p['dv']}", for_all=True)

    def _attention_call(self, p):
        torch = self.torch
        is_sdpa = p["backend"] in ("cudnn", "flash")
        forward = self._sdpa(p) if is_sdpa else self._flash_attn(p)

        def tensor(heads, size):
            place = (heads, p["seq"]) if is_sdpa else (p["seq"], heads)
            return self.randn(p["batch"], *place, size).requires_grad_()

        inputs = (tensor(p["heads"], p["d"]), tensor(p["kv"], p["d"]), tensor(p["kv"], p["dv"]))
        call = functools.partial(forward, *inputs)
        if p["direction"] == "fwd":
            return call
        out = call()
        return functools.partial(torch.autograd.grad, out, inputs, torch.randn_like(out),
                                 retain_graph=True)

    def _sdpa(self, p):
        from torch.nn.attention import SDPBackend, sdpa_kernel
        name = {"cudnn": "CUDNN_ATTENTION", "flash": "FLASH_ATTENTION"}[p["backend"]]
        if not hasattr(SDPBackend, name):
            raise Skip(f"torch {self.torch.__version__} has no {name}",
                       for_all=f"attention {p['backend']} ")
        backend = getattr(SDPBackend, name)
        options = {"is_causal": bool(p["causal"])}
        if p["kv"] != p["heads"]:
            options["enable_gqa"] = True
        attend = self.torch.nn.functional.scaled_dot_product_attention

        def forward(q, k, v):
            with sdpa_kernel(backend):
                return attend(q, k, v, **options)

        return forward

    def _flash_attn(self, p):
        name = {"flash_attn": "flash_attn", "flash_attn_3": "flash_attn_interface"}[p["backend"]]
        module = self._import(name)
        if module is None:
            raise Skip(f"no package {name} here", for_all=f"attention {p['backend']} ")

        def forward(q, k, v):
            out = module.flash_attn_func(q, k, v, causal=bool(p["causal"]))
            return out[0] if isinstance(out, tuple) else out

        return forward

    # ---- memory-bound kernels

    def memory(self, p):
        if p["backend"] == "transformer_engine" and self.te is None:
            raise Skip("no transformer_engine here", for_all=True)
        return self.timed(lambda: self._memory_call(p), p["bytes"])

    def _memory_call(self, p):
        if p["op"] in ("adam", "grad_norm"):
            return self._parameter_call(p)
        if p["op"] in ("permute", "unpermute"):
            return self._permute_call(p)
        forward, inputs = self._elementwise(p)
        if p["backend"] == "torch_compile":
            forward = self.torch.compile(forward, dynamic=False)
        if p["direction"] == "fwd":
            return functools.partial(forward, *inputs)
        for x in inputs:
            x.requires_grad_()
        out = forward(*inputs)
        return functools.partial(self.torch.autograd.grad, out, inputs, self.torch.randn_like(out),
                                 retain_graph=True)

    def _elementwise(self, p):
        """(function, inputs) of an operation as training code without fused kernels writes it."""
        torch, f, rows, cols = self.torch, self.torch.nn.functional, p["rows"], p["cols"]
        x = self.randn(rows, cols)
        weight = torch.ones(cols, device=self.target, dtype=torch.bfloat16)
        if p["backend"] == "transformer_engine":
            norm = {"rms_norm": self.te.RMSNorm, "layer_norm": self.te.LayerNorm}[p["op"]]
            return norm(cols, params_dtype=torch.bfloat16, device=self.target), (x,)
        if p["op"] == "cross_entropy":
            target = torch.randint(0, cols, (rows,), device=self.target)
            return lambda a: f.cross_entropy(a.float(), target), (x,)
        if p["op"] == "rotary":
            cos, sin = rotary_tables(torch, rows, 128, self.target)
            return lambda a: rotary(a, cos, sin), (x.view(rows, cols // 128, 128),)
        if p["op"] in ("residual_add", "silu_mul"):
            both = (x, self.randn(rows, cols))
            return (lambda a, b: a + b if p["op"] == "residual_add" else f.silu(a) * b), both
        most = 448.0  # of e4m3
        return {
            "copy": (lambda a: a.clone(), (x,)),
            "rms_norm": (lambda a, w: f.rms_norm(a, (cols,), w, 1e-5), (x, weight)),
            "layer_norm": (lambda a, w: f.layer_norm(a, (cols,), w, None, 1e-5), (x, weight)),
            "gelu": (lambda a: f.gelu(a, approximate="tanh"), (x,)),
            "softmax": (lambda a: torch.softmax(a, -1), (x,)),
            "fp8_quant_static": (lambda a: (a * 0.5).clamp(-most, most).to(self.fp8), (x,)),
            "fp8_quant_dynamic": (lambda a: (a * (most / a.abs().amax())).to(self.fp8), (x,)),
        }[p["op"]]

    def _permute_call(self, p):
        torch = self.torch
        x = self.randn(p["rows"], p["cols"])
        index = torch.randperm(p["rows"], device=self.target)
        if p["op"] == "permute":
            return functools.partial(torch.index_select, x, 0, index)
        out = torch.zeros_like(x)
        return functools.partial(out.index_add_, 0, index, x)

    def _parameter_call(self, p):
        torch = self.torch
        count = min(64, max(1, p["cols"] >> 22))  # tensors of 4 M elements, as layers have them
        grads = [self.randn(p["cols"] // count, dtype=torch.float32) for _ in range(count)]
        if p["op"] == "grad_norm":
            return lambda: torch.linalg.vector_norm(torch.stack(torch._foreach_norm(grads)))
        weights = [torch.nn.Parameter(torch.randn_like(grad)) for grad in grads]
        for weight, grad in zip(weights, grads):
            weight.grad = grad
        optimizer = torch.optim.AdamW(weights, lr=1e-4, fused=True)
        return optimizer.step

    # ---- training

    def training(self, p):
        self.recover()  # so that the peak is the step's own
        return Trainer(self, p).measure()

    # ---- several GPUs

    def join(self):
        """Makes one group of all ranks; returns on each."""
        import torch.distributed as dist
        if not dist.is_nccl_available():
            raise Skip("this PyTorch build has no NCCL")
        dist.init_process_group("nccl")
        self.dist = dist

    def go(self, wanted):
        """Rank 0's decision, on all ranks."""
        if self.world.size == 1:
            return wanted
        flag = self.torch.tensor([int(wanted)], device=self.target)
        self.dist.broadcast(flag, 0)
        return bool(flag.item())

    def collectives(self, p):
        torch, dist, n = self.torch, self.dist, self.world.size
        count = max(1, p["bytes"] // 2 // n) * n  # bf16 elements that divide by the ranks
        free = torch.tensor([torch.cuda.mem_get_info()[0]], device=self.target)
        dist.all_reduce(free, op=dist.ReduceOp.MIN)
        if 6 * p["bytes"] > free.item():
            raise Skip(f"buffers of {p['bytes']} bytes do not fit")
        whole, part = self.randn(count), self.randn(count // n)
        other = torch.empty_like(whole)
        rank = self.world.rank

        def send_recv():
            for request in dist.batch_isend_irecv([
                    dist.P2POp(dist.isend, whole, (rank + 1) % n),
                    dist.P2POp(dist.irecv, other, (rank - 1) % n)]):
                request.wait()

        call = {"all_reduce": lambda: dist.all_reduce(whole),
                "all_gather": lambda: dist.all_gather_into_tensor(other, part),
                "reduce_scatter": lambda: dist.reduce_scatter_tensor(part, whole),
                "alltoall": lambda: dist.all_to_all_single(other, whole),
                "send_recv": send_recv}[p["op"]]
        return self._collective_time(call, p["bytes"])

    def _collective_time(self, call, size):
        """Mean over ranks of back-to-back runs, as nccl-tests reports."""
        torch, dist = self.torch, self.dist
        for _ in range(5):
            call()
        runs = 20 if size > 1 << 28 else 50 if size > 1 << 24 else 200
        dist.barrier()
        torch.cuda.synchronize()
        start = self._mark()
        for _ in range(runs):
            call()
        stop = self._mark()
        stop.synchronize()
        mean = torch.tensor([1e3 * start.elapsed_time(stop) / runs], device=self.target)
        dist.all_reduce(mean)
        nccl = ".".join(str(v) for v in torch.cuda.nccl.version())
        return Timing(mean.item() / self.world.size, f"NCCL {nccl}, bf16, {runs} runs")

    # ---- the whole

    def measure(self, task):
        self.torch.manual_seed(SEED + zlib.crc32(task.key.encode()))
        return getattr(self, task.kind)(task.params)

    def is_out_of_memory(self, error):
        return isinstance(error, self.torch.cuda.OutOfMemoryError) or "out of memory" in str(error)

    def is_alive(self):
        """False once the GPU's context is lost: nothing more can be measured in this process."""
        try:
            self.torch.cuda.synchronize()
        except Exception:
            return False
        return True

    def recover(self):
        """Gives back what a measurement left behind."""
        self._scratch = None
        gc.collect()
        self.torch.cuda.empty_cache()

    @functools.cached_property
    def has_grouped_mm(self):
        """Whether experts can train by one grouped kernel here, tried on a small one."""
        torch = self.torch
        if not hasattr(torch, "_grouped_mm"):
            return False
        x, w = self.randn(64, 64).requires_grad_(), self.randn(2, 64, 64).requires_grad_()
        ends = torch.tensor([32, 64], device=self.target, dtype=torch.int32)
        try:
            out = torch._grouped_mm(x, w.transpose(-2, -1), offs=ends)
            # Not by sum(): the kernel refuses the stride 0 of its gradient.
            torch.autograd.grad(out, (x, w), torch.randn_like(out))
            return True
        except Exception:
            return False


# --------------------------------------------------------------------------------------------------
# Training steps of small models: bf16 weights, fp32 gradients accumulated over micro-batches, fp32
# master weights and moments, fused AdamW; attention by SDPA's own choice of kernel.

def rotary_tables(torch, seq, size, target):
    angle = torch.outer(torch.arange(seq, device=target).float(),
                        10000.0 ** (-torch.arange(0, size, 2, device=target).float() / size))
    cos, sin = torch.cat((angle, angle), -1).cos(), torch.cat((-angle, angle), -1).sin()
    return cos.view(seq, 1, size).bfloat16(), sin.view(seq, 1, size).bfloat16()


def rotary(x, cos, sin):
    """x: [..., sequence, heads, size]; the sign of the turned half is in `sin`."""
    return x * cos + x.roll(x.shape[-1] // 2, -1) * sin


@functools.lru_cache(None)
def model_classes(torch):
    """(Layer, Model), once torch is there."""
    nn, f = torch.nn, torch.nn.functional

    class Norm(nn.Module):
        def __init__(self, size, target):
            super().__init__()
            self.size = (size,)
            self.weight = nn.Parameter(torch.ones(size, device=target, dtype=torch.bfloat16))

        def forward(self, x):
            return f.rms_norm(x, self.size, self.weight, 1e-5)

    class Attention(nn.Module):
        def __init__(self, m, linear, can_group):
            super().__init__()
            self.heads, self.kv, self.can_group = m["heads"], m["kv_heads"], can_group
            self.size = m["hidden"] // m["heads"]
            self.qkv = linear(m["hidden"], (self.heads + 2 * self.kv) * self.size)
            self.out = linear(self.heads * self.size, m["hidden"])

        def forward(self, x, cos, sin):
            batch, seq, _ = x.shape
            qkv = self.qkv(x).view(batch, seq, self.heads + 2 * self.kv, self.size)
            q, k, v = qkv.split((self.heads, self.kv, self.kv), 2)
            q, k, v = (t.transpose(1, 2) for t in (rotary(q, cos, sin), rotary(k, cos, sin), v))
            options = {}
            if self.kv != self.heads and self.can_group:
                options["enable_gqa"] = True
            elif self.kv != self.heads:
                k, v = (t.repeat_interleave(self.heads // self.kv, 1) for t in (k, v))
            y = f.scaled_dot_product_attention(q, k, v, is_causal=True, **options)
            return self.out(y.transpose(1, 2).reshape(batch, seq, self.heads * self.size))

    class Mlp(nn.Module):
        def __init__(self, m, linear):
            super().__init__()
            self.gated = m["gated"]
            self.up = linear(m["hidden"], m["ffn_hidden"] * (2 if self.gated else 1))
            self.down = linear(m["ffn_hidden"], m["hidden"])

        def forward(self, x):
            y = self.up(x)
            if not self.gated:
                return self.down(f.gelu(y, approximate="tanh"))
            gate, value = y.chunk(2, -1)
            return self.down(f.silu(gate) * value)

    class Experts(nn.Module):
        """Routing is computed, then replaced by a balanced one: each expert gets equally many."""

        def __init__(self, m, linear, tokens, target, use_grouped):
            super().__init__()
            self.count, self.top_k, self.use_grouped = m["experts"], m["top_k"], use_grouped
            self.router = linear(m["hidden"], m["experts"])
            width, hidden = m["moe_ffn_hidden"], m["hidden"]
            self.up = self._weights(target, self.count, 2 * width, hidden)
            self.down = self._weights(target, self.count, hidden, width)
            self.each = tokens * self.top_k // self.count
            chosen = torch.arange(tokens * self.top_k, device=target) % self.count
            self.order = torch.argsort(chosen, stable=True)
            self.ends = self.each * torch.arange(1, self.count + 1, device=target,
                                                 dtype=torch.int32)

        @staticmethod
        def _weights(target, *shape):
            values = torch.randn(*shape, device=target, dtype=torch.bfloat16)
            return nn.Parameter(values * 0.02)

        def _multiply(self, x, weights):
            if self.use_grouped:
                return torch._grouped_mm(x, weights.transpose(-2, -1), offs=self.ends)
            return torch.cat([part @ w.t() for part, w in zip(x.split(self.each), weights)])

        def forward(self, x):
            flat = x.reshape(-1, x.shape[-1])
            share, _ = torch.topk(torch.softmax(self.router(flat).float(), -1), self.top_k)
            token = torch.div(self.order, self.top_k, rounding_mode="floor")
            gate, value = self._multiply(flat.index_select(0, token), self.up).chunk(2, -1)
            y = self._multiply(f.silu(gate) * value, self.down)
            y = y * share.reshape(-1).index_select(0, self.order).unsqueeze(1).to(y.dtype)
            return torch.zeros_like(flat).index_add(0, token, y).view_as(x)

    class Layer(nn.Module):
        def __init__(self, m, linear, plain, tokens, target, can_group, use_grouped):
            super().__init__()
            self.norm1, self.norm2 = Norm(m["hidden"], target), Norm(m["hidden"], target)
            self.attention = Attention(m, linear, can_group)
            self.mlp = (Experts(m, plain, tokens, target, use_grouped) if "experts" in m
                        else Mlp(m, linear))

        def forward(self, x, cos, sin):
            x = x + self.attention(self.norm1(x), cos, sin)
            return x + self.mlp(self.norm2(x))

    class Model(nn.Module):
        def __init__(self, m, layers, plain, seq, target):
            super().__init__()
            self.embedding = nn.Embedding(m["vocab"], m["hidden"], device=target,
                                          dtype=torch.bfloat16)
            self.layers = nn.ModuleList(layers)
            self.norm, self.logits = Norm(m["hidden"], target), plain(m["hidden"], m["vocab"])
            self.cos, self.sin = rotary_tables(torch, seq, m["hidden"] // m["heads"], target)

        def forward(self, tokens, targets, run_layer):
            x = self.embedding(tokens)
            for layer in self.layers:
                x = run_layer(layer, x, self.cos, self.sin)
            logits = self.logits(self.norm(x))
            return f.cross_entropy(logits.view(-1, logits.shape[-1]).float(), targets.view(-1))

    return Layer, Model


def parameters_of(m):
    """Weights of the model, without norms: for the memory it needs."""
    size = m["hidden"] // m["heads"]
    attention = m["hidden"] * size * (2 * m["heads"] + 2 * m["kv_heads"])
    mlp = m["hidden"] * m["ffn_hidden"] * (3 if m["gated"] else 2)
    if "experts" in m:
        mlp = 3 * m["experts"] * m["hidden"] * m["moe_ffn_hidden"] + m["hidden"] * m["experts"]
    return m["layers"] * (attention + mlp) + 2 * m["vocab"] * m["hidden"]


WARM_SECONDS = 2.0


class Trainer:
    """One model, its optimizer and its step."""

    def __init__(self, device, p):
        self.device, self.p, self.torch = device, p, device.torch
        self.config = MODELS[p["model"]]
        self.check()
        self.context = self.low_precision()
        self.grouped = "experts" in self.config and device.has_grouped_mm
        self.model = self.build()
        self.prepare()

    def check(self):
        """bf16 weight, fp32 gradient, master and two moments are 18 bytes a parameter."""
        total = self.device.properties.total_memory
        needed = 18 * parameters_of(self.config)
        if needed > 0.95 * total:
            raise Skip(f"states need {needed / 2**30:.1f} GiB of {total / 2**30:.1f} GiB")

    def low_precision(self):
        """What the forward pass runs in: fp8 by Transformer Engine, or nothing."""
        if self.p["precision"] == "bf16":
            return contextlib.nullcontext
        te = self.device.te
        if te is None:
            raise Skip("fp8 training needs transformer_engine", for_all=True)
        self.device.needs(*((10, 0) if self.p["precision"] == "mxfp8" else (8, 9)),
                          self.p["precision"])
        recipes = self.device._import("transformer_engine.common.recipe")
        name = {"fp8-current": "Float8CurrentScaling", "mxfp8": "MXFP8BlockScaling"}
        recipe = getattr(recipes, name[self.p["precision"]], None)
        if recipe is None:
            raise Skip(f"this transformer_engine has no {name[self.p['precision']]}", for_all=True)
        return lambda: te.fp8_autocast(enabled=True, fp8_recipe=recipe())

    def build(self):
        torch, target, p = self.torch, self.device.target, self.p
        make_layer, make_model = model_classes(torch)
        plain = functools.partial(torch.nn.Linear, bias=False, device=target, dtype=torch.bfloat16)
        linear = plain
        if p["precision"] != "bf16":
            linear = functools.partial(self.device.te.Linear, bias=False, device=target,
                                       params_dtype=torch.bfloat16)
        layers = [make_layer(self.config, linear, plain, p["seq"] * p["micro_batch"], target,
                             self.device.version >= (2, 5), self.grouped)
                  for _ in range(self.config["layers"])]
        if p["compiled"]:
            layers = [torch.compile(layer, dynamic=False) for layer in layers]
        return make_model(self.config, layers, plain, p["seq"], target)

    def prepare(self):
        torch = self.torch
        self.weights = [w for w in self.model.parameters() if w.requires_grad]
        self.masters = [w.detach().float() for w in self.weights]
        for weight, master in zip(self.weights, self.masters):
            master.grad = torch.zeros_like(master)
            weight.register_post_accumulate_grad_hook(
                functools.partial(self.accumulate, into=master.grad))
        self.grads = [master.grad for master in self.masters]
        self.optimizer = torch.optim.AdamW(self.masters, lr=1e-5, fused=True)
        shape = (self.p["micro_batch"], self.p["seq"])
        self.batches = [tuple(torch.randint(0, self.config["vocab"], shape,
                                            device=self.device.target) for _ in range(2))
                        for _ in range(self.p["accumulate"])]

    @staticmethod
    def accumulate(weight, into):
        into.add_(weight.grad)
        weight.grad = None

    def run_layer(self, layer, *inputs):
        if self.p["recompute"] == "none":
            return layer(*inputs)
        if self.p["precision"] == "bf16":
            from torch.utils.checkpoint import checkpoint
        else:  # keeps the scales of the first pass
            checkpoint = self.device.te.checkpoint
        return checkpoint(layer, *inputs, use_reentrant=False)

    def step(self):
        torch = self.torch
        for tokens, targets in self.batches:
            with self.context():
                loss = self.model(tokens, targets, self.run_layer)
            (loss / len(self.batches)).backward()
        torch.nn.utils.clip_grad_norm_(self.masters, 1.0)
        self.optimizer.step()
        with torch.no_grad():
            torch._foreach_copy_(self.weights, self.masters)
            torch._foreach_zero_(self.grads)
        return loss.item()  # waits for the step, as a loop that logs does

    def measure(self):
        torch = self.torch
        began = time.monotonic()
        warm = 0
        while warm < 3 or time.monotonic() - began < WARM_SECONDS:
            self.step()
            torch.cuda.synchronize()
            warm += 1
            if warm == 1:
                torch.cuda.reset_peak_memory_stats()
                began = time.monotonic()
        times = []
        with Watch(self.device.telemetry) as watch:
            for _ in range(10):
                start = time.perf_counter()
                loss = self.step()
                torch.cuda.synchronize()
                times.append(time.perf_counter() - start)
        if not math.isfinite(loss):
            raise Skip(f"the loss is {loss}: no training step")
        gib = 2.0**30
        return {"step_time_s": statistics.median(times), "grouped": self.grouped,
                "allocated_gib": torch.cuda.max_memory_allocated() / gib,
                "reserved_gib": torch.cuda.max_memory_reserved() / gib,
                "framework": f"torch {torch.__version__}",
                "note": f"median of {len(times)} steps, {min(times):.4g} to {max(times):.4g} s, "
                        f"after {warm}{watch.text()}"}


# --------------------------------------------------------------------------------------------------
# The program.

def arguments(argv):
    parser = argparse.ArgumentParser(
        prog="measure.py", description="Measure a GPU for fleetcast: kernels, collectives under "
        "torchrun, training steps.")
    add = parser.add_argument
    add("--out", default="measured", help="folder of the files (default: measured)")
    add("--minutes", type=float, default=8.0, help="time to spend (default: 8)")
    add("--kinds", default="", help="only these, of " + ", ".join(KINDS))
    add("--list", action="store_true", help="print every planned measurement, measure nothing")
    add("--dry-run", action="store_true", help="print how many of each, measure nothing")
    add("--resume", action="store_true", help="continue what --out holds")
    add("--compile", action="store_true", help="torch.compile variants too")
    add("--l2", choices=("rotate", "flush", "warm"), default="rotate",
        help="what bursts find in L2: other operands' data (several sets in turn), nothing, theirs")
    add("--sustained", type=float, default=1.0, help="seconds of a sustained run, at least")
    add("--gpu", default="", help="the gpu column, when the name PyTorch gives is not known")
    add("--system", default="", help="file of configs/clusters for training rows")
    add("--link", default="", help="the link column of collectives")
    add("--fake-times", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args(argv)
    wrong = [kind for kind in args.kinds.split(",") if kind and kind not in KINDS]
    if wrong:
        parser.error(f"--kinds: {', '.join(wrong)}: not one of {', '.join(KINDS)}")
    if args.minutes <= 0 or args.sustained <= 0:
        parser.error("--minutes and --sustained must be above 0")
    return args


def kinds_of(args, ranks):
    """Collectives under torchrun, all else on one GPU; by default and at most."""
    possible = ["collectives"] if ranks > 1 else [kind for kind in KINDS if kind != "collectives"]
    asked = [kind for kind in args.kinds.split(",") if kind]
    return [kind for kind in possible if not asked or kind in asked]


def planned(kind, args, share):
    """(tasks that the time reaches by estimate, all tasks)"""
    tasks, seconds, reached = tasks_of(kind, args.compile), 60.0 * args.minutes * share, []
    for task in tasks:
        seconds -= task.seconds
        if seconds < 0:
            break
        reached.append(task)
    return reached, tasks


def plan_text(args, kinds):
    label = slug(known_gpu(args.gpu).label) if args.gpu else "GPU"
    shares = shares_of(kinds)
    lines = []
    for kind in kinds:
        reached, tasks = planned(kind, args, shares[kind])
        lines.append(f"{kind:12} about {len(reached):5} of {len(tasks):5}  in "
                     f"{args.minutes * shares[kind]:4.1f} min  to "
                     f"{os.path.join(args.out, TABLES[kind][0].format(label))}")
        if args.list:
            lines += [f"  {task.key}" for task in reached]
    return "\n".join(lines)


def missing():
    """(torch, "") or (None, what is missing)."""
    try:
        import torch
    except Exception as error:
        return None, (f"PyTorch cannot be imported ({error}). Install it (pip install torch, or "
                      "the container nvcr.io/nvidia/pytorch) and run this again")
    if not torch.cuda.is_available():
        return None, (f"PyTorch {torch.__version__} is here, but sees no GPU "
                      "(torch.cuda.is_available() is False). Check the driver (nvidia-smi), that "
                      "the container was given the GPUs (--gpus all), and that this build of "
                      "PyTorch is one for CUDA or ROCm")
    return torch, ""


def facts_of(device, args):
    known = known_gpu(args.gpu or device.name)
    date = datetime.date.today().isoformat()
    if isinstance(device, FakeDevice):
        source = f"MADE-UP TIMES, bench/device/measure.py --fake-times {date}"
        return Facts(known.label, args.system or known.cluster, known.system, known.hbm,
                     args.link or known.link, source), date
    driver, clocks = device.telemetry.about()
    link = args.link or known.link + (", network not stated" if device.world.nodes > 1 else "")
    source = (f"measured with bench/device/measure.py {date}, torch {device.torch.__version__}, "
              f"driver {driver}, {device.name}, {clocks}")
    return Facts(known.label, args.system or known.cluster, known.system, known.hbm, link,
                 source), date


class Progress:
    """One line on a terminal, nothing elsewhere."""

    def __init__(self, rank):
        self.shown = rank == 0 and sys.stderr.isatty()

    def show(self, text):
        if self.shown:
            print(f"\r\033[K{text[:110]}", end="", file=sys.stderr, flush=True)

    def clear(self):
        self.show("")


def measure_one(device, task, journal, facts, date, absent):
    """Measures a task and writes its row, or why there is none."""
    try:
        journal.add(task, row_of(task, device.measure(task), facts, device.world, date))
        return
    except Skip as skip:
        reason = str(skip)
        if skip.for_all:
            absent.add(skip.for_all if isinstance(skip.for_all, str) else task.feature)
    except Exception as error:
        reason = f"{type(error).__name__}: {str(error).strip()}".splitlines()[0][:300]
        if device.is_out_of_memory(error):
            reason = "out of memory"
        elif not device.is_alive():
            journal.skip(task, reason)
            raise GpuLost(reason) from error
    device.recover()
    journal.skip(task, reason)


def measure_kind(kind, device, journal, facts, date, args, deadline):
    """How many tasks the time did not reach."""
    progress, absent, left = Progress(device.world.rank), set(), 0
    tasks = [task for task in tasks_of(kind, args.compile) if task.key not in journal.done]
    if isinstance(device, FakeDevice):
        tasks = tasks[:FAKE_ROWS]
    for i, task in enumerate(tasks):
        if not device.go(time.monotonic() < deadline):
            left = len(tasks) - i
            break
        if task.feature.startswith(tuple(absent)):
            continue
        progress.show(f"{kind} {i + 1} of at most {len(tasks)}, "
                      f"{max(0.0, deadline - time.monotonic()):.0f} s left: {task.key}")
        measure_one(device, task, journal, facts, date, absent)
        if kind == "training":
            device.recover()
    progress.clear()
    return left


FAKE_ROWS = 40


def open_journal(device, args, facts):
    if device.world.rank != 0:
        return NoJournal(())
    os.makedirs(args.out, exist_ok=True)
    identity = facts.label if device.world.size == 1 or isinstance(device, FakeDevice) else (
        f"{facts.label} x {device.world.size}")
    return Journal(os.path.join(args.out, "journal.jsonl"), identity, args.resume)


def share_done(device, journal):
    """Every rank goes through the same tasks as rank 0."""
    if isinstance(device, FakeDevice) or device.world.size == 1:
        return
    box = [sorted(journal.done)]
    device.dist.broadcast_object_list(box, 0)
    journal.done = set(box[0])


def measure_all(device, args, kinds):
    facts, date = facts_of(device, args)
    journal = open_journal(device, args, facts)
    share_done(device, journal)
    shares, end, left, code = shares_of(kinds), time.monotonic(), {}, 0
    try:
        for kind in kinds:
            end += 60.0 * args.minutes * shares[kind]
            left[kind] = measure_kind(kind, device, journal, facts, date, args, end)
    except KeyboardInterrupt:
        code = fail(130, "stopped; --resume continues")
    except GpuLost as error:
        code = fail(1, f"the GPU failed: {error}; --resume continues behind it")
    if device.world.rank == 0:
        names = write_tables(args.out, facts.label, journal)
        print(summary(args.out, names, journal, left))
    return code


def summary(out, names, journal, left):
    lines = [f"{os.path.join(out, name)}" for name in names]
    rows = sum(1 for entry in journal.entries if entry["table"] != "skipped")
    skipped = len(journal.entries) - rows
    more = sum(left.values())
    lines.append(f"{rows} measurements" + (f", {skipped} skipped (skipped.csv)" if skipped else "")
                 + (f", {more} not reached: --resume measures them" if more else ""))
    return "\n".join(lines)


def stop(signum, frame):
    raise KeyboardInterrupt


def main(argv=None):
    args = arguments(argv)
    ranks = int(os.environ.get("WORLD_SIZE", "1"))
    if args.list or args.dry_run:
        alone, together = kinds_of(args, 1), kinds_of(args, 2)
        print("\n".join(plan_text(args, kinds) for kinds in (alone, together) if kinds))
        return 0
    signal.signal(signal.SIGTERM, stop)
    warnings.filterwarnings("ignore")  # why a kernel was not chosen, prototype notices
    if args.fake_times:
        return measure_all(FakeDevice(), args, kinds_of(args, 1) + kinds_of(args, 2))
    kinds = kinds_of(args, ranks)
    if not kinds:
        return fail(2, f"--kinds {args.kinds}: collectives are measured under torchrun with "
                       "several GPUs, everything else on one GPU without it")
    torch, problem = missing()
    if torch is None:
        print(f"Would have measured:\n{plan_text(args, kinds)}", file=sys.stderr)
        return fail(3, f"nothing measured: {problem}.")
    device = Device(torch, args)
    try:
        if ranks > 1:
            device.join()
    except Skip as skip:
        return fail(3, f"nothing measured: {skip}.")
    code = measure_all(device, args, kinds)
    if ranks > 1 and code == 0:
        device.dist.destroy_process_group()
    return code


if __name__ == "__main__":
    sys.exit(main())
