/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec;

import io.trident.codec.impacts.ImpactVectorField;
import io.trident.codec.tokenvectors.TokenSimilarity;
import io.trident.codec.tokenvectors.TokenVectorsCoder;
import io.trident.codec.tokenvectors.TokenVectorsEncoding;
import io.trident.codec.tokenvectors.TokenVectorsField;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.KnnFloatVectorField;
import org.apache.lucene.document.StringField;

/**
 * A document with a vector of each kind.
 *
 * @param impacts of its tokens
 * @param tokens its token vectors, one after the other
 * @param tokenIds the ids of their tokens
 */
record VectorDocument(
    String id, Map<String, Integer> impacts, float[] tokens, int[] tokenIds, float[] dense) {

  static final String ID = "id";
  static final int DIMENSION = 8;
  private static final int VOCABULARY = 30;

  static VectorDocument random(String id, Random random) {
    Map<String, Integer> impacts = new TreeMap<>();
    for (int t = random.nextInt(8); t > 0; t--) {
      impacts.put("t" + random.nextInt(VOCABULARY), 1 + random.nextInt(255));
    }
    int[] ids = random.ints(random.nextInt(4), 0, 1_000).toArray();
    return new VectorDocument(
        id, impacts, vector(ids.length * DIMENSION, random), ids, vector(DIMENSION, random));
  }

  private static float[] vector(int length, Random random) {
    float[] vector = new float[length];
    for (int i = 0; i < length; i++) {
      vector[i] = (float) random.nextGaussian();
    }
    return vector;
  }

  private TokenVectorsField tokens(String field) {
    return new TokenVectorsField(field, DIMENSION, tokens, tokenIds);
  }

  Document document() {
    Document document = new Document();
    document.add(new StringField(ID, id, Field.Store.YES));
    document.add(
        new ImpactVectorField(
            AllFormatsCodec.SPARSE,
            List.copyOf(impacts.keySet()),
            impacts.values().stream().mapToInt(Integer::intValue).toArray()));
    document.add(tokens(AllFormatsCodec.FLOATS));
    document.add(tokens(AllFormatsCodec.CODES));
    document.add(new KnnFloatVectorField(AllFormatsCodec.DENSE, dense));
    return document;
  }

  /** What an index is to hold of the document. */
  StoredVectors stored(TokenVectorsEncoding encoding, TokenSimilarity similarity) {
    return new StoredVectors(
        impacts,
        new TokenVectorsCoder(AllFormatsCodec.FLOATS, TokenVectorsEncoding.FLOAT32, similarity)
            .code(tokens(AllFormatsCodec.FLOATS).binaryValue()),
        new TokenVectorsCoder(AllFormatsCodec.CODES, encoding, similarity)
            .code(tokens(AllFormatsCodec.CODES).binaryValue()),
        StoredVectors.list(dense));
  }
}
