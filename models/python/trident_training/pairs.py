"""Pairs of a query and a passage to train on, made from the corpus alone.

A query is either the passage's title, or what is left of one of its sentences when words are
dropped at random (the inverse cloze task, Lee et al., ACL 2019). The sentence mostly stays in the
passage: users do ask for words that are there.
"""

import numpy as np

SHARE_OF_TITLES = 0.35
KEPT_SENTENCES = 0.7
MIN_SENTENCE = 6
LONGEST_QUERY = 24


class Pairs:
    """Draws queries for passages.

    Every text is a list of ids; `stops` are the ids that end a sentence.
    """

    def __init__(self, corpus, stops):
        self._titles, self._title_offsets = corpus["titles"], corpus["title_offsets"]
        self._texts, self._text_offsets = corpus["texts"], corpus["text_offsets"]
        self._stops = np.array(sorted(stops))

    def __len__(self):
        return len(self._text_offsets) - 1

    def title(self, passage):
        """The ids of a passage's title."""
        return self._titles[self._title_offsets[passage] : self._title_offsets[passage + 1]]

    def text(self, passage):
        """The ids of a passage's text."""
        return self._texts[self._text_offsets[passage] : self._text_offsets[passage + 1]]

    def draw(self, passage, rng):
        """A query and the passage it belongs to, as ids."""
        title, text = self.title(passage), self.text(passage)
        if len(title) >= 2 and rng.random() < SHARE_OF_TITLES:
            return title[:LONGEST_QUERY], text
        start, end = self._sentence(text, rng)
        query = text[start:end]
        query = query[rng.random(len(query)) < rng.uniform(0.35, 0.8)][:LONGEST_QUERY]
        if len(query) < 2:
            return text[start:end][:LONGEST_QUERY], np.concatenate([title, text])
        if rng.random() >= KEPT_SENTENCES:
            text = np.concatenate([text[:start], text[end:]])
        return query, np.concatenate([title, text])

    def _sentence(self, text, rng):
        ends = np.flatnonzero(np.isin(text, self._stops)) + 1
        bounds = np.unique(np.concatenate([[0], ends, [len(text)]]))
        long = np.flatnonzero(np.diff(bounds) >= MIN_SENTENCE)
        if len(long) == 0:
            return 0, len(text)
        pick = long[rng.integers(len(long))]
        return bounds[pick], bounds[pick + 1]
