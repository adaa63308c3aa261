/**
 * Token vectors of documents: the field, the codes, and the way they are read and scored. The files
 * themselves are the concern of the format packages, such as {@code
 * io.trident.codec.tokenvectors104}.
 */
package io.trident.codec.tokenvectors;
