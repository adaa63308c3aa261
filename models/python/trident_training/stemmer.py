"""The suffix stripper of M. F. Porter, "An algorithm for suffix stripping", Program 14(3), 1980.

It groups the words of the vocabulary into families at training time; no model stems at run time.
"""

import re

_STEP2 = {
    "ational": "ate",
    "tional": "tion",
    "enci": "ence",
    "anci": "ance",
    "izer": "ize",
    "bli": "ble",
    "alli": "al",
    "entli": "ent",
    "eli": "e",
    "ousli": "ous",
    "ization": "ize",
    "ation": "ate",
    "ator": "ate",
    "alism": "al",
    "iveness": "ive",
    "fulness": "ful",
    "ousness": "ous",
    "aliti": "al",
    "iviti": "ive",
    "biliti": "ble",
    "logi": "log",
}
_STEP3 = {
    "icate": "ic",
    "ative": "",
    "alize": "al",
    "iciti": "ic",
    "ical": "ic",
    "ful": "",
    "ness": "",
}
_STEP4 = (
    "ement",
    "ance",
    "ence",
    "able",
    "ible",
    "ment",
    "ant",
    "ent",
    "ism",
    "ate",
    "iti",
    "ous",
    "ive",
    "ize",
    "ion",
    "al",
    "er",
    "ic",
    "ou",
)
_C = "[^aeiou]"
_V = "[aeiouy]"
_CC = _C + "[^aeiouy]*"
_VV = _V + "[aeiou]*"
_M_POSITIVE = re.compile("^(" + _CC + ")?" + _VV + _CC)
_M_ONE = re.compile("^(" + _CC + ")?" + _VV + _CC + "(" + _VV + ")?$")
_M_MANY = re.compile("^(" + _CC + ")?" + _VV + _CC + _VV + _CC)
_HAS_VOWEL = re.compile("^(" + _CC + ")?" + _V)
_CVC = re.compile("^" + _CC + _V + "[^aeiouwxy]$")
_DOUBLE = re.compile(r"([^aeiouylsz])\1$")


def _step1(word):
    if word.endswith(("sses", "ies")):
        word = word[:-2]
    elif word.endswith("s") and not word.endswith("ss"):
        word = word[:-1]
    if word.endswith("eed"):
        if _M_POSITIVE.match(word[:-3]):
            word = word[:-1]
    else:
        for suffix in ("ed", "ing"):
            stem = word[: -len(suffix)]
            if word.endswith(suffix) and _HAS_VOWEL.match(stem):
                word = stem
                if word.endswith(("at", "bl", "iz")):
                    word += "e"
                elif _DOUBLE.search(word):
                    word = word[:-1]
                elif _CVC.match(word):
                    word += "e"
                break
    if word.endswith("y") and _HAS_VOWEL.match(word[:-1]):
        word = word[:-1] + "i"
    return word


def _replace(word, rules):
    for suffix in sorted(rules, key=len, reverse=True):
        if word.endswith(suffix):
            stem = word[: -len(suffix)]
            return stem + rules[suffix] if _M_POSITIVE.match(stem) else word
    return word


def _step4(word):
    for suffix in _STEP4:
        if word.endswith(suffix):
            stem = word[: -len(suffix)]
            if suffix == "ion" and not stem.endswith(("s", "t")):
                return word
            return stem if _M_MANY.match(stem) else word
    return word


def _step5(word):
    if word.endswith("e"):
        stem = word[:-1]
        if _M_MANY.match(stem) or (_M_ONE.match(stem) and not _CVC.match(stem)):
            word = stem
    if word.endswith("ll") and _M_MANY.match(word):
        word = word[:-1]
    return word


def stem(word):
    """The stem of a lower-case word; words of fewer than three letters stay as they are."""
    if len(word) < 3 or not word.isascii() or not word.isalpha():
        return word
    return _step5(_step4(_replace(_replace(_step1(word), _STEP2), _STEP3)))
