"""The model trident-small in PyTorch: MiniLM with a rotation and three small heads.

dense: the mean of the states, rotated so that the first dimensions say most.
tokens: the states along 128 axes, most important first.
sparse: for each token an emphasis, counted by family and saturated as BM25 does; and, for words
that the text does not hold, the logits of a few vectors that each read the text by an attention
of their own, over the word embeddings.
"""

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from trident_training import backbone, encoder

TOKEN_DIMENSIONS = 128
SLOTS = 4
PREFIXES = (256, 128, 64)


class Student(nn.Module):
    """Backbone and heads; the first `frozen` layers and the embeddings are not trained."""

    def __init__(self, module, lexicon, frozen):
        super().__init__()
        self.backbone, self.frozen = module, frozen
        width = backbone.WIDTH
        self.rotation = nn.Linear(width, width, bias=False)
        self.late = nn.Linear(width, TOKEN_DIMENSIONS, bias=False)
        self.emphasis = nn.Linear(width, 1)
        self.reader = nn.Linear(width, SLOTS)
        self.guess, self.guess_norm = nn.Linear(width, width), nn.LayerNorm(width)
        self.guess_bias = nn.Parameter(torch.full((len(lexicon["idf"]),), -2.0))
        self.share = nn.Parameter(torch.tensor(np.log(lexicon["share"]), dtype=torch.float32))
        self.register_buffer("idf", torch.tensor(lexicon["idf"]), persistent=False)
        self.register_buffer("family", torch.tensor(lexicon["family"]), persistent=False)
        self.mean_length = float(lexicon["mean_length"])
        nn.init.zeros_(self.emphasis.weight)
        nn.init.constant_(self.emphasis.bias, float(np.log(np.e - 1)))  # a softplus of one
        for part in self.backbone.layers[:frozen]:
            part.requires_grad_(False)
        for part in (module.words, module.positions, module.types, module.norm):
            part.requires_grad_(False)

    def states(self, ids, mask):
        """The last states, with gradients from the first trained layer on."""
        with torch.no_grad():
            x = self.backbone.embed(ids)
            hidden = torch.zeros(mask.shape).masked_fill(mask == 0, -1e4)[:, None]
            for layer in self.backbone.layers[: self.frozen]:
                x = layer(x, hidden.to(torch.bfloat16))
        for layer in self.backbone.layers[self.frozen :]:
            x = layer(x, hidden.to(torch.bfloat16))
        return x.float()

    def dense(self, states, mask):
        """Before scaling, so that any prefix may be taken."""
        held = mask[:, :, None].float()
        return self.rotation((states * held).sum(1) / held.sum(1)).float()

    def tokens(self, states):
        """Of length one."""
        return functional.normalize(self.late(states).float(), dim=-1)

    def spoken(self, states, ids, mask):
        """Saturated frequency of the family of each position."""
        held = mask.float()
        emphasis = functional.softplus(self.emphasis(states).float()[..., 0]) * held
        family = self.family[ids] * mask
        same = (family[:, :, None] == family[:, None, :]).float()
        length = (held.sum(1, keepdim=True) - 2).clamp(min=1)
        norm = encoder.saturation_norm(length, self.mean_length, encoder.SPARSE_K1)
        return encoder.saturated((same @ emphasis[:, :, None])[..., 0], norm, encoder.SPARSE_K1), family

    def written(self, states, ids, mask, members):
        """Weights [batch, vocabulary] of the words of the text and of their families' `members`."""
        frequency, family = self.spoken(states, ids, mask)
        slots = members[family]
        weights = torch.zeros(len(ids), len(self.idf))
        return weights.scatter_(1, slots.flatten(1), (frequency[..., None] * (slots > 0)).flatten(1))

    def guesses(self, states, mask):
        """Logits [batch, vocabulary] of words that a query for the text may have."""
        read = self.reader(states).float().masked_fill(mask[:, :, None] == 0, -1e4).softmax(1)
        slots = read.transpose(1, 2) @ states
        slots = self.guess_norm(functional.gelu(self.guess(slots).float()) + slots)
        logits = functional.linear(slots, self.backbone.words.weight)
        return logits.float().amax(1) + self.guess_bias

    def asked(self):
        """What each token of the vocabulary weighs in a query."""
        return self.idf * self.share.clamp(max=0.3).exp()


def guessed(logits):
    """Weights of guessed words."""
    return functional.relu(logits).log1p()


def principal(vectors):
    """Axes of vectors [n, width], the most important first, in rows."""
    _, _, axes = np.linalg.svd(vectors, full_matrices=False)
    return axes


def start(student, texts):
    """Sets rotation and token axes to those of principal components of some texts."""
    pooled, states = [], []
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        for begin in range(0, len(texts), 32):
            ids, mask = backbone.batch(texts[begin : begin + 32], 96)
            x = student.states(ids, mask)
            held = mask[:, :, None].float()
            pooled.append(functional.normalize((x * held).sum(1), dim=-1))
            states.append(functional.normalize(x, dim=-1)[mask > 0][::4])
        axes = principal(torch.cat(pooled).numpy())
        student.rotation.weight.copy_(torch.tensor(axes))
        axes = principal(torch.cat(states).numpy())[:TOKEN_DIMENSIONS]
        student.late.weight.copy_(torch.tensor(axes))
