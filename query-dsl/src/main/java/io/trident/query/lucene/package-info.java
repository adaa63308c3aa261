/**
 * The Lucene queries over Trident's fields. Knows no OpenSearch, so it is tested with Lucene's own
 * test framework.
 */
package io.trident.query.lucene;
