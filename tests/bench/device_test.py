#!/usr/bin/env python3
"""Runs bench/device/measure.py without PyTorch, with made-up times, and against fake_torch/, and has
fleetcast read what it writes.
usage: device_test.py PATH_OF_FLEETCAST   (in the source tree)"""
import csv
import glob
import importlib.util
import json
import os
import re
import subprocess
import sys
import tempfile
import unittest
import warnings

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
KIT = os.path.join(ROOT, "bench", "device", "measure.py")
FAKE_TORCH = os.path.join(HERE, "fake_torch")
FLEETCAST = os.path.abspath(sys.argv[1]) if len(sys.argv) > 1 else "fleetcast"

GEMM = "gpu,dtype,m,n,k,time_us,tflops,source"
ATTENTION = "gpu,dtype,direction,batch,heads,kv_heads,head_dim,seq,causal,time_us,tflops,source"
HEADERS = {
    "gemm_gb200.csv": GEMM,
    "gemm_sustained_gb200.csv": GEMM,
    "grouped_gemm_gb200.csv": GEMM,
    "attention_gb200.csv": ATTENTION,
    "attention_sustained_gb200.csv": ATTENTION,
    "memory_gb200.csv": "gpu,op,dtype,direction,rows,cols,bytes,time_us,GBps,frac_peak,source",
    "collectives.csv": "system,collective,ranks,nodes,link,bytes,time_us,algbw_GBps,busbw_GBps,"
                       "source",
}


def run(*words, path=None, cwd=None):
    """A program's exit code, output and errors."""
    environment = dict(os.environ, PYTHONDONTWRITEBYTECODE="1")
    for name in ("PYTHONPATH", "WORLD_SIZE", "RANK", "LOCAL_RANK"):
        environment.pop(name, None)
    if path:
        environment["PYTHONPATH"] = path
    done = subprocess.run(words, capture_output=True, text=True, env=environment, cwd=cwd or ROOT,
                          check=False)
    return done.returncode, done.stdout, done.stderr


def measure(*words, path=None):
    return run(sys.executable, KIT, *words, path=path)


def json_of(test, *words):
    code, out, errors = run(FLEETCAST, "validate", *words, "--format", "json")
    test.assertEqual((code, errors), (0, ""))
    return json.loads(out)


