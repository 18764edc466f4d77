"""
Rebuilds the weights from the data set, in one go: prepares the clips, trains, chooses the thresholds on validation, writes the weights, the golden
batch, the attribution file and the score sheet. The seed is fixed; the same machine gives the same weights.

    training/rebuild.sh [DATA SET]        or VIGIL_CRY_DATASET=…; --steps N, --cache DIR, --weights FILE (score and export a checkpoint),
                                          --out DIR (write everything there), --quick (every step with few clips; minutes, nothing in the tree)
"""
import argparse
import csv
import os
import sys
import time

import numpy as np
import torch

import data
import evaluate
import export
import frontend
import train
from model import CryNet, parameters

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
MODELS = os.path.join(ROOT, "src/Vigil.Perception/Models")
SEED, STEPS, MORE = 1, 2200, 700
QUICK_STEPS, QUICK_SHARE = 60, 10
GOLDEN = ("esc10_dog_4", "synth_siren_val", "laugh_synthetic_val_3")


def choose(rows, windows, night, cries):
    """Clip threshold: best F1 over all groups among those that flag at most 2 % of the 8 kHz copies. Alarm threshold: the middle of the range in
    which the night is perfect."""
    best = None
    for t in np.arange(.30, .96, .01):
        values = {name: value for name, value, *_ in evaluate.sheet(rows, windows, t, intervals=False)}
        if best is None or (values["flagged, 8 kHz copies"] <= .02, values["F1, all"]) > best[:2]:
            best = (values["flagged, 8 kHz copies"] <= .02, values["F1, all"], t)
    nights = {t: evaluate.judge_night(evaluate.night_alarms(night, t), cries) for t in np.arange(.20, .97, .01)}
    top = max(nights.values(), key=lambda n: (n[0] - n[1], n[0]))
    perfect = [t for t, n in nights.items() if n == top]
    return float(best[2]), float(np.median(perfect)), (min(perfect), max(perfect), top)


class Places:
    """Where what is written goes: into the tree, or all of it into one directory."""

    def __init__(self, out):
        inside = lambda name, usual: os.path.join(out, name) if out else os.path.join(ROOT, usual, name)
        self.weights = inside("cry.vigil", "src/Vigil.Perception/Models")
        self.attribution = inside("ATTRIBUTION.txt", "src/Vigil.Perception/Models")
        self.card = inside("cry.md", "src/Vigil.Perception/Models")
        self.golden = inside("golden-batch.bin", "testdata/hearing")
        self.sheet = inside("SCORES.md", "training")


def attribution(dataset, path):
    with open(os.path.join(dataset, "manifest.csv"), newline="") as file:
        rows = list(csv.DictReader(file))
    lines = sorted({f"{r['licence']} · {r['attribution']}" for r in rows if r["split"] == "train" and r["attribution"]})
    with open(path, "w") as file:
        file.write("Sound that the cry model was trained on.\n\n"
                   "Contains information from the donateacry-corpus (https://github.com/gveres/donateacry-corpus), which is made available under\n"
                   "the Open Database License (ODbL) 1.0, its contents under the Database Contents License (DbCL) 1.0. The weights are a Produced\n"
                   "Work of it (ODbL 1.0, section 4.3).\n\n" + "\n".join(lines) + "\n")


def write_sheet(path, rows, windows, clip, alarm, span, night, cries, seconds, model):
    lines = evaluate.sheet(rows, windows, clip)
    with open(path, "w") as file:
        file.write(f"# Score sheet\n\nValidation only. {parameters(model):,} parameters, seed {SEED}. Clip threshold {clip:.2f}, alarm threshold "
                   f"{alarm:.2f}. 95 % intervals: bootstrap over app instances and recordings, 1,000 rounds.\n\n"
                   "| measure | value | 95 % interval | clips |\n|---|--:|--:|--:|\n")
        for name, value, low, high, count in lines:
            file.write(f"| {name} | {value:.3f} | {low:.3f} – {high:.3f} | {count} |\n")
        fired = evaluate.night_alarms(night, alarm)
        found, false = evaluate.judge_night(fired, cries)
        file.write(f"\nNight of {seconds / 60:.0f} minutes: {found} of {len(cries)} cries found, {false} false firings, at {alarm:.2f} "
                   f"(the same from {span[0]:.2f} to {span[1]:.2f}). It was used to choose the threshold.\n")
        kinds = {}
        for row, w in zip(rows, windows):
            if row[1] == 0 and evaluate.clip_score(w) >= clip:
                key = (row[0], row[3])
                kinds[key] = kinds.get(key, 0) + 1
        file.write("\nWhat was flagged wrongly: " + (", ".join(f"{kind} ({group}) {n}" for (group, kind), n in sorted(kinds.items())) or "nothing") + ".\n")


