/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.lucene;

import java.util.ArrayList;
import java.util.List;
import org.apache.lucene.document.Document;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.store.Directory;
import org.apache.lucene.tests.util.LuceneTestCase;

/** The column of units gives back what it was given. */
public class TestTokenUnits extends LuceneTestCase {

  public void testUnitsAreReadBack() throws Exception {
    List<int[]> written = new ArrayList<>();
    try (Directory directory = newDirectory();
        IndexWriter writer = new IndexWriter(directory, newIndexWriterConfig())) {
      for (int i = 0; i < 50; i++) {
        int[] starts = random().nextInt(4) == 0 ? null : starts();
        Document document = new Document();
        if (starts != null) {
          document.add(TokenUnits.value("f", starts));
        }
        writer.addDocument(document);
        written.add(starts == null ? new int[] {0} : starts);
      }
      writer.forceMerge(1);
      try (DirectoryReader reader = DirectoryReader.open(writer)) {
        TokenUnits units = TokenUnits.of(getOnlyLeafReader(reader), "f");
        for (int doc = 0; doc < written.size(); doc++) {
          assertArrayEquals(written.get(doc), units.starts(doc));
        }
        assertArrayEquals(new int[] {0}, TokenUnits.of(getOnlyLeafReader(reader), "g").starts(7));
      }
    }
  }

  private static int[] starts() {
    int[] starts = new int[1 + random().nextInt(20)];
    for (int i = 1; i < starts.length; i++) {
      starts[i] = starts[i - 1] + 1 + random().nextInt(random().nextBoolean() ? 200 : 20_000);
    }
    return starts;
  }
}
