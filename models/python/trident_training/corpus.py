"""Collections in the common layout: corpus.jsonl.gz, queries.jsonl.gz, qrels.tsv."""

import collections
import gzip
import json


def read_lines(path):
    """The objects of a file with one JSON object per line."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def passages(path, excluded, most):
    """Titles and texts for training: at most so many of a source, none of the excluded ones.

    A source is what an `_id` says before its last dash. Reading order decides who is kept.
    """
    taken = collections.Counter()
    for entry in read_lines(path):
        source = entry["_id"].rpartition("-")[0]
        if source.startswith(tuple(excluded)) or taken[source] >= most:
            continue
        taken[source] += 1
        yield entry["title"], entry["text"]


def judged(folder, sample=None):
    """Documents, queries and the relevant documents of each query."""
    documents = [(d["_id"], d["title"] + " " + d["text"]) for d in read_lines(f"{folder}/corpus.jsonl.gz")]
    queries = [(q["_id"], q["text"]) for q in read_lines(f"{folder}/{sample or 'queries.jsonl.gz'}")]
    relevant = collections.defaultdict(set)
    with open(f"{folder}/qrels.tsv", encoding="utf-8") as file:
        next(file)
        for line in file:
            query, document, grade = line.split()
            if int(grade) > 0:
                relevant[query].add(document)
    return documents, queries, relevant
