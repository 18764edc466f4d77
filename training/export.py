"""Writes the weights in the format CryModel.cs reads, batch normalisation folded in, and a golden batch for its test."""
import hashlib
import struct

import numpy as np
import torch

import model as network

VERSION = 1


def folded(weight, norm):
    """Convolution and normalisation as one: (weights, bias)."""
    scale = (norm.weight / torch.sqrt(norm.running_var + norm.eps)).detach().double()
    shaped = weight.detach().double() * scale.view(-1, *([1] * (weight.dim() - 1)))
    bias = norm.bias.detach().double() - norm.running_mean.double() * scale
    return shaped.numpy(), bias.numpy()


def layers(net):
    def depthwise(conv, norm):
        w, b = folded(conv.weight, norm)  # [channel, 1, y, x]
        return [w.reshape(w.shape[0], -1).T, b]  # [y x, channel]

    def pointwise(conv, norm):
        w, b = folded(conv.weight, norm)  # [out, in, 1, 1]
        return [w[:, :, 0, 0].T, b]

    yield from depthwise(net.stem, net.stem_norm)
    for block in net.blocks:
        yield from depthwise(block.depth, block.depth_norm)
        yield from pointwise(block.point, block.point_norm)
    yield from depthwise(net.fold, net.fold_norm)
    yield from depthwise(net.temporal, net.temporal_norm)
    yield from pointwise(net.mix, net.mix_norm)
    yield net.head.weight.detach().double().numpy()
    yield net.head.bias.detach().double().numpy()


def write(net, clip_threshold, alarm_threshold, path):
    numbers = [VERSION, network.STEM, len(network.BLOCKS)] + [n for b in network.BLOCKS for n in b] + [network.FOLD, network.TEMPORAL]
    body = struct.pack(f"<{len(numbers)}i", *numbers) + struct.pack("<2f", clip_threshold, alarm_threshold)
    body += b"".join(np.ascontiguousarray(a, "<f4").tobytes() for a in layers(net))
    checksum = hashlib.sha256(body).digest()
    with open(path, "wb") as file:
        file.write(b"VIGILCRY" + checksum + body)
    return checksum.hex()


def write_golden(net, inputs, path):
    """Log-mel windows (step 6, before the network's own scaling), then one logit each, as float32."""
    log = np.ascontiguousarray(inputs * 4 - 6, "<f4")
    with torch.no_grad():
        logits = net(torch.from_numpy((log + 6) / 4)).numpy().astype("<f4")
    with open(path, "wb") as file:
        file.write(struct.pack("<i", len(log)) + log.tobytes() + logits.tobytes())
