/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.access;

import java.util.Locale;
import org.opensearch.common.util.concurrent.ThreadContext;

/** What a request may see of an index whose name begins with {@code guarded}, as a header says. */
enum Restriction {

  /** Everything. */
  NONE,

  /** Nothing: the header has been lost, and with it the caller. */
  LOST,

  /** Neither hidden fields nor hidden documents; a reader takes both away. */
  READER,

  /** The same; documents are filtered by a query around that of each shard. */
  QUERY,

  /**
   * The same; documents are filtered by a query in the request, once, and not in what it starts.
   */
  REQUEST;

  /** The header with the restriction's name. */
  static final String HEADER = "restriction";

  /** What the security plugin says in the context when it has filtered a request. */
  static final String FILTERED = "_opendistro_security_filter_level_dls_done";

  /** The field that says of a document that it is hidden. */
  static final String FIELD = "access";

  /** The field's value then. */
  static final String HIDDEN = "hidden";

  private static final String GUARDED = "guarded";

  private static final String SECRET = "secret";

  static Restriction of(ThreadContext context) {
    String name = context.getHeader(HEADER);
    return name == null ? LOST : valueOf(name.toUpperCase(Locale.ROOT));
  }

  static boolean isGuarded(String index) {
    return index.startsWith(GUARDED);
  }

  /** Whether a field is hidden, or a key of the source. */
  static boolean hides(String field) {
    return field.startsWith(SECRET);
  }
}
