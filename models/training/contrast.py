"""Trains token embeddings so that the sums of a question's and of its passage's embeddings point the same way."""
import numpy as np
import torch

EPOCHS = 5
BATCH = 512
TEMPERATURE = 0.05
RATE = 2e-3


def cloze(document, random):
    """A span of a passage as the question, and the rest as the passage (inverse cloze task: Lee et al., ACL 2019)."""
    length = int(random.integers(6, 17))
    if len(document) < 3 * length:
        return None
    start = int(random.integers(0, len(document) - length))
    return document[start:start + length], np.concatenate([document[:start], document[start + length:]])


def train(table, documents, titles, pairs, seed, log):
    """In-batch softmax over cosines, both ways. Returns a table of the same shape."""
    random = np.random.default_rng(seed)
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    bag = torch.nn.EmbeddingBag.from_pretrained(torch.from_numpy(table.copy()), freeze=False, mode="sum")
    zero = torch.from_numpy(np.abs(table).sum(1) == 0)
    optimiser = torch.optim.Adam(bag.parameters(), lr=RATE)
    examples = len(documents) + len(titles) + 3 * len(pairs)
    steps, step = EPOCHS * (examples // BATCH), 0
    for epoch in range(EPOCHS):
        data = [c for c in (cloze(d, random) for d in documents) if c] + titles + 3 * pairs
        order = random.permutation(len(data))
        total = 0.0
        for start in range(0, len(order) - BATCH + 1, BATCH):
            batch = [data[i] for i in order[start:start + BATCH]]
            questions, passages = (side(bag, [pair[i] for pair in batch]) for i in (0, 1))
            scores = questions @ passages.T / TEMPERATURE
            target = torch.arange(BATCH)
            loss = torch.nn.functional.cross_entropy(scores, target) + torch.nn.functional.cross_entropy(scores.T, target)
            for group in optimiser.param_groups:
                group["lr"] = RATE * max(0.02, 1 - step / steps)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            with torch.no_grad():
                bag.weight[zero] = 0
            total += float(loss.detach())
            step += 1
        log("epoch", epoch + 1, "loss", round(total / (len(order) // BATCH), 4))
    return bag.weight.detach().numpy()


def side(bag, arrays):
    offsets = np.cumsum([0] + [len(a) for a in arrays[:-1]])
    vectors = bag(torch.from_numpy(np.concatenate(arrays)), torch.from_numpy(offsets))
    return torch.nn.functional.normalize(vectors, dim=1)
