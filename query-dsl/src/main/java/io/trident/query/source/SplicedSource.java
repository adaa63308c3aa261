/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.query.source;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import org.apache.lucene.util.BytesRef;

/** A copy of a source with other bytes in place of some parts. */
final class SplicedSource {

  private final BytesRef source;
  private final ByteArrayOutputStream copy;
  private int copied;

  SplicedSource(BytesRef source) {
    this.source = source;
    this.copy = new ByteArrayOutputStream(source.length);
    this.copied = source.offset;
  }

  /** Replaces a part that is not before one that is replaced already. */
  void replace(Part part, String json) {
    copy.write(source.bytes, copied, part.start() - copied);
    copy.writeBytes(json.getBytes(StandardCharsets.UTF_8));
    copied = part.end();
  }

  /** The copy; its bytes are the array's. */
  BytesRef spliced() {
    copy.write(source.bytes, copied, source.offset + source.length - copied);
    return new BytesRef(copy.toByteArray());
  }
}
