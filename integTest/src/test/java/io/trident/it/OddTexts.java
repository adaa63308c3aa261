/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.it;

import com.carrotsearch.randomizedtesting.generators.RandomPicks;
import com.carrotsearch.randomizedtesting.generators.RandomStrings;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** A hundred texts that tokenizers may disagree about. */
final class OddTexts {

  private static final int COUNT = 100;

  private static final List<String> GIVEN =
      List.of(
          "Small segments of an index are merged into larger ones.",
          "how are segments combined",
          "HOW ARE SEGMENTS COMBINED?!",
          "a",
          ".",
          " \t leading and trailing blanks \n ",
          "line\r\nbreaks\nand\ttabs",
          "no-break\u00a0space, thin\u2009space, ideographic\u3000space",
          "zero\u200bwidth\u200djoiners and a soft\u00adhyphen",
          "a byte order mark \ufeff in the middle",
          "control\u0001characters\u0007here",
          "naïve café, Ångström, Žižek, Đorđe, İstanbul, ǅ",
          "nai\u0308ve cafe\u0301 with combining accents",
          "Straße, ẞ, ß and ſ",
          "ﬁne ligatures ﬀ ﬃ and full-width ＡＢＣ１２３",
          "Привет, мир! Как дела?",
          "Ελληνικά: ΟΔΥΣΣΕΥΣ και ὀδυσσεύς",
          "שלום עולם",
          "مرحبا بالعالم، كيف الحال؟",
          "नमस्ते दुनिया",
          "สวัสดีชาวโลก",
          "こんにちは世界。カタカナも漢字も。",
          "你好,世界!𠀀𠀁 beyond the basic plane",
          "안녕하세요 세계",
          "emoji 😀 👩‍👩‍👧‍👦 🏳️‍🌈 👍🏽 ☃ ♥️ 1️⃣",
          "😀😀😀",
          "x = a[i] * b[j] + c; // 3.14e-10 != 0x7FFF",
          "SELECT * FROM t WHERE id='1' OR 1=1; --",
          "<p class=\"x\">HTML &amp; entities &lt;3</p>",
          "https://example.org/a/b?c=d&e=%20f#g user@example.org",
          "C:\\Users\\name\\file.txt ~/.m2/settings.xml",
          "1,234,567.89 $5 €6 £7 ¥8 50% 10^3 ½ ¾ ² ³",
          "“curly” ‘quotes’ – dashes — and … ellipsis",
          "don't can't won't it's o'clock rock 'n' roll",
          "[CLS] and [SEP] and [MASK] written out",
          "[UNK] ##ing ##",
          "snake_case camelCase kebab-case SCREAMING_CASE",
          "pneumonoultramicroscopicsilicovolcanoconiosis",
          "x".repeat(99),
          "x".repeat(101),
          "word ".repeat(120),
          "unbelievably ".repeat(80),
          "The river is deep. ".repeat(45),
          "merging segments ".repeat(400),
          "query: a prefix that is given twice",
          "− × ÷ ≤ ≥ ∑ ∫ √ ∞ ≈ α β γ");

  private static final List<String> WORDS =
      List.of(
          "segment",
          "Merging",
          "naïve",
          "índex",
          "tokenization",
          "Δx",
          "2026",
          "co-occurrence",
          "世界",
          "😀",
          "the",
          "of",
          "retrieval",
          "(again)",
          "e.g.",
          "U.S.",
          "x²",
          "ΑΒΓ",
          "don't");

  private OddTexts() {}

  static List<String> of(Random random) {
    List<String> texts = new ArrayList<>(GIVEN);
    while (texts.size() < COUNT) {
      texts.add(random.nextInt(4) == 0 ? letters(random) : words(random));
    }
    return texts;
  }

  private static String letters(Random random) {
    return "a " + RandomStrings.randomRealisticUnicodeOfCodepointLengthBetween(random, 1, 60);
  }

  private static String words(Random random) {
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(80); i >= 0; i--) {
      text.append(RandomPicks.randomFrom(random, WORDS)).append(i % 7 == 0 ? ". " : " ");
    }
    return text.toString();
  }
}
