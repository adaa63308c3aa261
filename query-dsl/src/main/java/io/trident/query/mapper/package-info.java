/**
 * The field types {@code impact_vector}, {@code token_vectors} and {@code dense_vector}: how their
 * mappings and values are read, and which Lucene format each asks for.
 */
package io.trident.query.mapper;
