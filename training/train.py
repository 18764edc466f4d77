"""Trains one network. The weights that are kept are the running average (EMA), not the last step's."""
import copy
import time

import numpy as np
import torch
from torch import nn

import frontend as f
from batches import Batches
from model import CryNet

SMOOTHING = .02


def score_windows(model, x, batch=256):
    model.eval()
    with torch.no_grad():
        return np.concatenate([torch.sigmoid(model(torch.from_numpy(x[i:i + batch]))).numpy() for i in range(0, len(x), batch)])


def clean(batches, model):
    """Label noise: two seconds of a cry clip in which the half-trained model hears no cry are drawn seldom."""
    source = batches.cry
    for i, clip in enumerate(source.clips):
        log = f.network_input(f.log_mel(np.pad(clip.samples, (0, max(0, f.WINDOW - len(clip.pcm))))))
        starts = np.minimum(source.starts[i] // f.STEP, len(log) - f.WINDOW_FRAMES)
        chosen = np.unique(starts[::3])
        scores = score_windows(model, np.stack([log[s:s + f.WINDOW_FRAMES] for s in chosen]))
        source.keep[i] = np.clip(np.interp(starts, chosen, scores), .03, .6) ** 1.0


def train(clips, seed, steps, log=print, check=None, check_every=800, rate=3e-3, start=None, walls=False):
    torch.manual_seed(seed)
    batches = Batches([c for c in clips if c.split == "train"], seed, walls)
    model = CryNet()
    if start is not None:
        model.load_state_dict(start)
        clean(batches, model)
    average = copy.deepcopy(model)
    optimiser = torch.optim.AdamW(model.parameters(), rate, weight_decay=.02)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, total_steps=steps, pct_start=.2)
    began, running = time.time(), 0.0
    for step in range(1, steps + 1):
        x, labels, crying, calm = batches.draw()
        model.train()
        logits = model(torch.from_numpy(x))
        targets = torch.from_numpy(labels) * (1 - 2 * SMOOTHING) + SMOOTHING
        loss = nn.functional.binary_cross_entropy_with_logits(logits, targets)
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        optimiser.step()
        schedule.step()
        # Negatives that still sound like crying are drawn more often.
        scores = torch.sigmoid(logits.detach()).numpy()
        hard = batches.calm.hard
        for index, score in zip(calm, scores[len(crying):]):
            hard[index] = .8 * hard[index] + .2 * min(1, 3 * float(score))
        decay = min(.998, step / (step + 20))
        with torch.no_grad():
            for kept, fresh in zip(average.state_dict().values(), model.state_dict().values()):
                if kept.dtype.is_floating_point:
                    kept.mul_(decay).add_(fresh, alpha=1 - decay)
                else:
                    kept.copy_(fresh)
        running = .98 * running + .02 * loss.item() if step > 1 else loss.item()
        if step % 200 == 0:
            log(f"seed {seed} step {step} loss {running:.4f} {time.time() - began:.0f} s")
        if start is None and step in (steps * 35 // 100, steps * 65 // 100):
            clean(batches, average)
        if check and step % check_every == 0:
            check(average, step)
    average.eval()
    return average