def write_card(path, lines, found, cries, false, clip, alarm, checksum, model):
    """The figures of the model card, between its two marks; the words around them stay."""
    with open(os.path.join(MODELS, "cry.md")) as file:
        head, rest = file.read().split("<!-- figures -->\n", 1)
        tail = rest.split("<!-- end of figures -->\n", 1)[1]
    rows = "".join(f"| {name} | {value:.3f} ({low:.3f} – {high:.3f}) |\n" for name, value, low, high, _ in lines)
    with open(path, "w") as file:
        file.write(f"{head}<!-- figures -->\n{parameters(model):,} parameters, checksum `{checksum[:12]}…`, clip threshold {clip:.2f}, alarm threshold {alarm:.2f}.\n\n"
                   f"| validation | value (95 % interval) |\n|---|--:|\n{rows}| night of 30 minutes: cries found of {cries}, false firings | {found}, {false} |\n"
                   f"<!-- end of figures -->\n{tail}")


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("dataset", nargs="?", default=os.environ.get("VIGIL_CRY_DATASET"))
    arguments.add_argument("--cache", default=os.path.expanduser("~/.cache/vigil-training"))
    arguments.add_argument("--steps", type=int)
    arguments.add_argument("--weights")
    arguments.add_argument("--out")
    arguments.add_argument("--quick", action="store_true")
    options = arguments.parse_args()
    steps = options.steps or (QUICK_STEPS if options.quick else STEPS)
    out = options.out or (os.path.join(options.cache, "quick") if options.quick else None)
    if not options.dataset or not os.path.isdir(options.dataset):
        sys.exit("Where is the data set? Give its directory, or set VIGIL_CRY_DATASET.")
    torch.set_num_threads(1)
    if out:
        os.makedirs(out, exist_ok=True)
    places = Places(out)
    began = time.time()
    clips = data.load(options.dataset, options.cache, QUICK_SHARE if options.quick else 1, GOLDEN)
    if options.weights:
        model = CryNet()
        model.load_state_dict(torch.load(options.weights))
    else:
        model = train.train(clips, SEED, steps, log=lambda line: print(line, flush=True))
        # Once more over what the first round found hard, now also through the walls of the house.
        model = train.train(clips, SEED + 1, steps * MORE // STEPS, log=lambda line: print(line, flush=True), rate=1e-3,
                            start=model.state_dict(), walls=True)
        torch.save(model.state_dict(), os.path.join(out or options.cache, "weights.pt"))
    model.eval()
    rows, windows = evaluate.score_all(model, clips)
    night, cries, seconds = evaluate.night(model, options.dataset)
    clip, alarm, span = choose(rows, windows, night, cries)
    checksum = export.write(model, clip, alarm, places.weights)
    golden = [frontend.windows(next(c for c in clips if c.name.startswith(n)).samples)[1] for n in GOLDEN]
    export.write_golden(model, np.stack(golden), places.golden)
    attribution(options.dataset, places.attribution)
    found, false = evaluate.judge_night(evaluate.night_alarms(night, alarm), cries)
    write_card(places.card, evaluate.sheet(rows, windows, clip), found, len(cries), false, clip, alarm, checksum, model)
    write_sheet(places.sheet, rows, windows, clip, alarm, span, night, cries, seconds, model)
    print(f"{checksum} in {time.time() - began:.0f} s; weights in {places.weights}, scores in {places.sheet}")


if __name__ == "__main__":
    main()
