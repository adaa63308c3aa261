/**
 * How Trident's fields are stored in Lucene segments: one package a format and version, the shared
 * kernels in {@link io.trident.codec.encoding}, and the codec that routes fields to formats when
 * writing. Knows neither OpenSearch nor models.
 */
package io.trident.codec;
