"""A WordPiece vocabulary and tokenizer with the rules of BERT (Devlin et al., NAACL 2019).

The vocabulary holds the most frequent whole words; what is left of it goes to pieces, merged by
frequency (byte-pair encoding, Sennrich et al., ACL 2016) from the words that did not make it.
"""

import collections
import functools
import heapq
import itertools
import json
import re
import sys
import unicodedata

SPECIALS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
PAD, UNK, CLS, SEP, MASK = range(5)
_LONGEST_WORD = 100


def _punctuation():
    chars = []
    for code in range(sys.maxunicode + 1):
        char = chr(code)
        ascii_symbol = 33 <= code <= 47 or 58 <= code <= 64 or 91 <= code <= 96 or 123 <= code <= 126
        if ascii_symbol or unicodedata.category(char).startswith("P"):
            chars.append(re.escape(char))
    return "".join(chars)


_PUNCTUATION = _punctuation()
_WORD = re.compile("[" + _PUNCTUATION + "]|[^\\s" + _PUNCTUATION + "]+")
_CJK = re.compile("([\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff])")


def words(text):
    """Lower-case words and single punctuation marks, accents stripped."""
    if not text.isascii():
        text = _CJK.sub(r" \1 ", text)
        text = unicodedata.normalize("NFD", text)
        text = "".join(c for c in text if unicodedata.category(c) not in ("Mn", "Cf", "Co"))
    return _WORD.findall(text.lower())


def _pairs(pieces):
    return itertools.pairwise(pieces)


def _merge(pieces, pair, merged):
    out, i = [], 0
    while i < len(pieces):
        if i + 1 < len(pieces) and (pieces[i], pieces[i + 1]) == pair:
            out.append(merged)
            i += 2
        else:
            out.append(pieces[i])
            i += 1
    return out


def _merge_pieces(counts, known, wanted):
    """Merges pairs of pieces, most frequent first, until there are enough pieces."""
    split = [[w[0]] + ["##" + c for c in w[1:]] for w in counts]
    weight = list(counts.values())
    totals, places = collections.Counter(), collections.defaultdict(set)
    for i, pieces in enumerate(split):
        for pair in _pairs(pieces):
            totals[pair] += weight[i]
            places[pair].add(i)
    heap = [(-n, pair) for pair, n in totals.items()]
    heapq.heapify(heap)
    made = []
    while heap and len(made) < wanted:
        n, pair = heapq.heappop(heap)
        if totals[pair] != -n or n == 0:
            continue
        merged = pair[0] + pair[1][2:]
        if merged not in known:
            known.add(merged)
            made.append(merged)
        touched = set()
        for i in sorted(places.pop(pair)):
            for old in _pairs(split[i]):
                totals[old] -= weight[i]
                places[old].discard(i)
                touched.add(old)
            split[i] = _merge(split[i], pair, merged)
            for new in _pairs(split[i]):
                totals[new] += weight[i]
                places[new].add(i)
                touched.add(new)
        for changed in sorted(touched):
            if totals[changed] > 0:
                heapq.heappush(heap, (-totals[changed], changed))
    return made


def train(counts, size, pieces, min_char_count=200):
    """The vocabulary, ids in order, from counts of words."""
    chars = collections.Counter()
    for word, n in counts.items():
        for char in set(word):
            chars[char] += n
    alphabet = sorted(c for c, n in chars.items() if n >= min_char_count)
    vocabulary = SPECIALS + alphabet + ["##" + c for c in alphabet]
    known = set(vocabulary)
    ranked = sorted(counts, key=lambda w: (-counts[w], w))
    writable = [w for w in ranked if len(w) <= 30 and all(c in chars and chars[c] >= min_char_count for c in w)]
    whole = [w for w in writable if w not in known][: size - len(vocabulary) - pieces]
    vocabulary += whole
    known.update(whole)
    rare = {w: counts[w] for w in writable if w not in known and len(w) > 1}
    return vocabulary + _merge_pieces(rare, known, size - len(vocabulary))


class WordPiece:
    """Splits texts into ids of a vocabulary, longest piece first."""

    def __init__(self, vocabulary):
        self.vocabulary = list(vocabulary)
        self.ids = {token: i for i, token in enumerate(self.vocabulary)}
        self._unknown = (self.ids[SPECIALS[UNK]],)
        self._word = functools.lru_cache(maxsize=1 << 20)(self._split)

    def _split(self, word):
        if len(word) > _LONGEST_WORD:
            return self._unknown
        out, start = [], 0
        while start < len(word):
            end = len(word)
            while end > start:
                piece = ("##" if start else "") + word[start:end]
                if piece in self.ids:
                    break
                end -= 1
            if end == start:
                return self._unknown
            out.append(self.ids[piece])
            start = end
        return tuple(out)

    def encode(self, text):
        """The ids of a text, nothing around them."""
        out = []
        for word in words(text):
            out.extend(self._word(word))
        return out

    def save(self, path):
        """Writes the file that Hugging Face's tokenizers read."""
        special = [
            {
                "id": i,
                "content": token,
                "single_word": False,
                "lstrip": False,
                "rstrip": False,
                "normalized": False,
                "special": True,
            }
            for i, token in enumerate(SPECIALS)
        ]
        marks = {t: {"id": t, "ids": [self.ids[t]], "tokens": [t]} for t in ("[CLS]", "[SEP]")}
        cls, sep = ({"SpecialToken": {"id": t, "type_id": 0}} for t in ("[CLS]", "[SEP]"))
        second = {"SpecialToken": {"id": "[SEP]", "type_id": 1}}
        a, b = {"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}
        tokenizer = {
            "version": "1.0",
            "truncation": None,
            "padding": None,
            "added_tokens": special,
            "normalizer": {
                "type": "BertNormalizer",
                "clean_text": True,
                "handle_chinese_chars": True,
                "strip_accents": True,
                "lowercase": True,
            },
            "pre_tokenizer": {"type": "BertPreTokenizer"},
            "post_processor": {
                "type": "TemplateProcessing",
                "single": [cls, a, sep],
                "pair": [cls, a, sep, b, second],
                "special_tokens": marks,
            },
            "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": True},
            "model": {
                "type": "WordPiece",
                "unk_token": "[UNK]",
                "continuing_subword_prefix": "##",
                "max_input_chars_per_word": _LONGEST_WORD,
                "vocab": self.ids,
            },
        }
        with open(path, "w", encoding="utf-8") as file:
            json.dump(tokenizer, file, ensure_ascii=False, separators=(",", ":"))

    @staticmethod
    def load(path):
        """Reads a file that `save` wrote, or a published one."""
        with open(path, encoding="utf-8") as file:
            ids = json.load(file)["model"]["vocab"]
        return WordPiece(sorted(ids, key=ids.get))
