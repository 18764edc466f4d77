"""
The network: depthwise-separable convolutions over [time, mel], the mel axis folded by weights of its own (so that absolute pitch counts), one
temporal convolution, then mean and maximum over time and one linear unit. A logit per 2-s window.
"""
import torch
from torch import nn

STEM = 16
# (in, out, stride over time, stride over mel)
BLOCKS = ((16, 48, 2, 2), (48, 48, 1, 1), (48, 80, 2, 2), (80, 80, 1, 1), (80, 80, 1, 1), (80, 128, 1, 2), (128, 128, 1, 1))
FOLD = 4
TEMPORAL = 5


class Separable(nn.Module):
    def __init__(self, inputs, outputs, time, mel):
        super().__init__()
        self.depth = nn.Conv2d(inputs, inputs, 3, (time, mel), 1, groups=inputs, bias=False)
        self.depth_norm = nn.BatchNorm2d(inputs)
        self.point = nn.Conv2d(inputs, outputs, 1, bias=False)
        self.point_norm = nn.BatchNorm2d(outputs)
        self.residual = inputs == outputs and (time, mel) == (1, 1)

    def forward(self, x):
        y = torch.relu(self.depth_norm(self.depth(x)))
        y = self.point_norm(self.point(y))
        return torch.relu(x + y if self.residual else y)


class CryNet(nn.Module):
    def __init__(self, dropout=.2):
        super().__init__()
        width = BLOCKS[-1][1]
        self.stem = nn.Conv2d(1, STEM, 3, 2, 1, bias=False)
        self.stem_norm = nn.BatchNorm2d(STEM)
        self.blocks = nn.Sequential(*(Separable(*b) for b in BLOCKS))
        self.fold = nn.Conv2d(width, width, (1, FOLD), groups=width, bias=False)
        self.fold_norm = nn.BatchNorm2d(width)
        self.temporal = nn.Conv2d(width, width, (TEMPORAL, 1), padding=(TEMPORAL // 2, 0), groups=width, bias=False)
        self.temporal_norm = nn.BatchNorm2d(width)
        self.mix = nn.Conv2d(width, width, 1, bias=False)
        self.mix_norm = nn.BatchNorm2d(width)
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(2 * width, 1)
        with torch.no_grad():
            self.fold.weight.fill_(1 / FOLD)

    def forward(self, x):
        x = torch.relu(self.stem_norm(self.stem(x[:, None])))
        x = self.blocks(x)
        x = torch.relu(self.fold_norm(self.fold(x)))
        y = torch.relu(self.temporal_norm(self.temporal(x)))
        x = torch.relu(x + self.mix_norm(self.mix(y)))[..., 0]
        pooled = torch.cat([x.mean(2), x.amax(2)], 1)
        return self.head(self.dropout(pooled))[:, 0]


def parameters(model):
    return sum(p.numel() for p in model.parameters())
