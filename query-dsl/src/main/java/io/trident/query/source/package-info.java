/**
 * Vectors that the index holds are left out of a stored {@code _source}, and put back where it is
 * read: {@link io.trident.query.source.LeftOutVectors} when a document is indexed, {@link
 * io.trident.query.source.RestoredVectors} in readers, both by the engines of {@link
 * io.trident.query.source.DerivedVectorsEngineFactory}.
 */
package io.trident.query.source;