class Scratch(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.out = folder.name

    def file(self, name):
        return os.path.join(self.out, name)

    def text(self, name):
        with open(self.file(name), encoding="utf-8") as file:
            return file.read()


class WithoutTorch(Scratch):
    def without_torch(self):
        """A folder whose torch cannot be imported, whatever this machine has."""
        with open(self.file("torch.py"), "w", encoding="utf-8") as file:
            file.write("raise ImportError('No module named torch')\n")
        return self.out

    def test_it_says_what_is_missing_and_what_would_be_measured(self):
        code, out, errors = measure("--gpu", "H200-SXM", path=self.without_torch())
        self.assertEqual((code, out), (3, ""))
        self.assertIn("PyTorch cannot be imported (No module named torch)", errors)
        self.assertIn("pip install torch", errors)
        self.assertRegex(errors, r"gemm +about +\d+ of +\d+ +in +2\.8 min +to "
                                 r"measured/gemm_h200-sxm\.csv")

    def test_a_dry_run_names_a_file_for_each_kind_and_needs_no_torch(self):
        code, out, errors = measure("--dry-run", "--minutes", "10", path=self.without_torch())
        self.assertEqual((code, errors), (0, ""))
        self.assertEqual([line.split()[0] for line in out.splitlines()],
                         ["gemm", "grouped", "attention", "memory", "training", "collectives"])
        self.assertIn("in  3.5 min  to measured/gemm_GPU.csv", out)  # 35 % of the time

    def test_the_list_is_the_same_every_time_and_more_time_only_adds_to_it(self):
        path = self.without_torch()
        few, same, many = (measure("--list", "--kinds", "gemm", "--minutes", m, path=path)[1]
                           for m in ("1", "1", "4"))
        self.assertEqual(few, same)
        self.assertEqual(many.splitlines()[1:len(few.splitlines())], few.splitlines()[1:])
        self.assertGreater(len(many), 2 * len(few))
        for part in ("bf16 fwd NT", "bf16 dgrad NN", "bf16 wgrad TN", "fp8", "sustained"):
            self.assertIn(part, few)

    def test_wrong_arguments_are_refused(self):
        code, _, errors = measure("--kinds", "gem", "--dry-run")
        self.assertEqual(code, 2)
        self.assertIn("--kinds: gem: not one of gemm, grouped,", errors)
        self.assertEqual(measure("--kinds", "collectives", "--out", self.out)[0], 2)


class Files(Scratch):
    """What the writers write, of made-up times."""

    def write(self, *more):
        code, out, errors = measure("--fake-times", "--gpu", "GB200", "--out", self.out, *more)
        self.assertEqual((code, errors), (0, ""))
        return out

    def test_tables_have_the_columns_that_fleetcast_reads(self):
        self.write()
        for name, header in HEADERS.items():
            with self.subTest(name):
                rows = self.text(name).splitlines()
                self.assertEqual(rows[0], header)
                self.assertGreater(len(rows), 1)

    def test_fleetcast_reads_and_predicts_every_gemm(self):
        self.write()
        count = len(self.text("gemm_gb200.csv").splitlines()) - 1
        read = json_of(self, "--kernels", self.file("gemm_gb200.csv"))
        self.assertEqual((len(read["rows"]), read["skipped"]), (count, []))

    def test_fleetcast_reads_and_predicts_every_training_row(self):
        self.write()
        read = json_of(self, self.file("training_gb200.yaml"))
        self.assertEqual((len(read["rows"]), read["skipped"]), (30, []))
        for row in read["rows"]:
            with self.subTest(row["id"]):
                self.assertEqual((row["notes"], row["unknown_knobs"]), ([], []))
                self.assertEqual((row["stack"], row["measured_memory_gib"]), ("pytorch 2025", 40))

    def test_fleetcast_calibrates_to_all_that_a_run_leaves(self):
        self.write()
        files = sorted(glob.glob(self.file("*.csv")) + glob.glob(self.file("*.yaml")))
        mine = self.file("mine")
        code, out, errors = run(FLEETCAST, "calibrate", *files, "--out", mine, "--format", "csv")
        self.assertEqual((code, errors), (0, ""))
        for section in ("gb200,GEMM bf16,", "gb200,GEMM fp4,", "gb200,attention flash3 forward,",
                        "gb200,memory-bound copy,", "fabric nvlink5,all_reduce,",
                        "training steps,step time,"):
            self.assertIn(f"\n{section}", out)
        code, out, errors = run(FLEETCAST, "show", "kernels", "gb200", "--configs", mine,
                                "--format", "csv")
        self.assertEqual((code, errors), (0, ""))
        self.assertIn("MADE-UP TIMES", out)

    def test_times_and_rates_of_a_row_are_of_its_sizes(self):
        self.write()
        with open(self.file("collectives.csv"), encoding="utf-8", newline="") as file:
            row = next(r for r in csv.DictReader(file) if r["collective"] == "all_reduce")
        # 1,024 bytes in 3 us + 1,024 / 3 TB/s; all-reduce over 8: 2 x 7 / 8 of the bytes.
        self.assertEqual(row["bytes"], "1024")
        self.assertAlmostEqual(float(row["algbw_GBps"]), 1.024 / 3.00034, 5)
        self.assertAlmostEqual(float(row["busbw_GBps"]), 1.75 * 1.024 / 3.00034, 5)

    def test_a_second_run_continues_only_when_told_to(self):
        self.write("--kinds", "gemm")
        before = self.text("gemm_gb200.csv")
        code, _, errors = measure("--fake-times", "--gpu", "GB200", "--out", self.out)
        self.assertEqual(code, 2)
        self.assertIn("--resume continues", errors)
        self.assertEqual(self.text("gemm_gb200.csv"), before)
        self.write("--kinds", "gemm", "--resume")
        after = self.text("gemm_gb200.csv")
        self.assertTrue(after.startswith(before) and len(after) > len(before))

    def test_a_line_cut_off_in_the_journal_is_measured_again(self):
        self.write("--kinds", "gemm")
        whole = self.text("journal.jsonl")
        with open(self.file("journal.jsonl"), "w", encoding="utf-8") as file:
            file.write(whole[:-20])
        self.write("--kinds", "gemm", "--resume")
        self.assertTrue(self.text("journal.jsonl").startswith(whole))

    def test_a_journal_of_another_gpu_is_refused(self):
        self.write("--kinds", "gemm")
        code, _, errors = measure("--fake-times", "--gpu", "H200-SXM", "--out", self.out,
                                  "--resume")
        self.assertEqual(code, 2)
        self.assertIn("is of GB200, this is H200-SXM", errors)

    def test_no_half_written_file_stays_behind(self):
        self.write()
        self.assertEqual([n for n in os.listdir(self.out) if n.endswith(".tmp")], [])


def load_kit():
    """The kit as a module, on fake_torch."""
    sys.dont_write_bytecode = True
    sys.path.insert(0, FAKE_TORCH)
    spec = importlib.util.spec_from_file_location("measure", KIT)
    kit = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(kit)
    kit.WARM_SECONDS = 0.0
    return kit


def signature(task):
    """What makes the kit take another path through its code."""
    p = task.params
    return (task.kind, p.get("dtype"), p.get("pass"), p.get("mode"), p.get("how"), p.get("op"),
            p.get("backend"), p.get("direction"), p.get("d"), p.get("kv") == p.get("heads"),
            p.get("model"), p.get("recompute"), p.get("precision"), p.get("compiled"))


class OnFakeTorch(Scratch):
    def setUp(self):
        super().setUp()
        import torch
        self.torch = torch
        self.args = KIT_MODULE.arguments(["--out", self.out, "--sustained", "0.01", "--compile"])
        self.device = KIT_MODULE.Device(torch, self.args)
        self.facts, self.date = KIT_MODULE.facts_of(self.device, self.args)
        self.journal = KIT_MODULE.Journal(self.file("journal.jsonl"), "GB200", False)
        self.addCleanup(self.journal.file.close)

    def measure_each(self, kinds):
        """One task of every signature."""
        seen = {}
        for kind in kinds:
            for task in KIT_MODULE.tasks_of(kind, True):
                seen.setdefault(signature(task), task)
        for task in seen.values():
            KIT_MODULE.measure_one(self.device, task, self.journal, self.facts, self.date, set())
        return len(seen), {e["key"]: e["row"]["reason"] for e in self.journal.entries
                           if e["table"] == "skipped"}

    def test_every_kind_of_kernel_is_measured(self):
        count, skipped = self.measure_each(["gemm", "grouped", "memory"])
        self.assertEqual(skipped, {})
        self.assertGreater(count, 60)

    def test_attention_skips_only_what_a_backend_cannot_do(self):
        _, skipped = self.measure_each(["attention"])
        for key, reason in skipped.items():
            self.assertRegex(key, r"^attention (flash |flash_attn ).* d192/128 |flash_attn_3")
            self.assertRegex(reason, "has no kernel|head sizes|no package flash_attn_interface")
        self.assertEqual(len({key.split()[1] for key in skipped}), 3)

    def test_every_model_trains_and_fleetcast_predicts_it(self):
        count, skipped = self.measure_each(["training"])
        self.assertEqual(skipped, {})
        KIT_MODULE.write_tables(self.out, "GB200", self.journal)
        read = json_of(self, self.file("training_gb200.yaml"))
        self.assertEqual((len(read["rows"]), read["skipped"]), (count, []))
        self.assertIn('"moe_grouped_gemm": true', self.text("training_gb200.yaml"))

    def test_collectives_are_measured(self):
        self.device.join()
        self.device.world = KIT_MODULE.World(0, 4, 1)
        _, skipped = self.measure_each(["collectives"])
        self.assertEqual(skipped, {})

    def test_running_out_of_memory_skips_one_measurement(self):
        def fail(*shape, **options):
            raise self.torch.cuda.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB")
        self.device.randn = fail
        task = KIT_MODULE.gemm_task("bf16", "fwd", (4096, 4096, 4096), "burst")
        KIT_MODULE.measure_one(self.device, task, self.journal, self.facts, self.date, set())
        self.assertEqual(self.journal.entries[0]["row"],
                         {"measurement": "gemm bf16 fwd NT 4096x4096x4096 burst",
                          "reason": "out of memory"})

    def test_a_lost_gpu_ends_the_run(self):
        def fail(*ignored):
            raise RuntimeError("CUDA error: an illegal memory access was encountered")
        self.device.randn, self.device.is_alive = fail, lambda: False
        task = KIT_MODULE.gemm_task("bf16", "fwd", (4096, 4096, 4096), "burst")
        with self.assertRaises(KIT_MODULE.GpuLost):
            KIT_MODULE.measure_one(self.device, task, self.journal, self.facts, self.date, set())

    def test_a_time_is_that_of_one_run(self):
        # fake_torch takes 50 us an operation, and a GEMM is one.
        task = KIT_MODULE.gemm_task("bf16", "wgrad", (4096, 1024, 2048), "burst")
        KIT_MODULE.measure_one(self.device, task, self.journal, self.facts, self.date, set())
        row = self.journal.entries[0]["row"]
        self.assertEqual((row["m"], row["n"], row["k"]), (1024, 2048, 4096))
        self.assertAlmostEqual(float(row["time_us"]), 50.0, 3)
        self.assertAlmostEqual(float(row["tflops"]), 2 * 4096 * 1024 * 2048 / 50e6, 2)

    def test_the_whole_program_runs(self):
        out = self.file("whole")
        code, printed, errors = measure("--minutes", "0.05", "--sustained", "0.01", "--kinds",
                                        "gemm,memory", "--out", out, path=FAKE_TORCH)
        self.assertEqual((code, errors), (0, ""))
        self.assertIn("gemm_gb200.csv", printed)
        self.assertIn("not reached: --resume measures them", printed)


class Names(unittest.TestCase):
    def test_every_gpu_it_knows_has_its_files_in_configs(self):
        for known in KIT_MODULE.KNOWN_GPUS:
            with self.subTest(known.label):
                self.assertTrue(os.path.exists(f"{ROOT}/configs/clusters/{known.cluster}.yaml"))

    def test_gpus_are_told_by_the_names_that_drivers_give_them(self):
        for name, label in {"NVIDIA H100 80GB HBM3": "H100-SXM5-80GB", "NVIDIA H200": "H200-SXM",
                            "NVIDIA H100 PCIe": "H100-PCIe", "NVIDIA H20": "H20",
                            "NVIDIA A100-SXM4-80GB": "A100-SXM4-80GB", "NVIDIA B200": "B200-SXM",
                            "NVIDIA GB200": "GB200", "NVIDIA H200 NVL": "H200-NVL",
                            "AMD Instinct MI300X": "MI300X", "NVIDIA L40S": "L40S"}.items():
            with self.subTest(name):
                self.assertEqual(KIT_MODULE.known_gpu(name).label, label)

    def test_a_label_is_its_own_name(self):
        for known in KIT_MODULE.KNOWN_GPUS:
            self.assertEqual(KIT_MODULE.known_gpu(known.label).label, known.label)

    def test_peaks_are_those_of_configs(self):
        for known in KIT_MODULE.KNOWN_GPUS:
            with self.subTest(known.label):
                with open(f"{ROOT}/configs/clusters/{known.cluster}.yaml", encoding="utf-8") as f:
                    gpu = re.search(r"^gpu: (\S+)", f.read(), re.M).group(1)
                with open(f"{ROOT}/configs/gpus/{gpu}.yaml", encoding="utf-8") as f:
                    peak = re.search(r"hbm_bandwidth: \{value: ([\d.]+) TB/s", f.read())
                self.assertEqual(known.hbm, float(peak.group(1)))


KIT_MODULE = load_kit()

if __name__ == "__main__":
    warnings.filterwarnings("ignore")
    unittest.main(argv=[sys.argv[0]])
