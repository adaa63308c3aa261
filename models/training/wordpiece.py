"""A BERT-style word piece vocabulary: whole words by frequency, then the pieces that spell the rest."""
import collections
import json
import re
import unicodedata

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
WORD = re.compile(r"[^\W_]+|[^\w\s]|_")


def words(text):
    """Lower-cased words without accents, and punctuation marks, as BertNormalizer and BertPreTokenizer give them."""
    text = unicodedata.normalize("NFD", text.lower())
    return WORD.findall("".join(c for c in text if unicodedata.category(c) != "Mn"))


def split(word, vocabulary):
    """The longest pieces from the left, or [UNK]."""
    pieces, start = [], 0
    while start < len(word):
        end = len(word)
        while end > start:
            piece = ("##" if start else "") + word[start:end]
            if piece in vocabulary:
                break
            end -= 1
        if end == start:
            return ["[UNK]"]
        pieces.append(piece)
        start = end
    return pieces


def learn(counts, size, whole):
    """A vocabulary of `size` pieces, of which the `whole` most frequent words; ties by spelling."""
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    characters = collections.Counter()
    for word, count in ranked:
        for character in word:
            characters[character] += count
    alphabet = [c for c, n in sorted(characters.items(), key=lambda item: (-item[1], item[0])) if n >= 20][:600]
    vocabulary = dict.fromkeys(SPECIAL + sorted(alphabet) + ["##" + c for c in sorted(alphabet) if c.isalnum()])
    for word, count in ranked[:whole]:
        vocabulary.setdefault(word)
    endings = collections.Counter()
    for word, count in ranked[whole:]:
        for start in range(3, len(word) - 1):
            if word[:start] in vocabulary:
                endings["##" + word[start:]] += count
    for piece, count in sorted(endings.items(), key=lambda item: (-item[1], item[0])):
        if len(vocabulary) >= size:
            break
        vocabulary.setdefault(piece)
    return {piece: i for i, piece in enumerate(list(vocabulary)[:size])}


def tokenizer_json(vocabulary):
    """The vocabulary as the Hugging Face library reads it."""
    def special(token):
        return {"id": vocabulary[token], "content": token, "single_word": False, "lstrip": False,
                "rstrip": False, "normalized": False, "special": True}

    def token(name, kind):
        return {"SpecialToken": {"id": name, "type_id": kind}}

    def sequence(name, kind):
        return {"Sequence": {"id": name, "type_id": kind}}

    return json.dumps({
        "version": "1.0", "truncation": None, "padding": None,
        "added_tokens": [special(t) for t in SPECIAL],
        "normalizer": {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True,
                       "strip_accents": True, "lowercase": True},
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [token("[CLS]", 0), sequence("A", 0), token("[SEP]", 0)],
            "pair": [token("[CLS]", 0), sequence("A", 0), token("[SEP]", 0), sequence("B", 1), token("[SEP]", 1)],
            "special_tokens": {t: {"id": t, "ids": [vocabulary[t]], "tokens": [t]} for t in ("[CLS]", "[SEP]")}},
        "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": True},
        "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
                  "max_input_chars_per_word": 100, "vocab": vocabulary}}, ensure_ascii=False)
